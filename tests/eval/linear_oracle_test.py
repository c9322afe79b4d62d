"""Evaluation against scikit-learn: the linear probe reaches its objective, coefficients and accuracy, and the search
its neighbours. Needs numpy and scikit-learn, and SIMCLR_EVAL_TOOL, the path of the program built from eval_tool.cpp."""

import json
import os
import subprocess
import tempfile
import unittest

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

TOOL = os.path.join(os.environ.get("SIMCLR_BUILD", "build/release"), "eval_tool")


def call(*args):
    return json.loads(subprocess.run([TOOL, *map(str, args)], check=True, capture_output=True).stdout)


def data_sets():
    for name, load in (("iris", load_iris), ("wine", load_wine), ("digits", load_digits),
                       ("breast_cancer", load_breast_cancer)):
        yield name, *load(return_X_y=True)
    yield "made", *make_classification(6000, 60, n_informative=20, n_redundant=20, n_classes=8, random_state=0)
    x, y = make_classification(400, 300, n_informative=30, n_classes=4, random_state=1)
    yield "wide_and_scaled", x * 1000 + 500, y


def cross_entropy(x, y, weight, bias):
    logits = x @ weight.T + bias
    top = logits.max(1, keepdims=True)
    return (np.log(np.exp(logits - top).sum(1)) + top[:, 0] - logits[np.arange(len(y)), y]).sum()


class LinearOracle(unittest.TestCase):
    def fit(self, x, y, classes, c, tolerance):
        with tempfile.TemporaryDirectory() as folder:
            rows, labels = os.path.join(folder, "rows.npy"), os.path.join(folder, "labels.npy")
            np.save(rows, x)
            np.save(labels, y)
            model = call("fit", rows, labels, classes, c, 3000, tolerance)
        for key in ("weight", "bias", "mean", "inverse_std"):
            model[key] = np.array(model[key], np.float64)
        model["weight"] = model["weight"].reshape(classes, -1)
        return model

    def compare(self, name, x, y, c):
        x, y = x.astype(np.float32), y.astype(np.int32)
        x, test_x, y, test_y = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)
        classes = int(y.max()) + 1
        ours = self.fit(x, y, classes, c, 1e-6)
        scale = lambda a: (a.astype(np.float64) - ours["mean"]) * ours["inverse_std"]
        std = x.astype(np.float64).std(0)
        np.testing.assert_allclose(ours["inverse_std"], np.where(std > 0, 1 / np.where(std > 0, std, 1), 0), rtol=1e-4)

        # With two classes scikit-learn penalises one vector w1 - w0, for which |w0|^2 + |w1|^2 is half as much.
        theirs = LogisticRegression(C=2 * c if classes == 2 else c, tol=1e-8, max_iter=20000).fit(scale(x), y)
        weight, bias = theirs.coef_, theirs.intercept_
        if classes == 2:
            weight, bias = np.vstack([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
        value = lambda w, b: 0.5 * (w**2).sum() + c * cross_entropy(scale(x), y, w, b)
        best, reached = value(weight, bias), value(ours["weight"], ours["bias"])
        self.assertLess(abs(reached / best - 1), 1e-4, f"{name} C={c}: objective {reached} against {best}")
        largest = np.abs(weight).max()
        self.assertLess(np.abs(ours["weight"] - weight).max(), 0.01 * largest, f"{name} C={c}: weights")
        accuracy = (np.argmax(scale(test_x) @ ours["weight"].T + ours["bias"], 1) == test_y).mean()
        self.assertLess(abs(accuracy - theirs.score(scale(test_x), test_y)), 1e-3, f"{name} C={c}: accuracy")

    def test_reaches_what_scikit_learn_reaches(self):
        for name, x, y in data_sets():
            for c in (0.01, 1):
                with self.subTest(data=name, c=c):
                    self.compare(name, x, y, c)

    def test_the_usual_tolerance_is_close_already(self):
        x, y = load_digits(return_X_y=True)
        x, y = x.astype(np.float32), y.astype(np.int32)
        value = {}
        for tolerance in (1e-4, 1e-6):
            model = self.fit(x, y, 10, 0.1, tolerance)
            rows = (x - model["mean"]) * model["inverse_std"]
            value[tolerance] = 0.5 * (model["weight"] ** 2).sum() + 0.1 * cross_entropy(rows, y, model["weight"],
                                                                                       model["bias"])
        self.assertLess(value[1e-4] / value[1e-6] - 1, 1e-3)


class SvcOracle(unittest.TestCase):
    def accuracies(self, x, y):
        """Ours and scikit-learn's, of both kinds, on half of the rows."""
        x, y = x.astype(np.float32), y.astype(np.int32)
        train, test, y_train, y_test = train_test_split(x, y, test_size=0.5, random_state=0, stratify=y)
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("a.npy", "b.npy", "c.npy", "d.npy")]
            for path, array in zip(paths, (train, y_train, test, y_test)):
                np.save(path, array)
            ours = call("evaluate", *paths, "svc,linear_svc", 0, 1, 0)
        scaler = StandardScaler().fit(train)
        for name, model in (("svc", SVC()), ("linear_svc", LinearSVC(dual=False))):
            theirs = model.fit(scaler.transform(train), y_train).score(scaler.transform(test), y_test)
            yield name, ours[name]["accuracy"], theirs

    def test_predicts_as_scikit_learn(self):
        for data, x, y in data_sets():
            for name, ours, theirs in self.accuracies(x, y):
                with self.subTest(data=data, evaluator=name):
                    self.assertLessEqual(abs(ours - theirs), 0.002)


class KnnOracle(unittest.TestCase):
    def test_finds_the_neighbours_scikit_learn_finds(self):
        draw = np.random.default_rng(0)
        bank, queries = (draw.standard_normal((n, 64), np.float32) + 0.5 for n in (5000, 300))
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("bank.npy", "queries.npy")]
            np.save(paths[0], bank)
            np.save(paths[1], queries)
            ours = call("neighbours", *paths, 20)
        search = NearestNeighbors(n_neighbors=20, metric="cosine", algorithm="brute").fit(bank.astype(np.float64))
        distance, index = search.kneighbors(queries.astype(np.float64))
        np.testing.assert_array_equal(np.reshape(ours["index"], (300, 20)), index)
        np.testing.assert_allclose(np.reshape(ours["similarity"], (300, 20)), 1 - distance, atol=1e-6)


if __name__ == "__main__":
    unittest.main()

"""Figures of several classes a row, and logistic regression one against the rest, beside scikit-learn's."""

import json
import os
import subprocess
import tempfile
import unittest

import numpy as np
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, precision_score, recall_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

TOOL = os.path.join(os.environ.get("SIMCLR_BUILD", "build/release"), "eval_tool")


def call(command, *arrays, more=()):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, array in enumerate(arrays):
            paths.append(os.path.join(folder, f"{i}.npy"))
            np.save(paths[-1], np.ascontiguousarray(array))
        return json.loads(subprocess.run([TOOL, command, *paths, *map(str, more)], check=True, capture_output=True).stdout)


class Figures(unittest.TestCase):
    def compare(self, truth, scores, threshold=0.5):
        ours = call("labels", truth.astype(np.int32), scores.astype(np.float32), more=[threshold])
        scores = scores.astype(np.float32).astype(np.float64)
        decided = (scores >= threshold).astype(int)
        options = {"zero_division": 0}
        theirs = {"f1_micro": f1_score(truth, decided, average="micro", **options),
                  "f1_macro": f1_score(truth, decided, average="macro", **options),
                  "f1_samples": f1_score(truth, decided, average="samples", **options),
                  "accuracy": accuracy_score(truth, decided),
                  "map_micro": average_precision_score(truth, scores, average="micro")}
        for name, value in theirs.items():
            self.assertAlmostEqual(ours[name], value, 12, name)
        np.testing.assert_allclose(ours["precision"], precision_score(truth, decided, average=None, **options), atol=1e-12)
        np.testing.assert_allclose(ours["recall"], recall_score(truth, decided, average=None, **options), atol=1e-12)
        for c in range(truth.shape[1]):
            if truth[:, c].any():
                self.assertAlmostEqual(ours["average_precision"][c], average_precision_score(truth[:, c], scores[:, c]), 12)
            if truth[:, c].any() and not truth[:, c].all():
                self.assertAlmostEqual(ours["roc_auc"][c], roc_auc_score(truth[:, c], scores[:, c]), 12)

    def test_as_scikit_learn_has_them(self):
        draw = np.random.default_rng(0)
        for rows, classes, share in ((50, 3, 0.4), (300, 19, 0.05), (20, 5, 0.9), (2000, 2, 0.02)):
            with self.subTest(rows=rows, classes=classes, share=share):
                truth = (draw.random((rows, classes)) < share).astype(int)
                scores = np.clip(0.4 * truth + 0.6 * draw.random((rows, classes)), 0, 1)
                self.compare(truth, scores)
                self.compare(truth, np.round(scores, 1), 0.3)  # many equal scores

    def test_intervals_are_those_of_a_bootstrap(self):
        draw = np.random.default_rng(1)
        truth = (draw.random((400, 3)) < 0.3).astype(int)
        scores = np.clip(0.35 * truth + 0.65 * draw.random((400, 3)), 0, 1).astype(np.float32)
        ours = call("labels", truth.astype(np.int32), scores, more=[0.5])
        macro, means = [], []
        for _ in range(2000):
            rows = draw.integers(0, 400, 400)
            macro.append(f1_score(truth[rows], scores[rows] >= 0.5, average="macro", zero_division=0))
            means.append(average_precision_score(truth[rows], scores[rows], average="macro"))
        for name, values in (("f1_macro", macro), ("map", means)):
            np.testing.assert_allclose(ours[name + "_interval"], np.percentile(values, [2.5, 97.5]), atol=0.012)


class OneVsRest(unittest.TestCase):
    def test_predicts_as_scikit_learn(self):
        x, truth = make_multilabel_classification(900, 30, n_classes=6, n_labels=2, random_state=0)
        x = x.astype(np.float32)
        for c in (0.01, 1.0):
            ours = call("one_vs_rest", x[:600], truth[:600].astype(np.int32), x[600:], more=[c])
            scaler = StandardScaler().fit(x[:600])
            for k in range(truth.shape[1]):
                model = LogisticRegression(C=c, tol=1e-8, max_iter=10000).fit(scaler.transform(x[:600]), truth[:600, k])
                theirs = model.predict_proba(scaler.transform(x[600:]))[:, 1]
                np.testing.assert_allclose(np.reshape(ours["scores"], (300, 6))[:, k], theirs, atol=0.01)


if __name__ == "__main__":
    unittest.main()

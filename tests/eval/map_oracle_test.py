"""Maps of embeddings against scikit-learn: trustworthiness, neighbours kept and principal components are the
same numbers, and UMAP of the digits is one to be trusted. Needs numpy and scikit-learn, and SIMCLR_BUILD, the
folder of the program built from eval_tool.cpp."""

import json
import os
import subprocess
import tempfile
import unittest

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

TOOL = os.path.join(os.environ.get("SIMCLR_BUILD", "build/release"), "eval_tool")


def call(command, *args):
    """Arrays are handed over as .npy files."""
    with tempfile.TemporaryDirectory() as folder:
        words = []
        for place, arg in enumerate(args):
            if isinstance(arg, np.ndarray):
                words.append(os.path.join(folder, f"{place}.npy"))
                np.save(words[-1], arg)
            else:
                words.append(str(arg))
        return json.loads(subprocess.run([TOOL, command, *words], check=True, capture_output=True).stdout)


def neighbours_kept(x, places, k, metric):
    def near(rows, how):
        search = NearestNeighbors(n_neighbors=k, metric=how, algorithm="brute").fit(rows.astype(np.float64))
        return search.kneighbors(return_distance=False)

    pairs = zip(near(x, metric), near(places, "euclidean"))
    return np.mean([len(np.intersect1d(a, b)) / k for a, b in pairs])


def digits():
    return load_digits().data.astype(np.float32)


class MapQualityOracle(unittest.TestCase):
    def test_trustworthiness_and_neighbours_kept(self):
        draw = np.random.default_rng(0)
        made = draw.standard_normal((700, 33), np.float32)
        for name, x, places in (
                ("pca of digits", digits(), PCA(2).fit_transform(digits()).astype(np.float32)),
                ("random", made, draw.standard_normal((700, 2), np.float32)),
                ("two columns", made, made[:, :2] + np.float32(0.1) * made[:, 2:4])):
            for metric in ("euclidean", "cosine"):
                for k in (1, 5, 15, 100):
                    with self.subTest(data=name, metric=metric, k=k):
                        ours = call("quality", x, places, metric, k, len(x))
                        self.assertEqual((ours["k"], ours["queries"]), (k, len(x)))
                        theirs = trustworthiness(x.astype(np.float64), places.astype(np.float64),
                                                 n_neighbors=k, metric=metric)
                        # Digits are integers with ties, whose order each side settles its own way.
                        self.assertAlmostEqual(ours["trustworthiness"], theirs, delta=2e-5)
                        self.assertAlmostEqual(ours["neighbours_kept"],
                                               neighbours_kept(x, places, k, metric), delta=1e-3)

    def test_a_sample_of_the_rows_stands_for_all(self):
        x = digits()
        places = PCA(2).fit_transform(x).astype(np.float32)
        some, every = (call("quality", x, places, "cosine", 15, most) for most in (600, 5000))
        self.assertEqual((some["queries"], every["queries"]), (600, len(x)))
        self.assertAlmostEqual(some["trustworthiness"], every["trustworthiness"], delta=0.01)
        self.assertAlmostEqual(some["neighbours_kept"], every["neighbours_kept"], delta=0.02)


class PcaOracle(unittest.TestCase):
    def test_axes_signs_shares_and_places(self):
        draw = np.random.default_rng(1)
        wide = (draw.standard_normal((40, 5)) @ draw.standard_normal((5, 90))).astype(np.float32)
        for name, x in (("digits", digits()), ("iris", load_iris().data.astype(np.float32)),
                        ("breast cancer", load_breast_cancer().data.astype(np.float32)),
                        ("wide", wide + 1000)):
            with self.subTest(data=name):
                ours = call("pca", x, 4)
                theirs = PCA(4, svd_solver="full").fit(x.astype(np.float64))
                places = theirs.transform(x.astype(np.float64))
                np.testing.assert_allclose(np.reshape(ours["axes"], (4, -1)), theirs.components_, atol=1e-6)
                np.testing.assert_allclose(ours["share"], theirs.explained_variance_ratio_, rtol=1e-7)
                np.testing.assert_allclose(np.reshape(ours["values"], (-1, 4)), places,
                                           atol=1e-5 * np.abs(places).max())


class UmapOracle(unittest.TestCase):
    def test_a_map_of_the_digits_can_be_trusted(self):
        x, y = digits(), load_digits().target
        for metric in ("cosine", "euclidean"):
            for seed in (0, 1):
                with self.subTest(metric=metric, seed=seed):
                    found = call("umap", x, metric, 15, 0.1, 0, seed)
                    places = np.reshape(found["values"], (-1, 2))
                    self.assertEqual(found["epochs"], 500)
                    # umap-learn 0.5.12 reaches 0.986 to 0.988, two principal components 0.83.
                    self.assertGreater(trustworthiness(x, places, n_neighbors=15, metric=metric), 0.98)
                    self.assertGreater(silhouette_score(places, y), 0.5)


if __name__ == "__main__":
    unittest.main()

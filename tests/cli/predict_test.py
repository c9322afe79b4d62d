#!/usr/bin/env python3
"""simclr predict: the class of unlabelled pictures from a few labelled ones."""

import csv
import unittest

from program import SharedCase


class Predict(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared.pictures("unlabelled", count=300, classes=False)
        cls.true = {f"{i:05}.png": f"class{label}" for i, label in enumerate(cls.labels(300))}
        cls.run_folder = cls.shared.trained(cls.data)
        cls.table = cls.shared.folder / "labels.csv"
        some = [f"{i:05}.png" for i in range(90)]
        cls.table.write_text("path,label\n" + "".join(f"unlabelled/{name},{cls.true[name]}\n" for name in some))

    @staticmethod
    def labels(count):
        from program import fashion
        return fashion(count)[1]

    def predict(self, *more):
        out = self.folder / "classes.csv"
        result = self.good_json("predict", self.run_folder, "--train", self.table, "--data", self.data, "--out", out, *more)
        with open(out, newline="") as file:
            return result, list(csv.DictReader(file))

    def test_every_unlabelled_picture_gets_a_class_and_a_probability(self):
        for classifier in ("linear", "svc", "knn(k=5)"):
            result, rows = self.predict("--with", classifier)
            self.assertEqual({row["id"] for row in rows}, {f"{i:05}.png" for i in range(90, 300)})
            right = sum(row["class"] == self.true[row["id"]] for row in rows) / len(rows)
            self.assertGreater(right, 0.3, classifier)  # ten classes
            for row in rows:
                self.assertLessEqual(0, float(row["probability"]))
                self.assertLessEqual(float(row["probability"]) + float(row["second_probability"]), 1.0002)
                self.assertNotEqual(row["class"], row["second_class"])
            check = result["cross_validation"]
            self.assertTrue(check["low"] <= check["accuracy"] <= check["high"])
            self.assertLess(abs(check["accuracy"] - right), 0.2)  # what it promises of the rest
            self.assertEqual(sum(one["pictures"] for one in result["classes"]), 210)
            self.assertEqual(result["labelled"], 90)

    def test_all_predicts_the_labelled_ones_too(self):
        _, rows = self.predict("--all")
        self.assertEqual(len(rows), 300)

    def test_bad_input(self):
        out = ["--out", self.folder / "x.csv"]
        self.bad(2, "predict", self.run_folder, "--data", self.data, *out, says="--train is required")
        self.bad(3, "predict", self.run_folder, "--train", self.table, "--data", self.data, *out, "--with", "linear_svc",
                 says="gives no probabilities")
        self.bad(4, "predict", self.run_folder, "--train", self.data, "--data", self.data, *out, says="has a label")
        self.bad(4, "predict", self.run_folder, "--train", self.table, "--data", self.table, *out, says="--all")
        self.bad(2, "predict", self.run_folder, "--train", self.table, "--data", self.data, "--out", self.table,
                 says="would be overwritten")
        self.bad(2, "predict", self.run_folder, "--train", self.table, "--data", f"{self.table}:test", "--out", self.table,
                 says="would be overwritten")
        one = self.folder / "one.csv"
        one.write_text("path,label\n" + "".join(f"{self.data}/{i:05}.png,same\n" for i in range(5)))
        self.bad(4, "predict", self.run_folder, "--train", one, "--data", self.data, *out, says="at least two")


if __name__ == "__main__":
    unittest.main()

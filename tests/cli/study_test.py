#!/usr/bin/env python3
"""simclr study: accuracy against the number of labels."""

import csv
import json
import shutil
import unittest

import numpy

from program import SharedCase


class LabelStudy(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared.pictures(count=200)
        cls.test = cls.shared.pictures("test", count=150, start_at=200)
        for part, source in (("train", cls.data), ("test", cls.test)):
            shutil.copytree(source, cls.shared.folder / "labelled" / part)
        cls.runs = [cls.shared.trained(cls.data, f"seed{seed}", "--seed", str(seed)) for seed in (0, 1)]
        cls.embeddings = cls.shared.folder / "embeddings.npy"
        cls.shared.good("embed", cls.runs[0], "--data", cls.shared.folder / "labelled", "--out", cls.embeddings)

    def study(self, *more, name="study"):
        return self.good_json("study", "labels", f"ours={self.runs[0]},{self.runs[1]}", "--train", self.data, "--test",
                              self.test, "--out", self.folder / name, "--draws", "3", *more)

    def test_curves_of_methods_and_baselines(self):
        result = self.study("--labels", "20,60", "--with", "svc,knn(k=5)")
        curves = {(one["name"], one["evaluator"]): one["points"] for one in result["curves"]}
        self.assertEqual({name for name, _ in curves}, {"ours", "untrained", "pixels"})
        for (name, _), points in curves.items():
            self.assertEqual([point["labels"] for point in points], [20, 60])
            self.assertEqual({point["runs"] for point in points}, {1 if name == "pixels" else 2})
            for point in points:
                self.assertLessEqual(point["low"], point["accuracy"])
                self.assertGreater(point["accuracy"], 0.15)
        for one in result["differences"]:
            ours, other = (next(p["accuracy"] for p in curves[name, one["evaluator"]] if p["labels"] == one["labels"])
                           for name in ("ours", one["other"]))
            self.assertAlmostEqual(one["mean"], ours - other)
            self.assertLessEqual(one["p"], one["p_holm"])
        self.assertEqual(len(result["differences"]), 2 * 2 * 2)
        with open(self.folder / "study/labels.csv", newline="") as file:
            table = list(csv.DictReader(file))
        self.assertEqual(len(table), 3 * 2 * 2)
        row = next(row for row in table if (row["name"], row["evaluator"], row["labels"]) == ("ours", "svc", "60"))
        self.assertEqual(float(row["accuracy"]), curves["ours", "svc"][1]["accuracy"])
        self.assertEqual(json.loads((self.folder / "study/labels.json").read_text()), result)

    def test_goes_on_with_what_is_there(self):
        first = self.study("--labels", "20", "--with", "svc", "--baselines", "none")
        points = self.folder / "study/points.jsonl"
        before = points.read_text()
        points.write_text(before + '{"torn')  # a killed process leaves half a line
        more = self.study("--labels", "20,40", "--with", "svc", "--baselines", "none")
        self.assertEqual(more["curves"][0]["points"][0], first["curves"][0]["points"][0])
        self.assertTrue(points.read_text().startswith(before))
        self.assertEqual(len(points.read_text().splitlines()), 4)
        self.bad(2, "study", "labels", self.runs[0], "--train", self.data, "--test", self.test, "--out",
                 self.folder / "study", "--draws", "5", says="other pictures, labels or draws")
        self.bad(2, "study", "labels", self.runs[0], f"a/seed0={self.runs[1]}".replace("a/", ""), "--train", self.data,
                 "--test", self.test, "--out", self.folder / "twice", says="two methods are called 'seed0'")

    def test_the_usual_numbers_end_with_all(self):
        result = self.study("--with", "knn(k=5)", "--baselines", "none")
        labels = [point["labels"] for point in result["curves"][0]["points"]]
        self.assertEqual(labels, [30, 40, 50, 60, 70, 80, 90, 100, 200])
        self.assertEqual(result["curves"][0]["points"][-1]["draws"], 1)

    def points(self, *entries, train=":train", test=":test", name="files"):
        labelled = str(self.shared.folder / "labelled")
        result = self.good_json("study", "labels", *entries, "--train", labelled + train, "--test", labelled + test, "--out",
                                self.folder / name, "--draws", "3", "--labels", "30,90", "--with", "svc,knn(k=5)")
        return {(one["name"], one["evaluator"]): one["points"] for one in result["curves"]}

    def test_embeddings_made_elsewhere_are_judged_as_a_run_is(self):
        values = numpy.load(self.embeddings)
        with open(self.embeddings.with_suffix(".csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        table = self.folder / "table.csv"
        with open(table, "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["file", "label", *map(str, range(values.shape[1]))])
            for place in reversed(range(len(rows))):  # in any order
                out.writerow([rows[place]["id"], "", *map(repr, values[place].astype(float).tolist())])
        for train, test in ((":train", ":test"), ("/train", "/test")):
            found = self.points(f"array={self.embeddings}", f"run={self.runs[0]}", table, train=train, test=test,
                                name=f"study{train[0] == ':'}")
            self.assertEqual({name for name, _ in found}, {"array", "run", "table", "untrained", "pixels"})
            for evaluator in ("svc", "knn(k=5)"):
                self.assertEqual(found["array", evaluator], found["run", evaluator])
                self.assertEqual(found["table", evaluator], found["run", evaluator])

    def test_embedding_files_alone(self):
        found = self.points(self.embeddings)
        self.assertEqual({name for name, _ in found}, {"embeddings"})
        page = (self.folder / "files/report.html").read_text()
        self.assertIn("embeddings", page)

    def test_bad_embedding_files(self):
        labelled = str(self.shared.folder / "labelled")

        def bad(file, says):
            self.bad(4, "study", "labels", f"x={file}", "--train", labelled + ":train", "--test", labelled + ":test",
                     "--out", self.folder / "no", says=says)
            self.assertFalse((self.folder / "no").exists())

        alone = self.folder / "alone.npy"
        shutil.copy(self.embeddings, alone)
        bad(alone, ["alone.npy has no ids", "no alone.csv beside it"])
        rows = self.embeddings.with_suffix(".csv").read_text().splitlines(keepends=True)
        values = numpy.load(self.embeddings)
        for text, array, says in (("".join(rows).replace("id,", "number,", 1).replace("path,", "place,", 1), values,
                                   "has no column id"),
                                  ("".join(rows[:-1]), values[:-1], "1 of 200 training pictures have no row in"),
                                  ("".join(rows), values[:-1], "its .csv names 350"),
                                  ("".join(rows), numpy.where(values == values[5, 0], numpy.nan, values), "a NaN"),
                                  (rows[0], values[:0], "is empty"),
                                  ("".join(rows), values.astype(numpy.float16), "astype('float32')")):
            numpy.save(alone, array)
            alone.with_suffix(".csv").write_text(text)
            bad(alone, says)
        bad(self.folder / "nowhere.csv", "nowhere.csv")

    def test_bad_input(self):
        out = ["--out", self.folder / "no"]
        sides = ["--train", self.data, "--test", self.test]
        self.bad(4, "study", "labels", self.runs[0], *sides, *out, "--labels", "5", says="fewer than the 10 classes")
        self.bad(4, "study", "labels", self.runs[0], *sides, *out, "--labels", "500", says="more than the 200")
        self.bad(3, "study", "labels", self.runs[0], *sides, *out, "--labels", "many", says="not a number")
        self.bad(3, "study", "labels", self.runs[0], *sides, *out, "--with", "svm", says="unknown evaluator 'svm'")
        self.bad(2, "study", "labels", self.runs[0], "--train", self.data, *out, says="--test is required")
        self.bad(2, "study", "labels", "a=", *sides, *out, says="names no run")
        self.bad(5, "study", "labels", self.folder / "nowhere", *sides, *out, says="nowhere")


if __name__ == "__main__":
    unittest.main()

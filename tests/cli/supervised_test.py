#!/usr/bin/env python3
"""simclr supervised: the same pictures, views and steps as a run, learnt from labels."""

import json
import re
import time
import tomllib
import unittest

from safetensors.numpy import load_file

from program import TINY, SharedCase, kill_at_checkpoints, start


class Supervised(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared.pictures(count=320)
        cls.like = cls.shared.trained(cls.data, "like", "--val-fraction", "0.2", "--hold-out-classes", "class3,class7")

    def supervised(self, method, name="other", *more):
        out = self.folder / name
        return out, self.good_json("supervised", "--like", self.like, "--method", method, "--out", out, *more)

    def plan(self, run_folder):
        return json.loads((run_folder / "plan.json").read_text())

    def test_each_method_has_the_data_views_and_steps_of_the_run(self):
        like = self.plan(self.like)
        for method, head in (("softmax", "linear(out=8)"), ("triplet(mining=curriculum)", "none"),
                             ("arcface", "cosine(out=8)"), ("supcon", like["head"])):
            with self.subTest(method):
                out, result = self.supervised(method, re.sub(r"\W.*", "", method))
                plan = self.plan(out)
                for key in ("encoder", "augment", "growth", "image_size", "held_out_classes", "mean", "std", "images", "held_out",
                            "lr", "optimizer"):
                    self.assertEqual(plan[key], like[key], key)
                self.assertLessEqual(result["steps"], like["total_steps"])
                self.assertEqual(plan["head"], head)
                settings = tomllib.loads((out / "settings.toml").read_text())
                self.assertEqual((settings["steps"], settings["patience"]), (like["total_steps"], 12))

    def test_it_learns_the_classes(self):
        out, result = self.supervised("softmax", "longer", "--epochs", "20")
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        steps = [line for line in lines if "top1" in line and "lr" in line]
        self.assertLess(steps[-1]["loss"], 0.8 * steps[-1]["chance"])
        self.assertGreater(steps[-1]["top1"], 0.4)
        self.assertEqual(result["verdict"], "healthy")
        scores = self.good_json("evaluate", out, "--train", self.data, "--test-fraction", "0.3", "--classes", "unseen",
                                "--with", "knn", "--baselines", "none")
        self.assertGreater(scores["evaluations"]["knn"]["accuracy"], 0.5)

    def test_early_stopping_keeps_the_weights_of_the_lowest_validation_loss(self):
        out, result = self.supervised("softmax", "early", "--epochs", "40", "--patience", "2", "--lr", "0.1")
        self.assertLess(result["steps"], 40 * self.plan(out)["steps_per_epoch"])
        log = (out / "train.log").read_text()
        self.assertIn("stopping early", log)
        self.assertIn("took the weights of step", log)
        self.assertEqual(list((out / "checkpoints").glob("best-*")), [])
        looks = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines() if '"val"' in line]
        lowest = min(looks, key=lambda look: look["val"]["loss"])
        self.assertIn(f"took the weights of step {lowest['step']},", log)
        again = self.good_json("supervised", "--out", out, "--resume")
        self.assertEqual(again["steps"], result["steps"])

    def test_killed_anywhere_it_ends_with_the_same_weights(self):
        arguments = ["--like", self.like, "--method", "softmax", "--epochs", "30", "--patience", "3", "--lr", "0.05",
                     "--checkpoint-every", "7", "--resume"]
        whole, cut = self.folder / "whole", self.folder / "cut"
        self.good("supervised", *arguments, "--out", whole)
        self.assertGreater(kill_at_checkpoints("supervised", *arguments, "--out", cut, folder=cut), 0)
        self.good("supervised", *arguments, "--out", cut)
        one, other = (load_file(folder / "checkpoints/last/model.safetensors") for folder in (whole, cut))
        self.assertTrue(all((one[name] == other[name]).all() for name in one))
        self.assertIn("took the weights", (whole / "train.log").read_text())

    def test_a_resume_is_of_the_same_method_and_labels(self):
        names = self.folder / "labels.csv"
        rows = [f"{path},{path.parent.name}" for path in sorted(self.data.rglob("*.png"))]
        names.write_text("path,label\n" + "\n".join(rows) + "\n")
        out = self.folder / "again"
        arguments = ["supervised", "--data", names, "--out", out, *TINY[:6], "--epochs", "60", "--checkpoint-every", "5"]
        process = start(*arguments, "--method", "softmax")
        while not (out / "checkpoints/last").exists():
            time.sleep(0.05)
        process.terminate()
        process.communicate()
        self.bad(3, "supervised", "--out", out, "--method", "triplet", "--resume", says="differs from the run's softmax")
        rows[0] = rows[0].replace("class", "other")
        names.write_text("path,label\n" + "\n".join(rows) + "\n")
        self.bad(4, "supervised", "--out", out, "--resume", says="not those the run began with")

    def test_without_a_run_to_be_like(self):
        out = self.folder / "alone"
        result = self.good_json("supervised", "--data", self.data, "--method", "arcface(margin=0.2)", "--out", out,
                                *TINY[:6], "--epochs", "1")
        self.assertEqual(self.plan(out)["head"], "cosine(out=10)")
        self.assertEqual(self.plan(out)["loss"], "arcface(scale=64,margin=0.2)")
        self.assertGreater(result["steps"], 0)

    def test_a_collapsed_triplet_run_is_called_collapsed(self):
        # Weights decayed so strongly that nothing is left: every embedding is the same.
        out, result = self.supervised("triplet", "collapsed", "--epochs", "15", "--optimizer", "sgd", "--lr", "0.05",
                                      "--weight-decay", "10", "--patience", "0")
        self.assertEqual(result["verdict"], "collapsed")
        self.assertIn("collapsed", (out / "train.log").read_text())

    def test_bad_input(self):
        out = self.folder / "no"
        self.bad(2, "supervised", "--like", self.like, "--out", out, says="--method is required")
        self.bad(3, "supervised", "--like", self.like, "--method", "sofmax", "--out", out, says="Did you mean 'softmax'?")
        self.bad(3, "supervised", "--like", self.like, "--method", "nt_xent", "--out", out, says="there is no 'nt_xent'")
        self.bad(3, "supervised", "--like", self.like, "--method", "triplet(margin=0)", "--out", out, says="margin")
        self.bad(5, "supervised", "--like", self.folder / "none", "--method", "softmax", "--out", out, says="none")
        self.bad(2, "supervised", "--like", self.like, "--method", "softmax", "--loss", "nt_xent", "--out", out,
                 says="--method in place of --loss")
        flat = self.shared.pictures("flat", count=64, classes=False)
        self.bad(4, "supervised", "--data", flat, "--method", "softmax", "--out", out, *TINY, says="at least two")
        self.bad(3, "supervised", "--data", self.data, "--method", "softmax", "--patience", "3", "--out", out, *TINY,
                 "--head", "auto", says="validation pictures")
        self.bad(3, "supervised", "--data", self.data, "--method", "softmax", "--out", out, *TINY,
                 says="one for each of the 10 classes")
        self.bad(2, "supervised", "--data", self.data, "--out", out, "--resume", says="--method is required")
        self.bad(4, "supervised", "--data", self.data, "--val-data", flat, "--method", "softmax", "--out", out, *TINY[:6],
                 says="no validation picture has a label")
        self.bad(3, "supervised", "--data", self.data, "--method", "arcface", "--out", out, *TINY[:6], "--head",
                 "linear(out=10)", says="takes cosines")
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()

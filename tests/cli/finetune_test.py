#!/usr/bin/env python3
"""simclr finetune, and simclr evaluate --with multilabel: classes learnt from labels on a pretrained encoder."""

import csv
import json
import shutil
import time
import tomllib
import unittest

import numpy
from safetensors.numpy import load_file

from program import TINY, SharedCase, kill_at_checkpoints, run, start

# What Fashion-MNIST's classes 0 .. 9 have in common, several each; 8, bags, are of no class.
KINDS = ["top", "trousers", "top;warm", "dress", "top;warm;outdoor", "shoe", "top", "shoe;outdoor", ";", "shoe;warm"]
FAST = ["--epochs", "2", "--batch-size", "32", "--workers", "2"]


def tensors(run_folder, name="checkpoints/last/model.safetensors"):
    return load_file(run_folder / name)


def table_of_kinds(pictures):
    """several.csv beside a folder of Fashion-MNIST, with splits, and its rows."""
    rows, splits = [], ["train"] * 4 + ["val"] + ["test"] * 2
    for i, path in enumerate(sorted(pictures.rglob("*.png"))):
        rows.append(f"{path.relative_to(pictures.parent)},{KINDS[int(path.parent.name[-1])]},{splits[i % 7]}")
    table = pictures.parent / "several.csv"
    table.write_text("path,labels,split\n" + "\n".join(rows) + "\n")
    return table, rows


class Finetune(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pictures = cls.shared.pictures(count=640)
        cls.pretrained = cls.shared.trained(cls.pictures, "pretrained", "--head", "mlp(layers=3,out=16)")
        cls.several, rows = table_of_kinds(cls.pictures)
        cls.single = cls.shared.folder / "single.csv"  # the same, one class each: that of the folder
        cls.single.write_text("path,label,split\n" + "\n".join(
            f"{row.split(',')[0]},{row.split('/')[1]},{row.split(',')[2]}" for row in rows) + "\n")

    def arguments(self, table, out, *more):
        return ["finetune", self.pretrained, "--train", f"{table}:train", "--val", f"{table}:val", "--test",
                f"{table}:test", "--out", self.folder / out, *FAST, *more]

    def tuned(self, table, out, *more):
        return self.folder / out, self.good_json(*self.arguments(table, out, *more))

    def plan(self, run_folder):
        return json.loads((run_folder / "plan.json").read_text())

    def settings(self, run_folder):
        return tomllib.loads((run_folder / "settings.toml").read_text())

    def test_two_classes_of_a_label_map(self):
        out, result = self.tuned(self.several, "two", "--label-map", "warm=warm", "--epochs", "12")
        self.assertEqual(result["task"], "binary")
        self.assertEqual(result["positive"], "warm")
        for name in ("f1", "f1_tuned", "f1_macro", "f1_micro", "auc", "map", "accuracy", "threshold"):
            self.assertTrue(0 <= result[name] <= 1, name)
        self.assertGreater(result["auc"], 0.75)
        low, high = result["intervals"]["f1"]
        self.assertTrue(low <= result["f1"] <= high)
        rows = result["classes"]
        self.assertEqual([row["class"] for row in rows], ["not warm", "warm"])
        self.assertEqual(sum(row["positives"] for row in rows), result["pictures"])
        row = rows[1]
        self.assertAlmostEqual(row["f1"], 2 * row["tp"] / (2 * row["tp"] + row["fp"] + row["fn"]))
        self.assertAlmostEqual(result["f1"], row["f1"])
        self.assertEqual(row["tp"] + row["fp"] + row["fn"] + row["tn"], result["pictures"])
        # A full run: settings, plan, exports, page, and what later commands make of it.
        plan, like = self.plan(out), self.plan(self.pretrained)
        self.assertEqual((plan["mean"], plan["std"], plan["encoder"]), (like["mean"], like["std"], like["encoder"]))
        self.assertEqual((plan["loss"], plan["head"], plan["outputs"]), ("softmax", "linear(out=2)", ["not warm", "warm"]))
        for name in ("report.html", "exported/encoder.onnx", "exported/encoder.safetensors", "eval/classifier.json"):
            self.assertTrue((out / name).exists(), name)
        self.assertIn("F1 of warm", (out / "report.html").read_text())
        self.assertEqual(self.settings(out)["label_map"], "warm=warm")
        self.good("evaluate", out, "--train", f"{self.single}:train", "--test", f"{self.single}:test", "--with", "knn",
                  "--baselines", "none")
        self.assertEqual(self.good_json("finetune", "--out", out, "--resume"), result)

    def test_several_classes_a_picture(self):
        out, result = self.tuned(self.several, "several", "--epochs", "12")
        self.assertEqual(result["task"], "multi-label")
        self.assertEqual(self.plan(out)["loss"], "sigmoid")
        self.assertEqual(self.plan(out)["outputs"], ["dress", "outdoor", "shoe", "top", "trousers", "warm"])
        self.assertEqual(len(result["threshold"]), 6)
        f1 = [row["f1"] for row in result["classes"]]
        self.assertAlmostEqual(result["f1_macro"], sum(f1) / 6)
        self.assertEqual(result["f1"], result["f1_macro"])
        self.assertGreaterEqual(result["f1_macro_present"], result["f1_macro"])
        self.assertGreater(result["map"], 0.45)
        text = self.good("finetune", "--out", out, "--resume")
        self.assertEqual(text, "")

    def test_one_of_several_classes(self):
        out, result = self.tuned(self.single, "many")
        self.assertEqual((result["task"], result["f1_tuned"], result["threshold"]), ("multi-class", None, None))
        self.assertAlmostEqual(result["accuracy"], result["f1_micro"])
        self.assertEqual(len(result["classes"]), 10)

    def test_it_starts_from_the_run_with_a_classifier_at_zero(self):
        out, _ = self.tuned(self.several, "start", "--label-map", "warm=warm", "--from", "g1", "--steps", "1")
        before, first = tensors(self.pretrained), tensors(out, "checkpoints/initial.safetensors")
        self.assertEqual(self.plan(out)["head"], "mlp(out=2)")
        for name in first:
            if name.startswith("head.layers.3"):
                self.assertFalse(first[name].any(), name)
            else:
                numpy.testing.assert_array_equal(first[name], before[name], name)
        scratch, _ = self.tuned(self.several, "scratch", "--label-map", "warm=warm", "--from", "g1", "--steps", "1",
                                "--from-scratch")
        other = tensors(scratch, "checkpoints/initial.safetensors")
        self.assertEqual({name: values.shape for name, values in other.items()},
                         {name: values.shape for name, values in first.items()})
        self.assertFalse((other["encoder.conv1.weight"] == first["encoder.conv1.weight"]).all())
        self.assertFalse(other["head.layers.3.weight"].any())

    def test_what_is_frozen_stays_to_the_bit(self):
        before = tensors(self.pretrained)
        for blocks, changed in (("0", ()), ("1", ("encoder.layer4.1.",)), ("2", ("encoder.layer4.",)),
                                ("all", ("encoder.",))):
            with self.subTest(blocks):
                out, _ = self.tuned(self.several, "frozen" + blocks, "--label-map", "warm=warm", "--unfreeze", blocks)
                after = tensors(out)
                for name, values in before.items():
                    if name.startswith("encoder."):
                        same = (values == after[name]).all()
                        self.assertEqual(same, not any(name.startswith(one) for one in changed), name)
                self.assertTrue(after["head.layers.0.weight"].any())

    def test_a_classifier_of_two_layers(self):
        out, _ = self.tuned(self.several, "mlp", "--label-map", "warm=warm", "--classifier", "mlp(layers=2,hidden=24)",
                            "--steps", "2")
        self.assertEqual(self.plan(out)["head"], "mlp(hidden=24,out=2)")
        out, _ = self.tuned(self.several, "mlp2", "--label-map", "warm=warm", "--classifier", "mlp(layers=2)", "--from",
                            "g2", "--steps", "2")
        self.assertEqual(self.plan(out)["head"], "mlp(layers=4,out=2)")

    def test_from_a_layer_of_a_head_given_by_widths(self):
        pretrained = self.shared.trained(self.pictures, "widths", "--head", "mlp(widths=48/32/16,bn=false)")
        arguments = self.arguments(self.several, "from-g2", "--label-map", "warm=warm", "--from", "g2", "--lr", "0")
        arguments[1] = pretrained
        self.good(*arguments)
        self.assertEqual(self.plan(self.folder / "from-g2")["head"], "mlp(widths=48/32/2,bn=false)")
        before, after = tensors(pretrained), tensors(self.folder / "from-g2")
        kept = [name for name in after if name.startswith("head.") and after[name].shape == before.get(name, after[name][:0]).shape]
        self.assertGreaterEqual(len(kept), 4)  # weight and bias of two layers
        for name in kept:
            numpy.testing.assert_array_equal(before[name], after[name], err_msg=name)

    def test_a_smaller_share_of_labels_is_part_of_a_larger_one(self):
        counts = {}
        for share in ("0.1", "0.25", "1"):
            out, result = self.tuned(self.single, "share" + share, "--label-fraction", share, "--steps", "1",
                                     "--batch-size", "16")
            counts[share] = result["labels"]
        self.assertLess(counts["0.1"], 0.14 * counts["1"])
        self.assertGreaterEqual(counts["0.1"], 10)  # at least one a class
        _, balanced = self.tuned(self.several, "balanced", "--label-map", "warm=warm", "--balanced", "--steps", "1")
        _, all_of_it = self.tuned(self.several, "all", "--label-map", "warm=warm", "--steps", "1")
        self.assertEqual(balanced["labels"] % 2, 0)
        self.assertLess(balanced["labels"], all_of_it["labels"])

    def test_bad_pictures_of_every_part_are_listed(self):
        lines = ["path,label,split"]
        for path in sorted(self.pictures.rglob("*.png")):
            copy = self.folder / f"many/{path.name}"
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(path, copy)
            part = ("train", "train", "train", "val", "test")[len(lines) % 5]
            lines.append(f"many/{path.name},{path.parent.name},{part}")
        torn = {part: next(line for line in lines if line.endswith(part)).split(",")[0] for part in ("train", "val", "test")}
        for path in torn.values():
            (self.folder / path).write_bytes((self.folder / path).read_bytes()[:60])
        table = self.folder / "table.csv"
        table.write_text("\n".join(lines) + "\n")
        out, _ = self.tuned(table, "torn", "--batch-size", "16")
        with open(out / "bad_files.csv") as file:
            listed = [row["path"] for row in csv.DictReader(file)]
        self.assertEqual(sorted(listed), sorted(str(self.folder / path) for path in torn.values()))
        self.assertIn("<b>3 pictures</b> could not be read", (out / "report.html").read_text())

    def test_few_validation_pictures_are_warned_of(self):
        for share, warned in (("0.1", True), ("1", False)):
            _, _, err = run(*self.arguments(self.single, "few" + share, "--label-fraction", share, "--steps", "1",
                                            "--batch-size", "16", "--val", "", "--val-fraction", "0.2"))
            self.assertEqual("validation pictures is a matter of luck" in err, warned, err)

    def test_killed_anywhere_it_ends_with_the_same_weights(self):
        more = ["--label-map", "warm=warm;outdoor=outdoor|dress", "--epochs", "25", "--patience", "4", "--unfreeze", "2",
                "--from", "g1", "--checkpoint-every", "5", "--resume"]
        self.good(*self.arguments(self.several, "whole", *more))
        cut = self.folder / "cut"
        self.assertGreater(kill_at_checkpoints(*self.arguments(self.several, "cut", *more), folder=cut), 0)
        result = self.good_json(*self.arguments(self.several, "cut", *more))
        one, other = tensors(self.folder / "whole"), tensors(cut)
        for name in one:
            numpy.testing.assert_array_equal(one[name], other[name], name)
        whole = json.loads((self.folder / "whole/eval/classifier.json").read_text())
        self.assertEqual(whole["f1"], result["f1"])

    def test_a_resume_needs_neither_the_run_nor_other_flags(self):
        moved = self.folder / "moved"
        shutil.copytree(self.pretrained, moved)
        arguments = self.arguments(self.several, "alone", "--label-map", "warm=warm", "--epochs", "60",
                                   "--checkpoint-every", "5")
        arguments[1] = moved
        process = start(*arguments)
        while not (self.folder / "alone/checkpoints/last").exists():
            time.sleep(0.05)
        process.terminate()
        process.communicate()
        shutil.rmtree(moved)
        self.bad(3, "finetune", "--out", self.folder / "alone", "--resume", "--unfreeze", "1", says="differs from the run's")
        result = self.good_json("finetune", "--out", self.folder / "alone", "--resume")
        self.assertIn("f1", result)

    def test_bad_input(self):
        out = self.folder / "no"

        def bad(code, table, *more, says):
            self.bad(code, *self.arguments(table, "no", *more), says=says)

        bad(3, self.several, "--label-map", "warm=warn", says=["there is no class 'warn'", "Did you mean 'warm'?"])
        bad(3, self.several, "--label-map", "warm=warm", "--from", "g3", says="is not h, g1 .. g2")
        bad(3, self.several, "--label-map", "warm=warm", "--unfreeze", "9", says="more than the 8 blocks")
        bad(3, self.several, "--label-map", "warm=warm", "--unfreeze", "some", says="not a number of blocks, or all")
        bad(3, self.several, "--label-map", "warm=warm", "--classifier", "cosine", says="there is no 'cosine'")
        bad(3, self.several, "--label-map", "warm=warm", "--positive", "cold", says="no class 'cold'")
        bad(3, self.several, "--label-fraction", "0", says="not in range")
        bad(4, self.several, "--balanced", says="--balanced takes one of each")
        bad(4, self.several, "--label-map", "any=top|trousers|warm|dress|outdoor|shoe;all=top|trousers|warm|dress|outdoor|shoe",
            "--label-fraction", "0.01", says="--batch-size 32 is more than")
        only = self.folder / "only.csv"
        shoes = [line for line in self.single.read_text().splitlines() if "class5" in line]
        only.write_text("path,label,split\n" + "\n".join(f"{self.shared.folder}/{line}" for line in shoes) + "\n")
        bad(4, only, says="takes at least two")
        flat = self.shared.pictures("flat", count=64, classes=False)
        self.bad(4, "finetune", self.pretrained, "--train", flat, "--test", flat, "--out", out, says="takes at least two")
        self.bad(4, "finetune", self.pretrained, "--train", self.pictures, "--test", flat, "--out", out,
                 says="no picture in " + str(flat))
        self.bad(2, "finetune", self.pretrained, "--train", self.pictures, "--out", out, says="--test is required")
        self.bad(2, "finetune", self.pretrained, "--test", self.pictures, "--out", out, says="--train is required")
        self.bad(2, "finetune", "--train", self.pictures, "--test", self.pictures, "--out", out, says="RUN is required")
        self.bad(5, "finetune", self.folder / "none", "--train", self.pictures, "--test", self.pictures, "--out", out,
                 says="none")
        self.bad(3, "pretrain", "--data", self.pictures, "--out", out, "--config", self.config("label_fraction = 0.5"),
                 says="setting of fine-tuning")
        self.assertFalse(out.exists())

    def config(self, text):
        path = self.folder / "settings.toml"
        path.write_text(text + "\n")
        return path

    def test_a_run_of_other_bands_is_refused(self):
        rng = numpy.random.default_rng(0)
        numpy.save(self.folder / "bands.npy", rng.integers(0, 255, (80, 16, 16, 5), dtype=numpy.uint8))
        numpy.save(self.folder / "bands_labels.npy", (numpy.arange(80) % 2).astype(numpy.int64))
        data = self.folder / "bands.npy"
        self.bad(4, "finetune", self.pretrained, "--train", data, "--test", data, "--out", self.folder / "no", says="band")

    def test_commands_for_one_class_each_refuse_several(self):
        data, out = f"{self.several}:train", self.folder / "no"
        test = f"{self.several}:test"
        for arguments in (["evaluate", self.pretrained, "--train", data, "--test", test],
                          ["study", "labels", self.pretrained, "--train", data, "--test", test, "--out", out],
                          ["predict", self.pretrained, "--train", data, "--data", self.pictures, "--out", out],
                          ["supervised", "--data", data, "--method", "softmax", "--out", out, *TINY[:6]],
                          ["pretrain", "--data", data, "--hold-out-classes", "top", "--out", out, *TINY]):
            with self.subTest(arguments[0]):
                self.bad(4, *arguments, says=["several classes each", "--with multilabel", "--label-map"])

    def test_what_a_probe_of_several_classes_does_not_take(self):
        arguments = ["evaluate", self.pretrained, "--train", self.several, "--test-fraction", "0.3"]
        self.bad(3, *arguments, "--with", "multilabel", "--labels-per-class", "5", says="multilabel takes all labels")
        self.bad(3, *arguments, "--with", "multilabel(k=5)", says="k")
        self.bad(3, *arguments, "--with", "multilabel", "--classes", "top", says="--label-map")
        self.bad(3, *arguments, "--with", "multilabel", "--label-map", "warm=warm", "--positive", "cold", says="no class 'cold'")
        self.bad(3, *arguments, "--with", "knn", "--positive", "warm", says="for --with multilabel")

    def test_inspect_counts_each_of_several_classes(self):
        text = self.good("data", "inspect", self.several)
        self.assertIn("warm", text)
        self.assertIn("640 of 640 pictures labelled", text)

    def test_supervised_learns_several_classes_with_sigmoid(self):
        out = self.folder / "sigmoid"
        self.good("supervised", "--data", f"{self.several}:train", "--method", "sigmoid", "--out", out, *TINY[:6],
                  "--epochs", "2")
        self.assertEqual(self.plan(out)["head"], "linear(out=6)")

    def evaluated(self, table, *more):
        return self.good_json("evaluate", self.pretrained, "--train", f"{table}:train", "--test", f"{table}:test", *more)

    def test_a_probe_of_several_classes_beside_its_baselines(self):
        result = self.evaluated(self.several, "--with", "multilabel")["multilabel"]
        self.assertEqual(list(result), ["encoder", "random", "pixels"])
        for scores in result.values():
            self.assertEqual(len(scores["threshold"]), 6)
            self.assertGreater(scores["map"], 0.5)
        text = self.good("evaluate", self.pretrained, "--train", f"{self.several}:train", "--test", f"{self.several}:test",
                         "--with", "multilabel(c=0.1)", "--baselines", "none")
        self.assertIn("pretrained encoder", text)
        self.assertIn("trousers", text)

    def test_a_probe_of_a_label_map_tells_its_class_alone(self):
        result = self.evaluated(self.several, "--with", "multilabel,knn", "--label-map", "warm=warm", "--baselines", "none")
        scores = result["multilabel"]["encoder"]
        self.assertEqual([row["class"] for row in scores["classes"]], ["warm"])
        self.assertIn("knn", result["evaluations"])
        held_out = self.good_json("evaluate", self.pretrained, "--train", self.several, "--test-fraction", "0.3", "--with",
                                  "multilabel", "--baselines", "none")
        self.assertAlmostEqual(held_out["multilabel"]["encoder"]["pictures"] / 640, 0.3, delta=0.02)


if __name__ == "__main__":
    unittest.main()

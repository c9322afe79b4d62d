#!/usr/bin/env python3
"""simclr distill: a smaller encoder learns what a fine-tuned run says of pictures, labelled or not."""

import json
import os
import shutil
import unittest

import numpy
from safetensors.numpy import load_file

from finetune_test import table_of_kinds
from program import SharedCase, kill_at_checkpoints, run

SMALL = "resnet18(width=0.0625)"
FAST = ["--epochs", "4", "--batch-size", "32", "--workers", "2"]


def tensors(run_folder, name="checkpoints/last/model.safetensors"):
    return load_file(run_folder / name)


def read(path):
    return json.loads(path.read_text())


class Distill(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pictures = cls.shared.pictures(count=640)
        cls.flat = cls.shared.pictures("flat", count=640, classes=False)
        pretrained = cls.shared.trained(cls.pictures, "pretrained")
        cls.several, _ = table_of_kinds(cls.pictures)
        cls.teachers = {}
        for name, more in (("two", ["--label-map", "warm=warm"]), ("sets", [])):
            cls.teachers[name] = cls.shared.folder / name
            cls.shared.good("finetune", pretrained, "--train", f"{cls.several}:train", "--val", f"{cls.several}:val", "--test",
                            f"{cls.several}:test", "--out", cls.teachers[name], "--epochs", "12", "--workers", "2", *more)

    def arguments(self, teacher, out, *more, data=None):
        return ["distill", self.teachers[teacher], "--student", SMALL, "--data", data or self.flat, "--out",
                self.folder / out, *FAST, *more]

    def student(self, teacher, out, *more, data=None):
        return self.folder / out, self.good_json(*self.arguments(teacher, out, *more, data=data))

    def test_a_student_of_unlabelled_pictures(self):
        out, result = self.student("two", "student", "--test", f"{self.several}:test", "--val-fraction", "0.1", "--epochs", "16")
        teacher = result["teacher"]
        alone = read(self.teachers["two"] / "eval/classifier.json")
        self.assertEqual((teacher["f1"], teacher["auc"], teacher["parameters"]),
                         (alone["f1"], alone["auc"], alone["parameters"]))
        self.assertLess(result["parameters"], teacher["parameters"] / 2)
        self.assertEqual(sum(values.size for name, values in tensors(out).items()
                             if "running" not in name and "num_batches" not in name), result["parameters"])
        self.assertEqual((result["labels"], result["positive"], result["f1_tuned"]), (0, "warm", None))
        self.assertGreater(result["agreement"], 0.75)
        self.assertGreater(result["auc"], 0.75)
        plan, its = read(out / "plan.json"), read(self.teachers["two"] / "plan.json")
        self.assertEqual((plan["outputs"], plan["mean"], plan["image_size"]), (its["outputs"], its["mean"], its["image_size"]))
        self.assertIn("several=false", plan["loss"])
        self.assertIn("decides as its teacher", result["verdict_text"])
        looks = [json.loads(line)["val"] for line in (out / "metrics.jsonl").read_text().splitlines() if "val" in line]
        for look in looks:
            self.assertGreater(look["chance"], look["floor"])
        self.assertLess(looks[-1]["loss"], looks[0]["loss"])
        page = (out / "report.html").read_text()
        self.assertIn("Its teacher", page)
        # And what later commands make of it: it teaches, embeds, and is compared.
        self.good("embed", out, "--data", self.flat, "--out", self.folder / "e.npy")
        self.good("distill", out, "--student", "resnet18(width=0.0625,embedding=16)", "--data", self.flat, "--out", self.folder / "third",
                  *FAST, "--steps", "2")
        os.symlink(self.teachers["two"], self.folder / "elsewhere")  # however it is named it stands there once
        self.good("report", self.folder / "elsewhere", out, "--out", self.folder / "compared.html")
        page = (self.folder / "compared.html").read_text()
        self.assertIn("Size against F1", page)
        self.assertEqual(page.count("<td>teachers</td>"), 1)
        text = self.good("distill", "--out", out, "--resume")
        self.assertEqual(text, "")

    def test_a_larger_student_is_warned_of(self):
        _, _, err = run(*self.arguments("two", "large", "--student", "resnet34(width=0.5)", "--steps", "1"))
        self.assertIn("more than the", err)
        self.assertIn("distillation is for smaller ones", err)
        self.assertNotIn("smaller ones", run(*self.arguments("two", "small", "--steps", "1"))[2])

    def test_hard_targets_have_a_floor_of_zero(self):
        out, _ = self.student("two", "hard", "--targets", "hard", "--steps", "1")
        line = json.loads((out / "metrics.jsonl").read_text().splitlines()[-1])
        self.assertEqual(line["val"]["floor"], 0)
        self.assertIn("targets=hard", read(out / "plan.json")["loss"])

    def test_several_classes_a_picture(self):
        out, result = self.student("sets", "sets", "--test", f"{self.several}:test", "--val", f"{self.several}:val", "--epochs",
                                   "16")
        self.assertEqual(result["task"], "multi-label")
        self.assertIn("several=true", read(out / "plan.json")["loss"])
        self.assertEqual(len(result["threshold"]), 6)  # tuned on the labelled validation pictures
        self.assertGreater(result["map"], 0.4)

    def test_labels_beside_the_teacher(self):
        _, half = self.student("sets", "half", "--alpha", "0.5", "--test", f"{self.several}:test", "--label-fraction", "0.5",
                               "--steps", "3", data=f"{self.several}:train")
        _, whole = self.student("sets", "whole", "--alpha", "0.5", "--test", f"{self.several}:test", "--steps", "3",
                                data=f"{self.several}:train")
        self.assertAlmostEqual(half["labels"] / whole["labels"], 0.5, delta=0.03)
        self.bad(4, *self.arguments("two", "no", "--alpha", "0.5"), says="these pictures have no labels")
        self.bad(4, *self.arguments("sets", "no", "--alpha", "0.5"), says="no training picture has a label")
        # At alpha=0 the teacher has no part in the weights.
        for name in ("two", "sets"):
            self.student(name, "alone-" + name, "--alpha", "0", "--steps", "2", data=f"{self.several}:train")
        # Pictures of other classes are as good as unlabelled ones, to learn from and to stop by.
        self.student("two", "others", "--steps", "2", "--val", self.pictures.parent / "flat", data=self.pictures)

    def test_validation_labels_count_only_where_they_are_the_teachers(self):
        test = ["--test", f"{self.several}:test", "--steps", "4"]
        for data, val, labels in ((f"{self.several}:train", ["--val-fraction", "0.2"], True),  # the map fits
                                  (self.pictures, ["--val-fraction", "0.2"], False),
                                  (self.flat, ["--val", self.pictures], False),
                                  (self.flat, ["--val", f"{self.several}:val"], True)):
            with self.subTest(f"{data} {val}"):
                _, result = self.student("two", "v", *test, *val, "--overwrite", data=data)
                self.assertEqual(result["f1_tuned"] is not None, labels)
                self.assertEqual(result["validation_labels"] > 0, labels)
        _, tenth = self.student("two", "v", *test, "--val", f"{self.several}:val", "--alpha", "0.5", "--label-fraction", "0.1",
                                "--overwrite", data=f"{self.several}:train")
        self.assertLess(tenth["validation_labels"], 15)
        self.bad(4, *self.arguments("sets", "w", "--alpha", "0", "--val", self.flat, data=f"{self.several}:train"),
                 says="no validation picture has a label")

    def test_labels_of_other_classes_are_none(self):
        self.bad(4, *self.arguments("sets", "no", "--alpha", "0.5", data=self.pictures),
                 says="no training picture has a label of the teacher's classes")

    def test_a_config_gives_way_to_the_command_line(self):
        out, _ = self.student("two", "first", "--alpha", "0.5", "--temperature", "3", "--steps", "2", data=f"{self.several}:train")
        again = self.folder / "again"
        self.good("distill", self.teachers["sets"], "--config", out / "settings.toml", "--temperature", "2", "--label-map", "",
                  "--out", again)
        plan = read(again / "plan.json")
        self.assertEqual(plan["loss"], "distill(temperature=2,alpha=0.5,targets=soft,times_t2=false,several=true)")
        self.assertEqual(len(plan["outputs"]), 6)
        self.assertEqual(self.good("distill", "--out", again, "--resume", "--temperature", "2"), "")

    def test_a_resume_keeps_what_was_asked_for(self):
        arguments = self.arguments("two", "kept", "--alpha", "0.5", "--temperature", "3", "--epochs", "40", "--checkpoint-every",
                                   "5", data=f"{self.several}:train")
        kill_at_checkpoints(*arguments, folder=self.folder / "kept", times=1)
        for flag, value in (("--alpha", "1"), ("--temperature", "2")):
            self.bad(3, "distill", "--out", self.folder / "kept", "--resume", flag, value, says="differs from the run's")
        self.good("distill", "--out", self.folder / "kept", "--resume", "--temperature", "3")

    def test_the_teacher_is_neither_overwritten_nor_exchanged(self):
        for command in (["distill", self.teachers["two"], "--student", SMALL, "--data", self.flat],
                        ["finetune", self.teachers["two"], "--train", self.several, "--test", self.several]):
            self.bad(2, *command, "--out", self.teachers["two"], "--overwrite", says="is the run that this one begins with")
        self.assertTrue((self.teachers["two"] / "checkpoints/last").exists())
        teacher = self.folder / "teacher"
        shutil.copytree(self.teachers["two"], teacher, symlinks=True)
        arguments = ["distill", teacher, "--student", SMALL, "--data", self.flat, "--out", self.folder / "out", *FAST,
                     "--epochs", "40", "--checkpoint-every", "5"]
        kill_at_checkpoints(*arguments, folder=self.folder / "out", times=1)
        shutil.rmtree(teacher)
        self.good("finetune", self.shared.folder / "pretrained", "--train", f"{self.several}:train", "--test",
                  f"{self.several}:test", "--label-map", "warm=warm", "--steps", "1", "--out", teacher)
        self.bad(4, *arguments, "--resume", says="are not those the run began with")

    def test_a_teacher_of_another_size_and_head(self):
        teacher = self.folder / "mlp"
        self.good("finetune", self.shared.folder / "pretrained", "--train", f"{self.several}:train", "--test",
                  f"{self.several}:test", "--label-map", "warm=warm", "--classifier", "mlp(layers=2,hidden=16)", "--steps", "2",
                  "--out", teacher)
        self.good("distill", teacher, "--student", SMALL, "--image-size", "20", "--data", self.flat, "--test",
                  f"{self.several}:test", "--steps", "2", "--out", self.folder / "out")

    def test_killed_anywhere_it_ends_with_the_same_weights(self):
        more = ["--epochs", "30", "--val-fraction", "0.1", "--checkpoint-every", "5", "--resume"]
        self.good(*self.arguments("two", "whole", *more))
        cut = self.folder / "cut"
        self.assertGreater(kill_at_checkpoints(*self.arguments("two", "cut", *more), folder=cut), 0)
        self.good(*self.arguments("two", "cut", *more))
        self.assertEqual(self.good("distill", "--out", self.folder / "cut", "--resume"), "")  # the teacher is known
        one, other = tensors(self.folder / "whole"), tensors(self.folder / "cut")
        for name in one:
            numpy.testing.assert_array_equal(one[name], other[name], name)
        self.bad(3, "distill", "--out", self.folder / "cut", "--resume", "--temperature", "2", says="differs from the run's")

    def test_bad_input(self):
        pretrained = self.shared.folder / "pretrained"
        self.bad(3, "distill", pretrained, "--student", SMALL, "--data", self.flat, "--out", self.folder / "no",
                 says=["gives no probabilities of classes", "simclr finetune"])
        self.bad(2, "distill", "--student", SMALL, "--data", self.flat, "--out", self.folder / "no", says="TEACHER_RUN is required")
        self.bad(2, "distill", self.teachers["two"], "--data", self.flat, "--out", self.folder / "no", says="--student is required")
        self.bad(2, "distill", self.teachers["two"], "--student", SMALL, "--out", self.folder / "no", says="--data is required")
        self.bad(2, *self.arguments("two", "no", "--label-fraction", "0.5"), says="--label-fraction chooses labels")
        self.bad(2, *self.arguments("two", "no", "--mean", "0.5"), says="--mean")  # they are the teacher's
        self.bad(3, *self.arguments("two", "no", "--temperature", "0"), says="--temperature")
        self.bad(3, *self.arguments("two", "no", "--targets", "warm"), says="--targets")
        self.bad(4, *self.arguments("two", "no", "--test", str(self.flat)), says="these pictures have no labels")
        self.bad(4, *self.arguments("sets", "no", "--test", str(self.flat)), says="no picture in")
        self.bad(3, "pretrain", "--data", self.flat, "--loss", "distill", "--out", self.folder / "no", says="simclr distill")
        self.bad(5, "distill", self.folder / "none", "--student", SMALL, "--data", self.flat, "--out", self.folder / "no",
                 says="none")
        rng = numpy.random.default_rng(0)
        numpy.save(self.folder / "bands.npy", rng.integers(0, 255, (80, 16, 16, 5), dtype=numpy.uint8))
        self.bad(4, *self.arguments("two", "no", data=self.folder / "bands.npy"), says="band")
        broken = self.folder / "broken"
        shutil.copytree(self.teachers["two"], broken)
        shutil.rmtree(broken / "checkpoints")
        (broken / "checkpoints").mkdir()
        self.bad(5, "distill", broken, "--student", SMALL, "--data", self.flat, "--out", self.folder / "no", says="checkpoint")
        self.assertFalse((self.folder / "no").exists())


if __name__ == "__main__":
    unittest.main()

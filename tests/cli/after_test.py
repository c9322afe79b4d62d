#!/usr/bin/env python3
"""After training: embed, evaluate, export, report; and augment preview, data inspect, doctor, help."""

import csv
import hashlib
import json
import os
import re
import shutil
import unittest

import numpy
import onnxruntime
from PIL import Image
from safetensors import safe_open

from program import FASHION, TINY, SharedCase, run


class After(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared.pictures(count=160)
        cls.test = cls.shared.pictures("test", count=120, start_at=160)
        cls.run_folder = cls.shared.trained(cls.data)

    def embed(self, data, name, *more):
        out = self.folder / f"{name}.npy"
        self.good("embed", self.run_folder, "--data", data, "--out", out, *more)
        with open(self.folder / f"{name}.csv", newline="") as file:
            return numpy.load(out), list(csv.DictReader(file))

    def test_embed_rows_and_names(self):
        values, rows = self.embed(self.data, "all")
        self.assertEqual(values.dtype, numpy.float32)
        self.assertEqual(len(rows), 160)
        self.assertEqual(values.shape, (160, 64))
        self.assertEqual(set(rows[0]), {"id", "path", "label", "split"})
        for row in rows:
            self.assertTrue(row["path"].endswith(row["id"]))
            self.assertEqual(row["label"], row["id"].split("/")[0])

    def test_a_row_never_depends_on_its_batch(self):
        values, rows = self.embed(self.data, "all")
        listed = self.folder / "few.txt"
        few = [row["path"] for row in rows[37:42]]
        listed.write_text("\n".join(few) + "\n")
        some, names = self.embed(listed, "few")
        self.assertEqual(len(names), 5)
        self.assertTrue((some == values[37:42]).all())

    def test_layers(self):
        g1, _ = self.embed(self.data, "g1", "--layer", "g1")
        z, _ = self.embed(self.data, "z", "--layer", "z")
        g2, _ = self.embed(self.data, "g2", "--layer", "g2")
        self.assertEqual((g1.shape[1], z.shape[1]), (64, 32))
        self.assertTrue((g1 >= 0).all())
        numpy.testing.assert_allclose(numpy.linalg.norm(z, axis=1), 1, atol=1e-5)
        numpy.testing.assert_allclose(g2 / numpy.linalg.norm(g2, axis=1, keepdims=True), z, atol=1e-5)
        self.bad(3, "embed", self.run_folder, "--data", self.data, "--out", self.folder / "x.npy", "--layer", "g7",
                 says="g7")

    def test_onnx_gives_the_embeddings(self):
        model = self.folder / "encoder.onnx"
        self.good("export", self.run_folder, "--format", "onnx", "--out", model)
        plan = json.loads((self.run_folder / "plan.json").read_text())
        folder = self.folder / "sized"
        folder.mkdir()
        noise = numpy.random.default_rng(0).integers(0, 256, (9, 16, 16), numpy.uint8)
        for i, picture in enumerate(noise):
            Image.fromarray(picture).save(folder / f"{i}.png")
        values, _ = self.embed(folder, "sized")
        session = onnxruntime.InferenceSession(str(model))
        normal = ((noise / 255 - plan["mean"][0]) / plan["std"][0]).astype(numpy.float32)[:, None]
        for batch in (1, 9):
            (h,) = session.run(None, {session.get_inputs()[0].name: normal[:batch]})
            numpy.testing.assert_allclose(h, values[:batch], atol=1e-4)

    def test_safetensors_names_and_metadata(self):
        out = self.folder / "encoder.safetensors"
        self.good("export", self.run_folder, "--format", "safetensors", "--out", out)
        with safe_open(out, "np") as file:
            names, metadata = set(file.keys()), file.metadata()
        self.assertIn("layer1.0.conv1.weight", names)
        self.assertIn("layer2.0.downsample.1.running_var", names)
        self.assertNotIn("fc.weight", names)
        self.assertEqual(json.loads(metadata["resize"])["shorter_side"], 16)
        for key in ("mean", "std", "input_size", "bands", "class_names", "config"):
            json.loads(metadata[key])

    def test_evaluate_json(self):
        result = self.good_json("evaluate", self.run_folder, "--train", self.data, "--test", self.test,
                                "--labels-per-class", "5", "--draws", "3")
        for name in ("knn", "linear"):
            for scores in (result["evaluations"], result["baselines"]["random"], result["baselines"]["pixels"]):
                self.assertEqual((scores[name]["draws"], scores[name]["labels_per_class"]), (3, 5))
                self.assertGreater(scores[name]["accuracy"], 0.15)
        self.assertEqual(result["evaluations"]["knn"]["k"], 20)
        self.assertEqual(result["evaluations"]["knn"]["temperature"], 0.1)
        page = (self.run_folder / "report.html").read_text()
        self.assertIn("raw pixels", page.lower())

    def test_evaluate_svc_and_angles(self):
        arguments = ["evaluate", self.run_folder, "--train", self.data, "--test", self.test, "--with",
                     "svc,linear_svc,angles", "--baselines", "pixels"]
        result = self.good_json(*arguments)
        self.assertEqual(set(result["evaluations"]), {"svc", "linear_svc"})
        classes = result["classes"]
        for features in ("encoder", "pixels"):
            angles = result["angles"][features]
            self.assertEqual(numpy.shape(angles["degrees"]), (len(classes), len(classes)))
            self.assertGreater(angles["between"], 0)
            self.assertLessEqual(numpy.nanmax(numpy.array(angles["degrees"], float)), 180)
            pairs = [pair["more_than_within"] for pair in angles["least_separable"]]
            self.assertEqual(pairs, sorted(pairs))
        text = self.good(*arguments)
        for word in ("svc", "linear_svc", "mean angles, degrees", "told apart least"):
            self.assertIn(word, text)
        page = (self.run_folder / "report.html").read_text()
        self.assertIn('id="angles"', page)
        self.assertTrue((self.run_folder / "figures" / "angles-1.svg").exists())
        only = self.good_json(*arguments[:6], "--with", "angles", "--baselines", "none")
        self.assertEqual(set(only["angles"]), {"encoder"})
        self.assertNotIn("evaluations", only)

    def test_map_and_galleries(self):
        run_folder = self.shared.trained(self.data, "mapped", "--hold-out-classes", "class3")
        result = self.good_json("evaluate", run_folder, "--train", self.data, "--test", self.test, "--with",
                                "umap(neighbours=10),galleries(each=3)")
        self.assertGreater(result["map"]["umap"]["trustworthiness"], 0.8)
        self.assertGreater(result["map"]["umap"]["trustworthiness"], result["map"]["pca"]["trustworthiness"] - 0.05)
        self.assertNotIn("evaluations", result)
        (table,) = (run_folder / "eval").glob("*-map.csv")
        with open(table, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 280)
        for row in rows:
            self.assertEqual(row["set"] == "unseen", row["label"] == "class3")
        self.assertEqual({row["set"] for row in rows}, {"test", "train", "unseen"})
        for gallery in result["galleries"]:
            self.assertEqual({one["label"] for one in gallery["nearest"] + gallery["farthest"]}, {gallery["class"]})
            self.assertNotIn(gallery["class"], {one["label"] for one in gallery["strangers"]})
            self.assertLessEqual(len(gallery["nearest"]), 3)
        again = self.good_json("evaluate", run_folder, "--train", self.data, "--test", self.test, "--with",
                               "umap(neighbours=10),galleries(each=3,layer=z)")
        self.assertEqual(again["map"], result["map"])
        self.assertNotEqual(again["galleries"], result["galleries"])
        page = (run_folder / "report.html").read_text()
        self.assertIn("TRUE CLASS", page)
        self.assertIn("rustworthiness", page)
        self.assertTrue((run_folder / "figures/map-1.svg").exists())
        self.bad(3, "evaluate", run_folder, "--train", self.data, "--test", self.test, "--with", "umap(neighbors=3)",
                 says="Did you mean 'neighbours'?")
        self.bad(3, "evaluate", run_folder, "--train", self.data, "--test", self.test, "--with", "galleries(layer=q)",
                 says="--layer")

    def test_several_runs_on_one_page(self):
        other = self.shared.trained(self.data, "other", "--seed", "7")
        sides = ["--train", self.data, "--test", self.test, "--with", "knn,angles"]
        for run_folder in (self.run_folder, other):
            self.good("evaluate", run_folder, *sides)
        page = self.folder / "both.html"
        self.good("report", self.run_folder, other, "--out", page)
        text = page.read_text()
        for word in ("seed", "kNN", "angles"):
            self.assertIn(word, text)
        self.bad(5, "report", self.run_folder, self.folder / "nowhere", says="nowhere")

    def test_held_out_classes_are_unseen(self):
        names = self.folder / "unseen.txt"
        names.write_text("class3\nclass7\n")
        run_folder = self.folder / "held"
        self.good("pretrain", "--data", self.data, "--out", run_folder, *TINY, "--epochs", "1", "--hold-out-classes", names)
        plan = json.loads((run_folder / "plan.json").read_text())
        kept = sum(1 for path in self.data.rglob("*.png") if path.parent.name not in ("class3", "class7"))
        self.assertEqual((plan["images"], plan["held_out_classes"]), (kept, ["class3", "class7"]))
        names.unlink()  # the run remembers
        sides = ["--train", self.data, "--test", self.test, "--with", "knn,angles", "--baselines", "none"]
        pictures = {f"class{i}": len(list((self.test / f"class{i}").glob("*.png"))) for i in range(10)}
        for which, classes in (("unseen", {"class3", "class7"}), ("seen", set(pictures) - {"class3", "class7"}),
                               ("all", set(pictures)), ("class1,class3", {"class1", "class3"})):
            result = self.good_json("evaluate", run_folder, *sides, "--classes", which)
            self.assertEqual(set(result["classes"]), classes)
            scores = self.good_json("evaluate", run_folder, *sides[:4], "--with", "knn", "--baselines", "none",
                                    "--classes", which)
            self.assertEqual(scores["test_pictures"], sum(pictures[name] for name in classes))
        self.bad(3, "evaluate", run_folder, *sides, "--classes", "class1,clas3", says="Did you mean 'class3'?")
        page = (run_folder / "report.html").read_text()
        for word in ("unseen classes", "seen classes"):
            self.assertIn(word, page)
        self.bad(3, "evaluate", self.run_folder, *sides, "--classes", "unseen", says="held out no classes")
        self.bad(3, "pretrain", "--data", self.data, "--out", self.folder / "no", *TINY, "--hold-out-classes", "clas3",
                 says=["no class 'clas3'", "class3"])
        self.bad(4, "pretrain", "--data", self.pictures("flat", classes=False), "--out", self.folder / "no", *TINY,
                 "--hold-out-classes", "class3", says="no labels")

    def test_evaluate_repeats_and_lists(self):
        first = self.good_json("evaluate", self.run_folder, "--train", self.data, "--test", self.test,
                               "--labels-per-class", "2,all", "--with", "knn")
        again = self.good_json("evaluate", self.run_folder, "--train", self.data, "--test", self.test,
                               "--labels-per-class", "2,all", "--with", "knn")
        self.assertEqual(first, again)
        self.assertEqual(set(first["budgets"]), {"labels-2", "all"})
        self.bad(3, "evaluate", self.run_folder, "--train", self.data, "--test", self.test, "--with", "kn",
                 says="knn")
        self.bad(4, "evaluate", self.run_folder, "--train", self.data, "--test", self.test, "--labels-per-class",
                 "1000", says="1000")

    def test_evaluations_say_what_of_and_keep_apart(self):
        other = self.pictures("other", count=60, start_at=600)
        before = len(list((self.run_folder / "eval").glob("*.json"))) if (self.run_folder / "eval").exists() else 0
        result = self.good_json("evaluate", self.run_folder, "--train", self.data, "--test", self.test, "--with", "knn")
        self.good_json("evaluate", self.run_folder, "--train", self.data, "--test", other, "--with", "knn")
        self.assertGreaterEqual(len(list((self.run_folder / "eval").glob("*.json"))), max(2, before))
        self.assertEqual(result["step"], json.loads((self.run_folder / "checkpoints/last/state.json").read_text())["step"])
        weights = (self.run_folder / "checkpoints/last/model.safetensors").read_bytes()
        self.assertEqual(result["weights_sha256"], hashlib.sha256(weights).hexdigest())

    def test_a_class_without_training_pictures_is_left_out(self):
        folder = self.folder / "one folder"
        for split, start in (("train", 0), ("test", 400)):
            (self.pictures(f"{split}-part", count=120, start_at=start)).rename((folder.mkdir(exist_ok=True), folder / split)[1])
        known = set(os.listdir(folder / "train"))
        (folder / "test" / "only in test").mkdir()
        for picture in sorted((folder / "test").rglob("*.png"))[:7]:
            picture.rename(folder / "test" / "only in test" / picture.name)
        apart = [self.folder / "train", self.folder / "test"]
        for split, target in zip(("train", "test"), apart):
            shutil.copytree(folder / split, target)
        results = []
        for train, test in ((f"{folder}:train", f"{folder}:test"), apart):
            code, out, err = run("evaluate", self.run_folder, "--train", train, "--test", test, "--with", "knn(k=5)",
                                 "--baselines", "pixels", "--json")
            self.assertEqual(code, 0, err)
            self.assertIn("'only in test' has no training pictures: its 7 test pictures are left out", err)
            results.append(json.loads(out)["evaluations"])
        self.assertEqual(*results)
        self.assertEqual(len(known), 10)

    def test_export_goes_by_the_name(self):
        out = self.folder / "deep" / "encoder.onnx"
        self.good("export", self.run_folder, "--out", out)
        onnxruntime.InferenceSession(str(out))

    def test_a_held_out_fraction(self):
        table = self.folder / "labels.csv"
        pictures = sorted(self.data.rglob("*.png"))[:90]
        table.write_text("path,label\n" + "".join(f"{p},{p.parent.name}\n" for p in pictures))
        arguments = ["evaluate", self.run_folder, "--train", table, "--test-fraction", "0.3", "--with", "knn(k=5)"]
        first = self.good_json(*arguments)
        self.assertEqual(first, self.good_json(*arguments))
        self.assertEqual(first["in_both"], 0)
        self.assertTrue(20 <= first["test_pictures"] <= 35, first["test_pictures"])
        self.assertIn("held out", first["test"])
        self.assertIn("test pictures", self.good(*arguments))

    def test_shared_pictures_are_said_everywhere(self):
        result = self.good_json("evaluate", self.run_folder, "--train", self.data, "--test", self.data, "--with",
                                "knn(k=5)", "--baselines", "none")
        self.assertEqual(result["in_both"], 160)
        self.assertIn("160 of the test pictures are among the training pictures",
                      (self.run_folder / "report.html").read_text())

    def test_too_few_labels_names_the_class(self):
        self.bad(4, "evaluate", self.run_folder, "--train", self.data, "--test", self.test, "--labels-per-class",
                 "1000", says=["'class", "1000", "all"])

    def test_report_is_self_contained(self):
        self.good("report", self.run_folder)
        page = (self.run_folder / "report.html").read_text()
        self.assertNotRegex(page, r'(src|href)="https?://')
        self.assertIn("Content-Security-Policy", page)

    def test_preview(self):
        out = self.folder / "views.png"
        self.good("augment", "preview", "--data", self.data, "--augment", "crop(min=0.2) > flip > rotate(degrees=-30..30)",
                  "--out", out)
        self.assertGreater(Image.open(out).size[0], 6 * 28)

    def test_inspect(self):
        out = self.good("data", "inspect", FASHION)
        for text in ("60000", "10000", "28"):
            self.assertIn(text, out.replace(",", ""))
        self.assertEqual(json.loads(self.good("data", "inspect", self.data, "--json"))["kind"], "folder")

    def test_doctor(self):
        facts = json.loads(self.good("doctor", "--json"))
        self.assertIn("bf16", facts)
        self.assertIn("cpu:", self.good("doctor"))

    def test_help_everywhere_with_examples(self):
        for command in ([], ["pretrain"], ["embed"], ["evaluate"], ["export"], ["report"], ["augment", "preview"],
                        ["data", "inspect"], ["data", "duplicates"], ["doctor"]):
            out = self.good(*command, "--help")
            self.assertIn("Examples:", out, command)
            self.assertIn("simclr " + " ".join(command), out)
        self.assertRegex(self.good("--version"), r"simclr \d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main()

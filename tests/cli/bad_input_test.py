#!/usr/bin/env python3
"""Bad input gives a clear message, the promised exit code, and loses nothing."""

import os
import unittest

import numpy

from program import TINY, Case, run


class BadInput(Case):
    def pretrain(self, code, data, *more, says=(), **options):
        out = self.folder / "never"
        err = self.bad(code, "pretrain", "--data", data, "--out", out, *TINY, "--epochs", "1", *more, says=says,
                       **options)
        self.assertFalse(out.exists(), "a refused start leaves no folder behind")
        return err

    def test_no_such_folder(self):
        self.pretrain(4, self.folder / "nowhere", says=["nowhere", "no such"])

    def test_no_picture_in_it(self):
        empty = self.folder / "empty"
        empty.mkdir()
        (empty / "notes.txt").write_text("hello")
        self.pretrain(4, empty, says="empty")

    def test_only_unsupported_pictures(self):
        folder = self.folder / "gifs"
        folder.mkdir()
        for i in range(3):
            (folder / f"{i}.gif").write_bytes(b"GIF89a" + bytes(20))
        self.pretrain(4, folder, says="gif")

    def test_a_file_instead_of_a_folder(self):
        file = self.folder / "picture.zip"
        file.write_bytes(b"PK\x03\x04" + bytes(60))
        self.pretrain(4, file, says="picture.zip")

    def test_unknown_flag_is_told_the_nearest(self):
        self.bad(2, "pretrain", "--data", "x", "--out", "y", "--batchsize", "32", says=["--batchsize", "--batch-size"])

    def test_unknown_command_is_told_the_nearest(self):
        self.bad(2, "pretrian", says="pretrain")

    def test_no_command(self):
        self.bad(2, says="pretrain")

    def test_missing_arguments(self):
        self.bad(2, "pretrain", "--out", self.folder / "x", says="--data")
        self.bad(2, "pretrain", "--data", self.folder, says="--out")
        self.bad(2, "embed", "--data", self.folder, says="RUN")

    def test_unknown_setting_in_a_file(self):
        config = self.folder / "run.toml"
        config.write_text('seed = 1\nbatchsize = 32\n')
        self.pretrain(3, self.pictures(), "--config", config, says=["run.toml:2", "batchsize", "batch-size"])

    def test_damaged_settings_file(self):
        config = self.folder / "run.toml"
        config.write_text('seed = \n')
        self.pretrain(3, self.pictures(), "--config", config, says="run.toml:1")

    def test_values_out_of_range(self):
        data = self.pictures()
        for flag, value in [("--batch-size", "0"), ("--batch-size", "many"), ("--epochs", "0"), ("--lr", "-1"),
                            ("--image-size", "1"), ("--precision", "fp8"), ("--encoder", "resnet19"),
                            ("--encoder", "resnet18(width=0)"), ("--loss", "nt_xent(temperature=0)"),
                            ("--loss", "nt_xnt"), ("--head", "mlp(layers=9)"), ("--augment", "crop > blurr"),
                            ("--augment", "crop(min=2)"), ("--optimizer", "adamx"), ("--device", "tpu"),
                            ("--max-minutes", "0"), ("--val-fraction", "0.9"), ("--cache", "tape")]:
            with self.subTest(flag=flag, value=value):
                err = self.pretrain(3, data, flag, value)
                self.assertTrue(value.split("(")[0].split(" > ")[-1].rstrip() in err or flag in err, err)

    def test_nearest_names_in_composed_texts(self):
        data = self.pictures()
        self.pretrain(3, data, "--encoder", "resnet19", says="resnet18")
        self.pretrain(3, data, "--augment", "crop > blurr", says="blur")
        self.pretrain(3, data, "--loss", "nt_xent(temprature=1)", says="temperature")

    def test_fewer_pictures_than_a_batch(self):
        self.pretrain(4, self.pictures(count=20), says=["--batch-size", "20"])

    def test_over_one_percent_bad_files(self):
        data = self.pictures(count=96)
        for i in range(4):
            (data / "class1" / f"bad{i}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
        err = self.bad(4, "pretrain", "--data", data, "--out", self.folder / "r", *TINY, "--epochs", "1")
        self.assertIn("bad", err)

    def test_bad_validation_pictures(self):
        broken = self.folder / "broken"
        broken.mkdir()
        for i in range(5):
            (broken / f"{i}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
        self.pretrain(4, self.pictures(), "--val-data", broken, says="decode")
        bands = self.folder / "bands.npy"
        numpy.save(bands, numpy.zeros((40, 16, 16, 5), numpy.uint8))
        self.pretrain(4, bands, "--val-data", self.pictures(), says=["--val-data", "5"])

    def test_files_of_others_are_never_replaced(self):
        folder = self.folder / "mine"
        folder.mkdir()
        (folder / "report.html").write_text("my report")
        self.bad(2, "pretrain", "--data", self.pictures(), "--out", folder, *TINY, says="report.html")
        self.assertEqual((folder / "report.html").read_text(), "my report")

    def test_out_is_not_the_data(self):
        data = self.pictures()
        self.bad(2, "pretrain", "--data", data, "--out", data, *TINY, says="--data")

    def test_float_validation_pictures_out_of_range(self):
        data, val = self.folder / "a.npy", self.folder / "b.npy"
        numpy.save(data, numpy.zeros((40, 16, 16), numpy.uint8))
        numpy.save(val, numpy.full((40, 16, 16), 200, numpy.float32))
        self.pretrain(4, data, "--val-data", val, says=["b.npy", "[0, 1]"])

    def test_names_that_say_another_format(self):
        folder = self.trained(self.pictures())
        self.bad(3, "export", folder, "--format", "safetensors", "--out", self.folder / "e.onnx", says="--format")
        self.bad(3, "augment", "preview", "--data", self.folder / "pictures", "--out", self.folder / "p.jpg",
                 says=".png")

    def test_evaluate_needs_something_to_test_on(self):
        folder = self.trained(self.pictures())
        self.bad(2, "evaluate", folder, "--train", self.folder / "pictures", says=["--test", "--test-fraction"])
        self.bad(2, "evaluate", folder, "--train", "a", "--test", "b", "--test-fraction", "0.5", says="exclude")

    def test_rate_scaling_without_a_rate(self):
        self.pretrain(3, self.pictures(), "--lr-scaling", "linear", says=["--lr-scaling", "--lr"])

    def test_a_warm_up_as_long_as_the_run(self):
        err = run("pretrain", "--data", self.pictures(), "--out", self.folder / "r", *TINY, "--epochs", "1",
                  "--warmup-epochs", "2", "--dry-run")[2]
        self.assertIn("warm-up", err)

    def test_evaluate_of_nothing_leaves_nothing(self):
        folder = self.trained(self.pictures())
        self.bad(4, "evaluate", folder, "--train", self.folder / "none", "--test", self.folder / "none", says="none")
        self.assertFalse((folder / "eval").exists())

    def test_overwrite_keeps_a_folder_of_another_kind(self):
        folder = self.folder / "mine"
        (folder / "figures").mkdir(parents=True)
        (folder / "figures" / "thesis.png").write_bytes(b"x")
        (folder / "notes.txt").write_text("mine")
        data = self.pictures()
        self.bad(2, "pretrain", "--data", data, "--out", folder, *TINY, "--overwrite", says="something other")
        self.good("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "1")
        self.assertTrue((folder / "figures" / "thesis.png").exists())
        self.good("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "1", "--overwrite")
        self.assertTrue((folder / "notes.txt").exists())

    def test_checkpoints_without_settings_are_not_gone_on_from(self):
        data = self.pictures()
        folder = self.trained(data)
        (folder / "settings.toml").unlink()
        for more in ([], ["--resume"]):
            self.bad(2, "pretrain", "--data", data, "--out", folder, *TINY, *more, says="settings.toml")
        self.assertTrue((folder / "checkpoints/step-6").exists())
        result = self.good_json("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "1", "--overwrite")
        self.assertEqual(result["steps"], 3)
        self.assertFalse((folder / "checkpoints/step-6").exists())

    def test_a_folder_that_holds_a_run(self):
        data = self.pictures()
        folder = self.trained(data)
        before = (folder / "settings.toml").read_bytes()
        self.bad(2, "pretrain", "--data", data, "--out", folder, *TINY, says=["--resume", "--overwrite"])
        self.assertEqual(before, (folder / "settings.toml").read_bytes())
        self.good("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "1", "--overwrite")

    def test_no_run_there(self):
        for command in (["embed", "nowhere", "--data", ".", "--out", "x.npy"], ["report", "nowhere"],
                        ["evaluate", "nowhere", "--train", ".", "--test", "."],
                        ["export", "nowhere", "--out", "x.safetensors"]):
            self.bad(5, *command, says="nowhere")

    def test_an_unlabelled_folder_can_not_be_evaluated(self):
        flat = self.pictures("flat", classes=False)
        folder = self.trained(flat)
        self.bad(4, "evaluate", folder, "--train", flat, "--test", flat, says="label")

    def test_unreadable_folder(self):
        data = self.pictures()
        os.chmod(data, 0)
        self.addCleanup(os.chmod, data, 0o755)
        self.pretrain(4, data, says=["pictures", "Permission denied"], as_anybody=True)

    def test_unreadable_files(self):
        data = self.pictures(count=120, classes=False)
        os.chmod(data / "00007.png", 0)
        code, _, err = run("pretrain", "--data", data, "--out", self.folder / "run", *TINY, "--epochs", "1",
                           as_anybody=True)
        self.assertEqual(code, 0, err)
        self.assertIn("00007.png: cannot be read: Permission denied", err)
        self.assertIn("00007.png", (self.folder / "run/bad_files.csv").read_text())
        os.chmod(data / "00008.png", 0)
        self.pretrain(4, data, says=["00008.png", "1 %"], as_anybody=True)

    def test_hostile_file_names(self):
        data = self.pictures(classes=False)
        names = [b"with space.png", b"line\nbreak.png", b"\xff\xfe.png", b"-dash.png", "emoji \U0001f41f.png".encode(),
                 b"quote'\".png", b"comma,.png"]
        for old, new in zip(sorted(os.listdir(os.fsencode(data))), names):
            os.rename(os.path.join(os.fsencode(data), old), os.path.join(os.fsencode(data), new))
        folder = self.trained(data)
        self.good("embed", folder, "--data", data, "--out", self.folder / "e.npy")
        text = (self.folder / "e.csv").read_bytes()
        for name in (b"with space.png", b"\xff\xfe.png", b'"line\nbreak.png"', b'"comma,.png"'):
            self.assertIn(name, text)

    def test_a_class_name_that_is_not_utf8(self):
        data = self.pictures()
        os.rename(os.path.join(os.fsencode(data), b"class1"), os.path.join(os.fsencode(data), b"\xff class"))
        folder = self.trained(data)
        self.good("evaluate", folder, "--train", data, "--test", data, "--with", "knn(k=5,temperature=0.25),knn(k=5)")

    def test_embed_never_overwrites_its_data(self):
        data = self.pictures()
        folder = self.trained(data)
        table = self.folder / "labels.csv"
        table.write_text("path,label\n" + "".join(f"{path},x\n" for path in sorted(data.rglob("*.png"))))
        before = table.read_bytes()
        self.bad(2, "embed", folder, "--data", table, "--out", self.folder / "labels.npy", says="labels.csv")
        self.assertEqual(before, table.read_bytes())

    def test_full_disk(self):
        mount = self.folder / "small"
        mount.mkdir()
        if os.system(f"mount -t tmpfs -o size=1500k tmpfs {mount} 2>/dev/null") != 0:
            self.skipTest("needs the right to mount a small file system")
        self.addCleanup(os.system, f"umount {mount}")
        data = self.pictures()
        code, _, err = run("pretrain", "--data", data, "--out", mount / "run", *TINY, "--epochs", "3",
                           "--checkpoint-every", "1", "--encoder", "resnet18(width=0.25)")
        self.assertEqual(code, 7, err)
        self.assertIn("No space left", err)
        self.assertIn("--resume", err)
        os.system(f"mount -o remount,size=200m {mount}")
        self.good("pretrain", "--out", mount / "run", "--resume")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""simclr pretrain --cache: what is kept on the disk changes nothing but the time, and is never used when it is stale."""

import hashlib
import os
import pathlib
import signal
import time
import unittest

import numpy
from PIL import Image

from program import TINY, Case, run, start


def weights(folder):
    return hashlib.sha256((folder / "checkpoints/last/model.safetensors").read_bytes()).hexdigest()


class Cache(Case):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache"

    def train(self, data, name, *more, **options):
        """-> the weights' hash, and what was said"""
        code, _, err = run("pretrain", "--data", data, "--out", self.folder / name, *TINY, "--epochs", "2", *more,
                           **options)
        self.assertEqual(code, 0, err)
        return weights(self.folder / name), err

    def on_disk(self, data, name):
        return self.train(data, name, "--cache", "disk", "--cache-dir", self.cache)

    def packed(self):
        return [path for path in self.cache.iterdir() if path.suffix != ".lock"]

    def test_same_weights_from_none_ram_and_disk(self):
        data = self.pictures()
        reference, err = self.train(data, "none", "--cache", "none")
        self.assertIn("kept nowhere, as asked", err)
        kept, err = self.train(data, "ram", "--cache", "ram")
        self.assertEqual(kept, reference)
        self.assertIn("kept in memory, as asked", err)
        first, err = self.on_disk(data, "first")
        self.assertEqual(first, reference)
        self.assertIn("packed 96 pictures", err)
        second, err = self.on_disk(data, "second")
        self.assertEqual(second, reference)
        self.assertNotIn("packed 96", err)
        self.assertIn("kept on disk, as asked", (self.folder / "second/train.log").read_text())

    def test_where_it_lies(self):
        data = self.pictures()
        self.train(data, "home", "--cache", "disk", env={"XDG_CACHE_HOME": str(self.folder / "xdg")})
        self.assertEqual(len(list((self.folder / "xdg/simclr").glob("*.pictures"))), 1)
        self.bad(3, "pretrain", "--data", data, "--out", self.folder / "homeless", *TINY, "--cache", "disk",
                 env={"XDG_CACHE_HOME": "", "HOME": ""}, says="--cache-dir")
        self.assertIn("kept in memory", self.good("pretrain", "--data", data, "--out", self.folder / "dry", *TINY,
                                                   "--dry-run"))

    def test_dry_run_packs_nothing(self):
        out = self.good("pretrain", "--data", self.pictures(), "--out", self.folder / "run", *TINY, "--dry-run", "--cache",
                        "disk", "--cache-dir", self.cache)
        self.assertIn("on disk", out)
        self.assertFalse(self.cache.exists())

    def test_changed_pictures_are_never_taken_from_it(self):
        data = self.pictures()
        before, _ = self.on_disk(data, "before")
        changed = next(data.rglob("*.png"))
        time.sleep(0.01)
        Image.fromarray(255 - numpy.asarray(Image.open(changed))).save(changed)
        after, err = self.on_disk(data, "after")
        self.assertIn("changed since", err)
        self.assertNotEqual(before, after)
        self.assertEqual(after, self.train(data, "plain", "--cache", "none")[0])

    def test_a_damaged_one_changes_nothing(self):
        data = self.pictures()
        reference, _ = self.on_disk(data, "whole")
        (file,) = self.packed()
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        again, err = self.on_disk(data, "damaged")
        self.assertIn("damaged", err)
        self.assertEqual(again, reference)
        self.assertEqual(self.packed(), [])
        again, err = self.on_disk(data, "mended")
        self.assertIn("packed 96 pictures", err)
        self.assertEqual(again, reference)

    def test_full_disk(self):
        self.cache.mkdir()
        if os.system(f"mount -t tmpfs -o size=80k tmpfs {self.cache} 2>/dev/null") != 0:
            self.skipTest("needs the right to mount a small file system")
        self.addCleanup(os.system, f"umount {self.cache}")
        command = ["pretrain", "--out", self.folder / "run", *TINY, "--cache", "disk", "--cache-dir", self.cache]
        self.bad(7, *command, "--data", self.pictures(), says="No space left")  # 75 kB of pixels, and the index
        self.bad(7, *command, "--data", self.pictures("more", 200), says=["157 kB", "--cache none"])
        self.assertEqual(self.packed(), [])
        self.assertFalse((self.folder / "run").exists())

    def test_stopped_while_packing(self):
        data = self.folder / "large"
        data.mkdir()
        noise = numpy.random.default_rng(1).integers(0, 255, (400, 400, 3), numpy.uint8)
        Image.fromarray(noise).save(data / "0.png")
        for i in range(1, 400):
            os.link(data / "0.png", data / f"{i}.png")
        command = ["pretrain", "--data", data, "--out", self.folder / "run", *TINY, "--epochs", "1", "--cache", "disk",
                   "--cache-dir", self.cache]
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 75)):
            process = start(*command)
            while process.poll() is None and not list(self.cache.glob("*.tmp")):
                time.sleep(0.002)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, code, err)
            self.assertEqual(self.packed(), [])
            self.assertFalse((self.folder / "run").exists())
        process = start(*command)
        while process.poll() is None and not list(self.cache.glob("*.tmp")):
            time.sleep(0.002)
        process.kill()
        process.communicate()
        self.assertEqual(len(self.packed()), 1, "what a killed process leaves")
        self.good(*command)
        self.assertEqual([path.suffix for path in self.packed()], [".pictures"])

    def test_listed_and_cleared(self):
        where = ["--cache-dir", self.cache]
        self.assertIn("no packed pictures", self.good("data", "cache", *where))
        self.on_disk(self.pictures(), "run")
        (file,) = self.packed()
        (listed,) = self.good_json("data", "cache", *where)["files"]
        self.assertEqual((listed["file"], listed["bytes"], listed["pictures"]), (str(file), file.stat().st_size, 96))
        self.assertIn("96 pictures, the first " + str(self.folder / "pictures"), self.good("data", "cache", *where))
        (self.cache / "notes.txt").write_text("of somebody else")
        self.good("data", "cache", *where, "--clear")
        self.assertEqual([path.name for path in self.packed()], ["notes.txt"])

    def test_embed_gives_the_same_with_it_and_without(self):
        data = self.pictures()
        self.on_disk(data, "run")
        self.good("embed", self.folder / "run", "--data", data, "--out", self.folder / "packed.npy")
        self.packed()[0].unlink()
        self.good("embed", self.folder / "run", "--data", data, "--out", self.folder / "plain.npy")
        self.assertEqual((self.folder / "packed.npy").read_bytes(), (self.folder / "plain.npy").read_bytes())


if __name__ == "__main__":
    unittest.main()

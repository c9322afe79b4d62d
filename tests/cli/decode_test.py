#!/usr/bin/env python3
"""simclr pretrain --decode: exactly unless asked otherwise; scaled, large JPEGs take less and give other views."""

import hashlib
import unittest

import numpy
from PIL import Image

from program import TINY, Case, run


def weights(folder):
    return hashlib.sha256((folder / "checkpoints/last/model.safetensors").read_bytes()).hexdigest()


class Decode(Case):
    def photos(self, side, ending="jpg"):
        folder = self.folder / f"photos-{side}-{ending}"
        folder.mkdir()
        random = numpy.random.default_rng(1)
        for i in range(64):
            small = Image.fromarray(random.integers(0, 256, (6, 8, 3), numpy.uint8))
            small.resize((side * 4 // 3, side), Image.BICUBIC).save(folder / f"{i}.{ending}")
        return folder

    def run_with(self, data, name, *more):
        folder = self.folder / name
        self.good("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "1", *more)
        return folder

    def test_exact_by_default_and_other_views_when_scaled(self):
        data = self.photos(240)
        plain = self.run_with(data, "plain")
        self.assertIn('decode = "exact"', (plain / "settings.toml").read_text())
        self.assertEqual(weights(plain), weights(self.run_with(data, "exact", "--decode", "exact")))
        scaled = self.run_with(data, "scaled", "--decode", "scaled")
        self.assertIn('decode = "scaled"', (scaled / "settings.toml").read_text())
        self.assertNotEqual(weights(plain), weights(scaled))
        self.assertEqual(weights(scaled), weights(self.run_with(data, "again", "--decode", "scaled", "--cache", "none")))

    def test_pictures_too_small_to_shrink_and_pngs_stay_exact(self):
        for data in (self.photos(32), self.photos(240, "png")):
            exact, scaled = (self.run_with(data, f"{data.name}-{word}", "--decode", word) for word in ("exact", "scaled"))
            self.assertEqual(weights(exact), weights(scaled))

    def test_a_config_sets_it_and_a_resume_keeps_it(self):
        config = self.folder / "scaled.toml"
        config.write_text('decode = "scaled"\n')
        folder = self.run_with(self.photos(240), "run", "--config", config)
        self.assertIn('decode = "scaled"', (folder / "settings.toml").read_text())
        self.bad(3, "pretrain", "--out", folder, "--resume", "--decode", "exact", says="decode")

    def test_a_word_that_is_neither_is_refused(self):
        self.bad(3, "pretrain", "--data", self.photos(32), "--out", self.folder / "run", "--decode", "fast",
                 says=["decode", "exact", "scaled"])

    def test_the_help_says_that_pixels_differ(self):
        code, out, _ = run("pretrain", "--help")
        self.assertEqual(code, 0)
        self.assertRegex(" ".join(out.split()), r"--decode .*pixels differ")


unittest.main()

#!/usr/bin/env python3
"""Rasters of many bands: the SimCLR-S2 study's settings and operations, as typed."""

import unittest

import numpy
import onnxruntime

from program import ROOT, SharedCase

SMALL = ["--encoder", "resnet18(width=0.125)", "--image-size", "16", "--workers", "2",
         "--bands", "10"]  # arrays name no bands


def rasters(path, count=64, bands=10, side=20):
    """uint16, most of them in a small part of its range, as reflectances times 10,000 are."""
    random = numpy.random.default_rng(3)
    waves = numpy.sin(numpy.arange(side) * random.uniform(0.1, 0.6, (count, 1, bands))[:, :, :, None])
    values = 2000 + 900 * waves.transpose(0, 1, 3, 2) + random.normal(0, 80, (count, side, side, bands))
    numpy.save(path, values.clip(0, 65535).astype(numpy.uint16))
    return path


class Raster(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = rasters(cls.shared.folder / "rasters.npy")
        cls.config = ROOT / "configs/sentinel2.toml"

    def test_the_settings_of_the_study_train_and_every_layer_of_the_head_is_there(self):
        folder = self.folder / "run"
        result = self.good_json("pretrain", "--config", self.config, "--data", self.data, "--out", folder, *SMALL,
                                "--epochs", "2")
        self.assertEqual(result["steps"], 4)
        self.assertIn('"mlp(widths=1024/512/128,bn=false)"', (folder / "plan.json").read_text())
        for layer, width in (("h", 64), ("g1", 1024), ("g2", 512), ("g3", 128), ("z", 128)):
            out = self.folder / f"{layer}.npy"
            self.good("embed", folder, "--data", self.data, "--out", out, "--layer", layer)
            self.assertEqual(numpy.load(out).shape, (64, width), layer)
        self.bad(3, "embed", folder, "--data", self.data, "--out", self.folder / "x.npy", "--layer", "g4",
                 says="has 3 layers")
        session = onnxruntime.InferenceSession(folder / "exported/encoder.onnx")
        self.assertEqual(session.get_inputs()[0].shape[1], 10)

    def test_the_full_settings_say_how_long_they_take(self):
        plan = self.good_json("pretrain", "--config", self.config, "--data", self.data, "--out", self.folder / "run",
                              "--image-size", "32", "--bands", "10", "--dry-run")
        self.assertEqual((plan["bands"], plan["features"], plan["total_steps"]), (10, 2048, 100))
        self.assertIn("adam", plan["optimizer"])
        self.assertEqual(plan["lr"], 0.0005)
        self.assertGreater(plan["estimate"]["memory_bytes"], 4 * 4 * 58e6)  # weights, gradients and Adam's two
        self.assertGreater(plan["estimate"]["seconds"], 1)

    def test_presets_and_operations_can_be_looked_at(self):
        for policy in ("s2", "s2_study", "s2_couplets", "drop_bands(share=0.5) > speckle(law=salt_pepper)"):
            out = self.folder / "views.png"
            self.good("augment", "preview", "--data", self.data, "--augment", policy, "--out", out, "--pictures", "2")
            self.assertTrue(out.read_bytes().startswith(b"\x89PNG"))
            out.unlink()
        self.bad(3, "augment", "preview", "--data", self.data, "--augment", "gain(factor=0..1)", "--out",
                 self.folder / "views.png", says=["no logarithm", "law=even"])


if __name__ == "__main__":
    unittest.main()

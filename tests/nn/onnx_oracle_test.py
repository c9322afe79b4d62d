"""The exported encoder read by other programs: onnx's checker, onnxruntime, and Python's safetensors.

Needs the program export_sample of the build folder SIMCLR_BUILD (default build/release)."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime
from safetensors import safe_open

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SIMCLR_BUILD", ROOT / "build" / "release")) / "export_sample"
GOLDEN = ROOT / "tests" / "golden" / "resnet_torchvision.json"
BATCH = 7
CASES = [  # encoder, bands, image size
    ("resnet18(width=0.25)", 3, 32),
    ("resnet18(width=0.25,stem=imagenet)", 1, 28),
    ("resnet34(width=0.125)", 13, 48),
    ("resnet50(width=0.125)", 4, 96),
    ("resnet18", 3, 65),
    ("resnet18(width=0.25,embedding=24)", 3, 32),
    ("wide_resnet50_2(width=0.0625)", 3, 33),
]


def export(folder, encoder, bands, size):
    subprocess.run([PROGRAM, folder, encoder, str(bands), str(size), str(BATCH)], check=True)
    x = np.load(folder / "input.npy").reshape(BATCH, bands, size, size)
    return x, np.load(folder / "h.npy")


class ExportedEncoder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def test_onnxruntime_computes_the_same_h(self):
        for encoder, bands, size in CASES:
            with self.subTest(encoder=encoder, bands=bands, size=size):
                x, h = export(self.folder, encoder, bands, size)
                session = onnxruntime.InferenceSession(self.folder / "model.onnx", providers=["CPUExecutionProvider"])
                self.assertEqual([i.name for i in session.get_inputs()], ["image"])
                self.assertEqual([o.name for o in session.get_outputs()], ["h"])
                for batch in (1, 3, 7):
                    (ours,) = session.run(None, {"image": x[:batch]})
                    self.assertEqual(ours.shape, (batch, h.shape[1]))
                    error = np.abs(ours - h[:batch]).max() / max(1.0, np.abs(h).max())
                    self.assertLess(error, 1e-4)
                self.assertGreater(np.abs(h[0] - h[1]).max(), 1e-2 * np.abs(h).max())  # h depends on the picture

    def test_model_is_valid_and_says_its_shapes(self):
        for encoder, bands, size in CASES:
            with self.subTest(encoder=encoder):
                _, h = export(self.folder, encoder, bands, size)
                model = onnx.load(self.folder / "model.onnx")
                onnx.checker.check_model(model, full_check=True)
                self.assertEqual([(o.domain, o.version) for o in model.opset_import], [("", 17)])
                shapes = {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim]
                          for v in list(model.graph.input) + list(model.graph.output)}
                self.assertEqual(shapes, {"image": ["batch", bands, size, size], "h": ["batch", h.shape[1]]})
                self.assertNotIn("BatchNormalization", {node.op_type for node in model.graph.node})
                metadata = {p.key: p.value for p in model.metadata_props}
                self.assertTrue(metadata["arch"].startswith(encoder.split("(")[0]))
                self.assertEqual(json.loads(metadata["mean"]), [0.5, 0.4])

    def test_safetensors_hold_torchvisions_names_and_shapes(self):
        golden = json.loads(GOLDEN.read_text())
        for name in ("resnet18", "resnet50"):
            export(self.folder, name + "(stem=imagenet)", 3, 32)
            with safe_open(self.folder / "encoder.safetensors", "np") as file:
                self.assertEqual(file.metadata()["arch"], name + "(stem=imagenet)")
                ours = {key: list(file.get_tensor(key).shape) for key in file.keys()}
                counters = {key for key in ours if key.endswith("num_batches_tracked")}
                self.assertTrue(all(file.get_tensor(key).dtype == np.int64 for key in counters))
            wanted = {key: shape for key, shape in golden[name]["names_and_shapes"] if not key.startswith("fc.")}
            self.assertEqual({key: shape for key, shape in ours.items() if key not in counters}, wanted)
            norms = {key.rsplit(".", 1)[0] for key in wanted if key.endswith("running_mean")}
            self.assertEqual(counters, {norm + ".num_batches_tracked" for norm in norms})

    def test_onnx_weights_are_those_of_the_safetensors_folded(self):
        export(self.folder, "resnet18(width=0.125)", 3, 32)
        stored = {w.name: onnx.numpy_helper.to_array(w)
                  for w in onnx.load(self.folder / "model.onnx").graph.initializer}
        with safe_open(self.folder / "encoder.safetensors", "np") as file:
            t = {key: file.get_tensor(key).astype(np.float64) for key in file.keys()}
        scale = t["bn1.weight"] / np.sqrt(t["bn1.running_var"] + 1e-5)
        np.testing.assert_allclose(stored["conv1.weight"], t["conv1.weight"] * scale[:, None, None, None], rtol=2e-7)
        np.testing.assert_allclose(stored["conv1.bias"], t["bn1.bias"] - t["bn1.running_mean"] * scale,
                                   rtol=2e-7, atol=1e-9)


if __name__ == "__main__":
    unittest.main()

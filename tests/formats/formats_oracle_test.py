"""Do other programs read what src/formats writes, and does it read what they write?

Needs numpy, pillow, safetensors, tensorboard, onnx and onnxruntime, and the program write_samples in the build
folder SIMCLR_BUILD (default build/release).
"""

import csv
import hashlib
import json
import math
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SIMCLR_BUILD", ROOT / "build" / "release")) / "write_samples"


def samples(which, *shape):
    """The same values as sample() of write_samples.cpp."""
    i = np.arange(math.prod(shape), dtype=np.int64)
    return (((i * 37 + which * 11) % 101) / 8 - 5).astype(np.float32).reshape(shape)


class Oracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        picture = np.arange(18, dtype=np.uint8).reshape(2, 3, 3) * 14
        Image.fromarray(picture).save(cls.folder / "picture.png")
        subprocess.run([PROGRAM, "write", cls.folder], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()


class Npy(Oracle):
    def test_numpy_reads_ours(self):
        for width in (1, 3, 128):
            for rows in (0, 1, 70):
                path = self.folder / f"ours-{rows}x{width}.npy"
                array = np.load(path, allow_pickle=False)
                np.testing.assert_array_equal(array, samples(width, rows, width), strict=True)
                if rows > 0:  # numpy maps no empty file
                    np.testing.assert_array_equal(np.load(path, mmap_mode="r"), array, strict=True)
                self.assertEqual(path.stat().st_size, 128 + rows * width * 4)


class Safetensors(Oracle):
    def test_the_package_reads_ours(self):
        tensors = {}
        with safe_open(self.folder / "ours.safetensors", "numpy") as file:
            self.assertEqual(file.metadata(), {"mean": "[0.49, 0.48]", "name": 'Müller "日本"\n'})
            names = {"mask", "conv1.weight", "brain", "bn1.num_batches_tracked", "wide", "none"}
            self.assertEqual(set(file.keys()), names)
            for name in file.keys():
                if name != "brain":  # numpy has no bfloat16 of its own
                    tensors[name] = file.get_tensor(name)
            self.assertEqual(file.get_slice("brain").get_dtype(), "BF16")
            self.assertEqual(file.get_slice("brain").get_shape(), [2])
        expected = {
            "mask": np.array([1, 0, 1, 1, 0], np.uint8),
            "conv1.weight": samples(1, 2, 3, 2, 2),
            "bn1.num_batches_tracked": np.array(-7, np.int64),
            "wide": np.array([[0.1], [-1e300]]),
            "none": np.zeros((0, 3), np.float32),
        }
        for name, array in expected.items():
            self.assertEqual(tensors[name].dtype, array.dtype)
            np.testing.assert_array_equal(tensors[name], array, strict=True)

    def test_the_data_start_at_a_multiple_of_8(self):
        with open(self.folder / "ours.safetensors", "rb") as file:
            self.assertEqual(int.from_bytes(file.read(8), "little") % 8, 0)


class Events(Oracle):
    def setUp(self):
        all_of_them = {"scalars": 0, "tensors": 0, "images": 0}
        self.events = EventAccumulator(str(self.folder / "events"), size_guidance=all_of_them)
        self.events.Reload()

    def test_scalars(self):
        self.assertEqual(set(self.events.Tags()["scalars"]), {"train/loss", "bad", "far"})
        loss = self.events.Scalars("train/loss")
        self.assertEqual([event.step for event in loss], list(range(0, 20000, 100)))
        self.assertEqual([event.value for event in loss], samples(2, 200).tolist())
        times = [event.wall_time for event in loss]
        self.assertEqual(times, sorted(times))
        self.assertTrue(math.isnan(self.events.Scalars("bad")[0].value))
        self.assertEqual(self.events.Scalars("far")[0].step, 1 << 40)
        self.assertEqual(self.events.Scalars("far")[0].value, float(np.float32(-1e-3)))
        self.assertEqual(self.events.file_version, 2.0)

    def test_text(self):
        self.assertEqual(self.events.PluginTagToContent("text"), {"verdict": b""})
        event = self.events.Tensors("verdict")[0]
        self.assertEqual(event.step, 5)
        self.assertEqual(event.tensor_proto.string_val[0].decode(), "**healthy**\n\nMüller")
        self.assertEqual([dim.size for dim in event.tensor_proto.tensor_shape.dim], [1])

    def test_image(self):
        event = self.events.Images("views")[0]
        self.assertEqual((event.step, event.width, event.height), (7, 3, 2))
        self.assertEqual(event.encoded_image_string, (self.folder / "picture.png").read_bytes())


class Onnx(Oracle):
    def setUp(self):
        self.path = str(self.folder / "ours.onnx")

    def test_the_checker_accepts_it(self):
        onnx.checker.check_model(self.path, full_check=True)
        model = onnx.load(self.path)
        self.assertEqual((model.ir_version, model.producer_name), (8, "simclr"))
        self.assertEqual([(o.domain, o.version) for o in model.opset_import], [("", 17)])
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        self.assertEqual(metadata, {"mean": "[0.49, 0.48]", "class_names": '["a", "b"]'})
        shape = model.graph.input[0].type.tensor_type.shape.dim
        self.assertEqual([d.dim_param or d.dim_value for d in shape], ["batch", 3, "height", "width"])
        conv = onnx.numpy_helper.to_array(model.graph.initializer[0])
        np.testing.assert_array_equal(conv, samples(3, 4, 3, 3, 3))

    def test_onnxruntime_runs_it(self):
        session = onnxruntime.InferenceSession(self.path, providers=["CPUExecutionProvider"])
        for batch, height, width in ((1, 8, 8), (3, 9, 6)):
            x = samples(8, batch, 3, height, width)
            h, column = session.run(None, {"input": x})
            expected = self.forward(x.astype(np.float64))
            np.testing.assert_allclose(h, expected, rtol=1e-5, atol=1e-4)
            np.testing.assert_array_equal(column[:, :, 0], h)

    def forward(self, x):
        weight = samples(3, 4, 3, 3, 3).astype(np.float64)
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
        y = np.einsum("nchwij,ocij->nohw", windows, weight) + samples(4, 4)[None, :, None, None]
        pooled = np.maximum(y, 0).mean(axis=(2, 3))
        return 0.5 * pooled @ samples(5, 5, 4).T.astype(np.float64) + samples(6, 5)


class Tables(Oracle):
    def test_python_reads_our_csv(self):
        with open(self.folder / "ours.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        self.assertEqual(
            rows,
            [
                ["id", "path", "label"],
                ["0", "a, b.png", 'say "hi"'],
                ["1", "two\nlines", ""],
                ["2", "Müller;\t", " x "],
            ],
        )

    def test_python_reads_our_json_lines(self):
        lines = [json.loads(line) for line in (self.folder / "ours.jsonl").read_text().splitlines()]
        self.assertEqual([line["step"] for line in lines], list(range(20)))
        self.assertEqual([np.float32(line["loss"]) for line in lines], (samples(7, 20) / np.float32(3)).tolist())
        self.assertEqual({line["nan"] for line in lines}, {None})


class Theirs(unittest.TestCase):
    """Files made by the packages, read by ours."""

    types = ["bool", "u1", "i1", "u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"]

    @classmethod
    def setUpClass(cls):
        rng = np.random.default_rng(3)
        cls.tensors = {
            "a.weight": rng.normal(size=(3, 1, 2)).astype(np.float32),
            "b": rng.integers(0, 255, 7).astype(np.uint8),
            "c/日本 \"q\"": rng.normal(size=(2, 2)),
            "scalar": np.array(5, np.int64),
            "empty": np.zeros((0, 2), np.float16),
        }
        cls.arrays = {}
        for name in cls.types:
            for shape in ((), (5,), (2, 3), (2, 0, 3)):
                array = rng.integers(0, 100, shape).astype(name)
                cls.arrays[f"theirs-{name}-{'x'.join(map(str, shape))}.npy"] = array
        cls.rows = [["path", "label"], ["a, b.png", 'say "hi"'], ["two\nlines", ""], ["Müller;\t", " x "]]
        with tempfile.TemporaryDirectory() as folder:
            save_file(cls.tensors, f"{folder}/theirs.safetensors", metadata={"k": "Müller\n", "format": "np"})
            for name, array in cls.arrays.items():
                np.save(f"{folder}/{name}", array)
            with open(f"{folder}/theirs-v2.npy", "wb") as file:
                np.lib.format.write_array(file, np.arange(4.0), version=(2, 0))
            cls.arrays["theirs-v2.npy"] = np.arange(4.0)
            with open(f"{folder}/theirs.csv", "w", newline="", encoding="utf-8-sig") as file:
                csv.writer(file).writerows(cls.rows)
            cls.found = json.loads(subprocess.run([PROGRAM, "read", folder], check=True, capture_output=True).stdout)

    def test_safetensors(self):
        names = {"float32": "F32", "uint8": "U8", "float64": "F64", "int64": "I64", "float16": "F16"}
        self.assertEqual(self.found["metadata"], {"k": "Müller\n", "format": "np"})
        self.assertEqual(set(self.found["tensors"]), set(self.tensors))
        for name, array in self.tensors.items():
            self.assertEqual(
                self.found["tensors"][name],
                {
                    "dtype": names[array.dtype.name],
                    "shape": list(array.shape),
                    "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
                },
            )

    def test_npy(self):
        self.assertEqual(set(self.found["npy"]), set(self.arrays))
        for name, array in self.arrays.items():
            self.assertEqual(
                self.found["npy"][name],
                {
                    "dtype": array.dtype.str,
                    "shape": list(array.shape),
                    "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
                },
            )

    def test_csv(self):
        self.assertEqual([self.found["csv"]["header"], *self.found["csv"]["rows"]], self.rows)


if __name__ == "__main__":
    unittest.main()

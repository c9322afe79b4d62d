"""Runs the simclr program as a user would, and makes small picture folders for it. Used by every *_test.py here."""

import gzip
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time
import unittest

import numpy
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SIMCLR_BUILD", ROOT / "build/release")) / "simclr"
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
# Small enough that a run takes seconds.
TINY = ["--encoder", "resnet18(width=0.125)", "--image-size", "16", "--batch-size", "32", "--head",
        "mlp(layers=2,out=32)", "--workers", "2"]


# Root reads everything; without these two capabilities it is refused like anybody else.
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"] if os.geteuid() == 0 else []


def start(*arguments, as_anybody=False, **options):
    environment = dict(os.environ, OMP_NUM_THREADS=options.pop("threads", "2"), **options.pop("env", {}))
    return subprocess.Popen([*(AS_ANYBODY if as_anybody else []), str(PROGRAM), *map(os.fspath, arguments)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **options)


def run(*arguments, **options):
    """-> (exit code, stdout, stderr)"""
    process = start(*arguments, **options)
    out, err = process.communicate(timeout=600)
    return process.returncode, out.decode(errors="surrogateescape"), err.decode(errors="surrogateescape")


def fashion(count, part="t10k"):
    """The first `count` pictures and labels of Fashion-MNIST."""
    with gzip.open(FASHION / f"{part}-images-idx3-ubyte.gz") as file:
        pictures = numpy.frombuffer(file.read(16 + count * 784)[16:], numpy.uint8).reshape(count, 28, 28)
    with gzip.open(FASHION / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = numpy.frombuffer(file.read(8 + count)[8:], numpy.uint8)
    return pictures, labels


class Case(unittest.TestCase):
    """A temporary folder, and checks of what the program says."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="simclr-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def pictures(self, name="pictures", count=96, classes=True, start_at=0):
        """A folder of PNGs, in class sub-folders or flat."""
        folder = self.folder / name
        pixels, labels = fashion(start_at + count)
        for i in range(start_at, start_at + count):
            place = folder / f"class{labels[i]}" if classes else folder
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels[i]).save(place / f"{i:05}.png")
        return folder

    def good(self, *arguments, **options):
        code, out, err = run(*arguments, **options)
        self.assertEqual(code, 0, err)
        return out

    def good_json(self, *arguments, **options):
        return json.loads(self.good(*arguments, "--json", **options))

    def bad(self, code, *arguments, says=(), **options):
        got, out, err = run(*arguments, **options)
        self.assertEqual(got, code, f"{arguments}\n{out}{err}")
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, err)
        self.assertNotIn("terminate called", err)
        return err

    def trained(self, data, name="run", *more):
        run_folder = self.folder / name
        self.good("pretrain", "--data", data, "--out", run_folder, *TINY, "--epochs", "2", *more)
        return run_folder


def kill_at_checkpoints(*arguments, folder, times=3):
    """Starts a training that saves often, kills it once `folder` holds a later checkpoint than before, and again."""
    rng, kills = random.Random(0), 0
    for _ in range(times):
        newest, process = newest_checkpoint(folder), start(*arguments)
        while process.poll() is None and newest_checkpoint(folder) <= newest:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.1))  # into the steps after it
        kills += process.poll() is None
        process.kill()
        process.communicate()
    return kills


def newest_checkpoint(folder):
    return max((int(path.name.split("-")[1]) for path in (folder / "checkpoints").glob("step-*[0-9]")), default=-1)


class SharedCase(Case):
    """A Case whose tests share what setUpClass makes with `cls.shared`, a Case with a folder of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = Case("setUp")
        cls.shared.setUp()
        cls.addClassCleanup(cls.shared.doCleanups)

"""Decoders and resampling against Pillow. Needs numpy and pillow.

The C++ side is the program decode_tool in the folder SIMCLR_BUILD, default build/release. Damaged files come from SIMCLR_TEST_DATA
(nasty_images/ or nasty_images.tar), default ../shared/data beside the checkout; without it that test is skipped.
"""

import csv
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest
import warnings

import numpy as np
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = os.path.join(os.environ.get("SIMCLR_BUILD", ROOT / "build" / "release"), "decode_tool")
DATA = pathlib.Path(os.environ.get("SIMCLR_TEST_DATA", ROOT.parent / "shared" / "data"))
OURS = {"JPEG", "MPO", "PNG", "WEBP", "TIFF"}

# Files that Pillow decodes and we don't, each with its reason.
REFUSED = {
    "go-fuzz__3d10b983": "4:1:0 subsampling, which TurboJPEG does not read",
    "libjpeg-turbo-seed__00355b9a": "4:1:0 subsampling, which TurboJPEG does not read",
    "go-fuzz__414bd64a": "the height tag has a wrong count: libtiff refuses it, Pillow guesses",
    "go-fuzz__f4f7d079": "a strip longer than the file: libtiff complains and shortens it",
    "pillow__5a6f44e8": "a plane without data: Pillow drops the plane, here every sample is a band",
}
# Files whose pixels aren't compared: libraries of different versions fill in what damage took.
DAMAGED = ("go-fuzz__0bd2358d",)
# Damage that Pillow meets and we don't: the pixels are there, or a library of another version reads on.
ACCEPTED_ANYWAY = 22


def photo(width=97, height=61, bands=3, seed=0):
    """Smooth shapes with some noise, so that every codec has something to do."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        128 + 90 * np.sin(x / (5.0 + c) + seed) * np.cos(y / (7.0 - c)) + random.normal(0, 12, (height, width))
        for c in range(bands)
    ]
    array = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
    return array[..., 0] if bands == 1 else array


def run_decoder(paths, *options):
    """[(answer, pixels as bands x height x width or None)]"""
    with tempfile.TemporaryDirectory() as folder:
        names = b"".join(os.fsencode(p) + b"\0" for p in paths)
        done = subprocess.run([TOOL, "decode", folder, *options], input=names, capture_output=True, timeout=300)
        assert done.returncode == 0, done.stderr[-4000:]
        assert not done.stderr, done.stderr[-4000:]
        results = []
        for number, line in enumerate(done.stdout.splitlines()):
            answer = json.loads(line)
            pixels = None
            if answer["ok"]:
                pixels = np.fromfile(f"{folder}/{number}.raw", answer["sample"])
                pixels = pixels.reshape(answer["bands"], answer["height"], answer["width"])
            results.append((answer, pixels))
        return results


def planes(image):
    array = np.asarray(image)
    return array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)


def over_white(image):
    """Alpha laid over white by Pillow, gray stays gray."""
    gray = image.mode in ("L", "LA", "1", "La")
    rgba = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(rgba.convert("RGB"), mask=rgba.getchannel("A"))
    return white.getchannel(0) if gray else white


def expected(image):
    """What we promise for a picture that Pillow opened."""
    mode = image.mode
    if mode == "CMYK" or mode == "YCbCr" or mode == "LAB":
        return planes(image.convert("RGB"))
    if mode == "1":
        return planes(image.convert("L"))
    if mode == "P" and image.format == "TIFF":
        return planes(image.convert("RGB"))
    if mode in ("LA", "La", "PA", "RGBA", "RGBa", "P") or "transparency" in image.info:
        return planes(over_white(image))
    if mode.startswith("I;16"):
        return planes(image).astype(np.uint16)
    return planes(image)


class Decoders(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.paths, self.wanted, self.limits = [], [], []

    def tearDown(self):
        self.folder.cleanup()

    def add(self, image, name, limit=0, **options):
        path = f"{self.folder.name}/{len(self.paths):03d}-{name}"
        image.save(path, **options)
        self.take(path, limit)

    def take(self, path, limit=0):
        with Image.open(path) as image:
            image.load()
            self.paths.append(path)
            self.wanted.append(expected(image))
            self.limits.append(limit)

    def check(self, *options):
        self.assertTrue(self.paths)
        for path, wanted, limit, (answer, got) in zip(
            self.paths, self.wanted, self.limits, run_decoder(self.paths, *options), strict=True
        ):
            name = os.path.basename(path)
            with self.subTest(name):
                self.assertEqual(answer["error"], "")
                self.assertEqual(got.shape, wanted.shape)
                self.assertEqual(str(got.dtype), str(wanted.dtype))
                difference = np.abs(got.astype(float) - wanted.astype(float)).max()
                self.assertLessEqual(difference, limit)

    def test_jpeg_is_exact(self):
        for size in [(97, 61), (16, 16), (1, 1), (3, 200), (227, 8)]:
            rgb = Image.fromarray(photo(*size))
            for quality in (30, 75, 95):
                for sampling in (0, 1, 2):
                    for progressive in (False, True):
                        self.add(rgb, f"{sampling}.jpg", quality=quality, subsampling=sampling, progressive=progressive)
            self.add(Image.fromarray(photo(*size, bands=1)), "gray.jpg")
            self.add(Image.fromarray(photo(*size, bands=4), "CMYK"), "cmyk.jpg")
            self.add(rgb, "restart.jpg", restart_marker_blocks=2)
            self.add(rgb, "keep_rgb.jpg", keep_rgb=True)
        self.check()

    def test_gray_and_colour_as_asked(self):
        self.add(Image.fromarray(photo()), "rgb.jpg")
        self.add(Image.fromarray(photo(bands=1)), "gray.jpg")
        self.add(Image.fromarray(photo()), "rgb.png")
        self.add(Image.fromarray(photo(bands=1)), "gray.png")
        colour = self.wanted
        for bands, mode in ((1, "L"), (3, "RGB")):
            self.wanted = [planes(Image.open(path).convert(mode)) for path in self.paths]
            self.check(f"bands={bands}")
        self.assertEqual([len(w) for w in colour], [3, 1, 3, 1])

    def test_exif_orientation(self):
        for orientation in range(1, 9):
            for mode in ("RGB", "L"):
                exif = Image.Exif()
                exif[0x010F] = "somebody"
                exif[0x0112] = orientation
                self.add(Image.fromarray(photo()).convert(mode), f"{orientation}.jpg", exif=exif)
        self.check()  # untouched unless asked
        self.wanted = [planes(ImageOps.exif_transpose(Image.open(path))) for path in self.paths]
        self.check("exif")

    def test_png(self):
        for size in [(97, 61), (1, 1), (5, 3), (2, 90)]:
            rgba = photo(*size, bands=4)
            rgb, gray = Image.fromarray(rgba[..., :3]), Image.fromarray(rgba[..., 0])
            self.add(rgb, "rgb.png")
            self.add(gray, "gray.png")
            self.add(Image.fromarray(rgba), "rgba.png")
            self.add(Image.fromarray(rgba[..., :2], "LA"), "la.png")
            self.add(gray.convert("1"), "1.png")
            self.add(Image.fromarray(rgba[..., 0].astype(np.uint16) * 257 - 100), "16.png")
            for bits in (1, 2, 4, 8):
                self.add(rgb.quantize(2**bits), f"p{bits}.png", bits=bits)
            self.add(rgb.quantize(16), "pt.png", transparency=bytes(range(0, 256, 17)))
            self.add(gray, "lt.png", transparency=int(rgba[0, 0, 0]))
            self.add(rgb, "rgbt.png", transparency=tuple(int(v) for v in rgba[0, 0, :3]))
        self.check()

    def test_webp(self):
        for size in [(97, 61), (1, 1), (5, 300)]:
            rgba = photo(*size, bands=4)
            rgb = Image.fromarray(rgba[..., :3])
            for lossless in (True, False):
                self.add(rgb, "rgb.webp", lossless=lossless)
                self.add(Image.fromarray(rgba), "rgba.webp", lossless=lossless, exact=True)
            frames = [Image.fromarray(photo(*size, bands=4, seed=s)) for s in range(3)]
            self.add(frames[0], "moving.webp", save_all=True, append_images=frames[1:], lossless=True)
            self.add(frames[0].convert("RGB"), "lossy.webp", save_all=True, append_images=frames[1:])
        self.check()

    def test_tiff(self):
        rgba = photo(bands=4)
        rgb, gray = Image.fromarray(rgba[..., :3]), Image.fromarray(rgba[..., 0])
        wide = Image.fromarray(rgba[..., 0].astype(np.uint16) * 200 + 7)
        real = Image.fromarray(rgba[..., 0].astype(np.float32) / 255)
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma"):
            for name, image in (("rgb", rgb), ("gray", gray), ("16", wide), ("float", real), ("p", rgb.quantize(200))):
                self.add(image, f"{name}-{compression}.tif", compression=compression)
            self.add(gray.convert("1"), f"1-{compression}.tif", compression=compression)
            self.add(Image.fromarray(rgba), f"rgba-{compression}.tif", compression=compression)
            self.add(Image.fromarray(rgba, "CMYK"), f"cmyk-{compression}.tif", compression=compression)
            self.add(Image.fromarray(rgba[..., :2], "LA"), f"la-{compression}.tif", compression=compression)
        for compression in ("group3", "group4"):
            self.add(gray.convert("1"), f"{compression}.tif", compression=compression)
        self.add(rgb, "jpeg.tif", compression="jpeg")
        self.add(gray, "jpeg-gray.tif", compression="jpeg")
        self.add(rgb, "rows.tif", compression="tiff_lzw", tiffinfo={278: 7})
        self.add(rgb, "differences.tif", compression="tiff_lzw", tiffinfo={317: 2})
        self.add(wide, "differences-16.tif", compression="tiff_adobe_deflate", tiffinfo={317: 2})
        self.add(gray.convert("1"), "white-is-zero.tif", tiffinfo={262: 0})
        for file in (ROOT / "tests/image/tiff").glob("*.tif"):
            self.take(str(file))
        self.check()

    def test_cut_files_are_refused_as_pillow_does(self):
        files = {}
        for name, options in {
            "a.jpg": {"quality": 80},
            "b.jpg": {"progressive": True},
            "c.png": {},
            "d.webp": {},
            "e.tif": {"compression": "tiff_lzw"},
            "f.tif": {},
        }.items():
            buffer = io.BytesIO()
            Image.fromarray(photo()).save(buffer, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF"}[name[2:]], **options)
            files[name] = buffer.getvalue()
        paths, verdicts = [], []
        for name, whole in files.items():
            for share in (0.1, 0.3, 0.5, 0.9, 0.99):
                path = f"{self.folder.name}/{share}-{name}"
                pathlib.Path(path).write_bytes(whole[: int(len(whole) * share)])
                paths.append(path)
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        with Image.open(path) as image:
                            image.load()
                    verdicts.append(True)
                except Exception:
                    verdicts.append(False)
        for path, verdict, (answer, _) in zip(paths, verdicts, run_decoder(paths), strict=True):
            with self.subTest(path):
                self.assertEqual(answer["ok"], verdict)


class DamagedFiles(unittest.TestCase):
    def files(self, folder):
        if (DATA / "nasty_images").is_dir():
            return DATA / "nasty_images"
        archive = DATA / "nasty_images.tar"
        if not archive.exists():
            self.skipTest(f"no {archive}: set SIMCLR_TEST_DATA")
        with tarfile.open(archive) as tar:
            options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Debian 12's Python has none
            tar.extractall(folder, **options)
        return pathlib.Path(folder) / "nasty_images"

    def test_everything_pillow_reads_is_read_and_nothing_hangs(self):
        with tempfile.TemporaryDirectory() as folder:
            root = self.files(folder)
            with open(root / "MANIFEST.csv", newline="") as file:
                rows = list(csv.DictReader(file))
            answers = run_decoder([root / row["file"] for row in rows])
            accepted = compared = 0
            for row, (answer, got) in zip(rows, answers, strict=True):
                with self.subTest(row["file"]):
                    self.assertLess(answer["seconds"], 1.0)
                    self.assertTrue(answer["ok"] or answer["error"])
                    verdict = row["pillow_13.0_verdict"]
                    if verdict == "ok" and row["format"] in OURS:
                        known = os.path.basename(row["file"]).startswith(tuple(REFUSED))
                        self.assertTrue(answer["ok"] or known, answer["error"])
                    elif verdict == "ok" and row["format"] != "TGA":
                        self.assertEqual(answer["format"], "unsupported")
                    elif answer["ok"]:
                        accepted += 1
                    if answer["ok"] and verdict == "ok":
                        compared += self.compare(root / row["file"], answer, got)
            self.assertLessEqual(accepted, ACCEPTED_ANYWAY)
            self.assertGreater(compared, 320)

    def compare(self, path, answer, got):
        """Pixel for pixel; 0 where Pillow shows something else than we promise."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                image = Image.open(path)
                turned = image.format == "TIFF" and image.tag_v2.get(274, 1) != 1
                image.load()
            except Exception:  # another Pillow than the one that wrote the list
                return 0
            modes = ("I", "F", "LAB", "I;16", "I;16B") if answer["format"] == "tiff" else ()
            if turned or image.mode in modes or path.name.startswith(DAMAGED):
                return 0
            wanted = expected(image)
        if answer["bands"] == 1 and len(wanted) == 3:  # Pillow makes colours of gray and alpha of 16 bits
            self.assertTrue((wanted[0] == wanted[1]).all() and (wanted[0] == wanted[2]).all())
            wanted = wanted[:1]
        if "transparency" in image.info and answer["sample"] == "uint16":
            return 0
        self.assertEqual(got.shape, wanted.shape)
        limit = 0
        if answer["sample"] == "uint16" and wanted.dtype == np.uint8:
            got, limit = got >> 8, 1  # Pillow keeps the upper byte, before alpha
        if image.mode == "RGBA" and answer["format"] == "tiff":
            limit += 1  # premultiplied colours, which Pillow divides and multiplies again
        self.assertLessEqual(np.abs(got.astype(float) - wanted.astype(float)).max(), limit)
        return 1


class Resampling(unittest.TestCase):
    def resize(self, pixels, lines):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "in").write_bytes(b"".join(pixels))
            command = [TOOL, "resize", f"{folder}/in", f"{folder}/out"]
            subprocess.run(command, input="\n".join(lines).encode(), check=True, timeout=300)
            return np.fromfile(f"{folder}/out", np.float32)

    def test_float(self):
        """Pillow's float mode has neither rounding nor clipping in between."""
        random = np.random.default_rng(2)
        cases, lines, pixels = [], [], []
        for number in range(500):
            width, height, out_width, out_height = (int(v) for v in random.integers(1, 120, 4))
            name = ("bilinear", "bicubic")[number % 2]
            array = random.uniform(-3, 3, (height, width)).astype(np.float32)
            lines.append(f"float32 1 {height} {width} 0 0 {height} {width} {out_height} {out_width} {name} 0")
            pixels.append(array.tobytes())
            filters = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
            cases.append(np.asarray(Image.fromarray(array).resize((out_width, out_height), filters[name])))
        results, at = self.resize(pixels, lines), 0
        for line, wanted in zip(lines, cases, strict=True):
            got = results[at : at + wanted.size].reshape(wanted.shape)
            at += wanted.size
            with self.subTest(line):
                self.assertLessEqual(np.abs(got - wanted).max(), 3e-6)

    def test_a_thousand_random_crops(self):
        random = np.random.default_rng(1)
        filters = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
        cases, lines, pixels = [], [], []
        for number in range(1500):
            width, height = (int(v) for v in random.integers(1, 160, 2))
            crop_width, crop_height = int(random.integers(1, width + 1)), int(random.integers(1, height + 1))
            left = int(random.integers(0, width - crop_width + 1))
            top = int(random.integers(0, height - crop_height + 1))
            out_width, out_height = (int(v) for v in random.integers(1, 120, 2))
            if number % 5 == 0:  # only one direction changes
                out_width = crop_width
            if number % 7 == 0:
                out_height = crop_height
            name = list(filters)[number % 3]
            mirror = number % 4 == 3
            bands = 3 if number % 2 else 1
            array = random.integers(0, 256, (height, width, bands), dtype=np.uint8)
            if number % 11 == 0:
                array = photo(width, height, bands).reshape(height, width, bands)
            lines.append(
                f"uint8 {bands} {height} {width} {top} {left} {crop_height} {crop_width} "
                f"{out_height} {out_width} {name} {int(mirror)}"
            )
            pixels.append(np.moveaxis(array, -1, 0).tobytes())
            image = Image.fromarray(array if bands == 3 else array[..., 0])
            box = (left, top, left + crop_width, top + crop_height)
            # Columns first: Pillow 13 takes rows first at times, which differs where bicubic overshoots.
            wanted = image.crop(box)
            if name == "bicubic":
                wanted = wanted.resize((out_width, crop_height), filters[name])
            wanted = wanted.resize((out_width, out_height), filters[name])
            if mirror:
                wanted = ImageOps.mirror(wanted)
            cases.append((name, lines[-1], planes(wanted)))
        results = self.resize(pixels, lines)
        at = 0
        for name, line, wanted in cases:
            got = results[at : at + wanted.size].reshape(wanted.shape)
            at += wanted.size
            with self.subTest(line):
                rounded = np.clip(np.rint(got), 0, 255)
                difference = np.abs(rounded - wanted.astype(float)).max()
                self.assertLessEqual(difference, 0 if name == "nearest" else 1)
        self.assertEqual(at, results.size)


if __name__ == "__main__":
    if not os.path.exists(TOOL):
        raise SystemExit(f"no {TOOL}: build it, or set SIMCLR_BUILD")
    unittest.main()

"""Rasters as rasterio (GDAL) reads them: genuine files of Sentinel-2 data sets, and every layout of a GeoTIFF."""

import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest
import warnings

import numpy
import rasterio
from rasterio.errors import NotGeoreferencedWarning

warnings.simplefilter("ignore", NotGeoreferencedWarning)
ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SIMCLR_BUILD", ROOT / "build/release"))
TOOL, PROGRAM = BUILD / "source_tool", BUILD / "simclr"
DATA = pathlib.Path(os.environ.get("SIMCLR_TEST_DATA", ROOT.parent / "shared/data"))
EUROSAT = "B01 B02 B03 B04 B05 B06 B07 B08 B09 B10 B11 B12 B8A".split()
TWELVE = "B01 B02 B03 B04 B05 B06 B07 B08 B8A B09 B11 B12".split()


def read_all(source, *options):
    """[(answer, pixels)] of every record"""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([TOOL, source, folder, *options], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        results = []
        for number, line in enumerate(done.stdout.splitlines()):
            answer = json.loads(line)
            pixels = numpy.fromfile(f"{folder}/{number}.raw", answer["sample"]) if not answer["error"] else None
            results.append((answer, None if pixels is None else pixels.reshape(answer["shape"])))
        return results


def gdal(path):
    with rasterio.open(path) as file:
        return file.read()


def bilinear(band, factor):
    """Half-pixel centres, edges held; float64, rounded as we round."""
    def axis(n):
        at = numpy.clip((numpy.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
        low = numpy.minimum(at.astype(int), n - 2) if n > 1 else numpy.zeros(len(at), int)
        return low, at - low
    values = band.astype(float)
    (y, v), (x, u) = axis(band.shape[0]), axis(band.shape[1])
    rows = values[y] * (1 - v)[:, None] + values[y + 1] * v[:, None]
    return rows[:, x] * (1 - u) + rows[:, x + 1] * u


class Genuine(unittest.TestCase):
    def setUp(self):
        archive = DATA / "sentinel2_real.tar"
        if not archive.exists():
            self.skipTest(f"{archive} is not there (set SIMCLR_TEST_DATA)")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with tarfile.open(archive) as tar:
            tar.extractall(folder.name)
        self.root = pathlib.Path(folder.name)
        if not (self.root / "EuroSAT_MS").exists():
            self.root = next(path.parent for path in self.root.rglob("EuroSAT_MS"))

    def check_patches(self, folder, count, bands):
        records = read_all(folder)
        self.assertEqual(len(records), count)
        for answer, pixels in records:
            self.assertEqual((answer["kind"], answer["error"], answer["bands"]), ("patches", "", bands))
            for place, band in enumerate(bands):
                names = {band, band[0] + band[2:] if band[1] == "0" else band}
                file = next(file for file in pathlib.Path(answer["path"]).iterdir()
                            if file.suffix in (".tif", ".tiff") and file.stem.split("_")[-1] in names)
                own = gdal(file)[0]
                factor = pixels.shape[1] // own.shape[0]
                if factor == 1:
                    numpy.testing.assert_array_equal(pixels[place], own)
                elif own.dtype == numpy.float32:
                    numpy.testing.assert_allclose(pixels[place], bilinear(own, factor), rtol=1e-5)
                else:
                    numpy.testing.assert_allclose(pixels[place], bilinear(own, factor), atol=0.501)
        return records

    def test_big_earth_net_v1(self):
        records = self.check_patches(self.root / "BigEarthNet-v1.0", 4, TWELVE)
        for answer, pixels in records:
            about = json.loads(next(pathlib.Path(answer["path"]).glob("*_labels_metadata.json")).read_text())
            self.assertEqual(set(answer["labels"]), set(about["labels"]))
            self.assertEqual(answer["id"], pathlib.Path(answer["path"]).name)
            self.assertEqual(pixels.shape, (12, 120, 120))

    def test_big_earth_net_v2(self):
        self.check_patches(self.root / "BigEarthNet-S2", 2, TWELVE)

    def test_sentinel_1(self):
        self.check_patches(self.root / "BigEarthNet-S1-v1.0", 4, ["VH", "VV"])
        self.check_patches(self.root / "BigEarthNet-S1", 1, ["VH", "VV"])

    def test_ssl4eo(self):
        self.check_patches(self.root / "SSL4EO-S12/s2a", 1, TWELVE)
        self.check_patches(self.root / "SSL4EO-S12/s2c", 1, TWELVE[:10] + ["B10", "B11", "B12"])

    def test_files_of_many_bands(self):
        seen = 0
        for folder in ("EuroSAT_MS", "TerraMind/S2L1C", "TerraMind/S2L2A", "TerraMind/S2RGB", "UCMerced_LandUse"):
            for answer, pixels in read_all(self.root / folder):
                numpy.testing.assert_array_equal(pixels, gdal(answer["path"]), err_msg=answer["path"])
                self.assertEqual(answer["bands"], EUROSAT if folder == "EuroSAT_MS" else [])
                seen += 1
        self.assertEqual(seen, 3 + 9 + 4)

    def test_every_tiff_alone(self):
        for file in sorted([*self.root.rglob("*.tif"), *self.root.rglob("*.tiff")]):
            with tempfile.TemporaryDirectory() as folder:
                os.symlink(file, pathlib.Path(folder) / "one.tif")
                (answer, pixels), = read_all(folder)
                numpy.testing.assert_array_equal(pixels, gdal(file), err_msg=file.name)

    def test_a_tile_of_all_of_it_keeps_pixels_and_footprint(self):
        seen = 0
        for file in sorted([*self.root.rglob("*.tif"), *self.root.rglob("*.tiff")]):
            with rasterio.open(file) as own:
                if own.crs is None or own.width != own.height or own.width < 8 or own.dtypes[0] == "uint8":
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    done = subprocess.run([PROGRAM, "data", "tile", file, "--size", str(own.width), "--keep-negative", "--out",
                                           f"{folder}/t"], capture_output=True, text=True, timeout=60)
                    if done.returncode == 4 and "no tile is left" in done.stderr:
                        continue  # a pixel without data
                    self.assertEqual(done.returncode, 0, done.stderr)
                    tile, = pathlib.Path(folder, "t").iterdir()
                    with rasterio.open(tile) as cut:
                        self.assertEqual((cut.crs, cut.bounds), (own.crs, own.bounds), file.name)
                        numpy.testing.assert_array_equal(cut.read(), own.read(), err_msg=file.name)
                seen += 1
        self.assertGreater(seen, 90)

    def test_eurosat_by_name(self):
        for answer, pixels in read_all(self.root / "EuroSAT_MS", "only=B04,B03,B02,B8A"):
            numpy.testing.assert_array_equal(pixels, gdal(answer["path"])[[3, 2, 1, 12]])


class Example(unittest.TestCase):
    """The six genuine patches that the PyPI package bigearthnet-common brings."""

    def test_six_patches(self):
        try:
            import bigearthnet_common
            from bigearthnet_common.constants import OLD2NEW_LABELS_DICT as groups_of
        except ImportError:
            self.skipTest("bigearthnet-common is not installed (scripts/setup.sh --tests)")
        archive = pathlib.Path(bigearthnet_common.__file__).parent / "BigEarthNet-S2-Example.tar.bz2"
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(archive) as tar:
                tar.extractall(folder)
            root = pathlib.Path(folder) / "BigEarthNet-S2-Example"
            records = read_all(root, "only=B02,B08,B04")
            self.assertEqual(len(records), 6)
            for (answer, pixels), (grouped, _) in zip(records, read_all(root, "map=bigearthnet19")):
                for place, band in enumerate(answer["bands"]):
                    name = f"{answer['id']}/{answer['id']}_{band}.tif"
                    numpy.testing.assert_array_equal(pixels[place], gdal(root / name)[0])
                groups = {groups_of[label] for label in answer["labels"]} - {None}
                self.assertEqual(set(grouped["labels"]), groups)


class Layouts(unittest.TestCase):
    """Written by GDAL: types, interleaving, blocks, compression, names and marks of no data."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, pixels, name="one.tif", descriptions=None, scales=None, offsets=None, **profile):
        bands, height, width = pixels.shape
        with rasterio.open(self.folder / name, "w", driver="GTiff", count=bands, height=height, width=width,
                           dtype=pixels.dtype, **profile) as file:
            file.write(pixels)
            if descriptions:
                file.descriptions = descriptions
            if scales:
                file.scales, file.offsets = scales, offsets

    def one(self, *options):
        (answer, pixels), = read_all(self.folder, *options)
        self.assertEqual(answer["error"], "")
        return answer, pixels

    def test_types_and_blocks(self):
        random = numpy.random.default_rng(3)
        for dtype in ("uint8", "uint16", "int16", "int32", "float32", "float64"):
            low, high = (-3000, 9000) if dtype[0] in "if" else (1, 200)
            pixels = random.integers(low, high, (5, 37, 53)).astype(dtype)
            for interleave in ("pixel", "band"):
                for blocks in ({}, {"tiled": True, "blockxsize": 16, "blockysize": 32}, {"blockysize": 5}):
                    for compress in ("none", "lzw", "deflate"):
                        predictor = {"predictor": 2} if compress != "none" and dtype == "uint16" else {}
                        self.write(pixels, interleave=interleave, compress=compress, **blocks, **predictor)
                        answer, got = self.one()
                        numpy.testing.assert_array_equal(got, pixels, err_msg=f"{dtype} {interleave} {blocks}")
                        self.assertEqual(answer["sample"], dtype if dtype in ("uint8", "uint16") else "float32")

    def test_names_in_the_file(self):
        pixels = numpy.arange(1, 4 * 6 + 1, dtype="uint16").reshape(4, 2, 3)
        self.write(pixels, descriptions=["B2", "B3", "B4", "B8A"])
        answer, got = self.one()
        self.assertEqual(answer["bands"], ["B02", "B03", "B04", "B8A"])
        numpy.testing.assert_array_equal(got, pixels)
        numpy.testing.assert_array_equal(self.one("only=B8A,B02")[1], pixels[[3, 0]])
        self.write(pixels, descriptions=["bands"] * 4)  # as xarray writes: no names
        self.assertEqual(self.one()[0]["bands"], [])

    def test_no_data(self):
        pixels = numpy.full((2, 2, 2), 500, "uint16")
        pixels[:, 0, 0] = 65535
        self.write(pixels, nodata=65535)
        numpy.testing.assert_array_equal(self.one()[1][:, 0], [[0, 500], [0, 500]])
        real = numpy.full((2, 2, 2), 0.5, "float32")
        real[:, 0, 0] = -9999
        self.write(real, nodata=-9999)
        self.assertTrue(numpy.isnan(self.one()[1][:, 0, 0]).all())
        signed = numpy.full((4, 2, 2), -7, "int16")
        signed[:, 1, 1] = -32768
        self.write(signed, nodata=-32768)
        got = self.one()[1]
        self.assertTrue(numpy.isnan(got[:, 1, 1]).all())
        self.assertEqual(got[0, 0, 0], -7)

    def test_offset_in_the_file(self):
        pixels = numpy.full((2, 2, 2), 1500, "uint16")
        self.write(pixels, scales=[1e-4] * 2, offsets=[-0.1] * 2)
        self.assertEqual(self.one()[1].max(), 500)
        self.assertEqual(self.one("offset=0")[1].max(), 1500)

    def test_an_offset_by_name_is_not_of_reflectances(self):
        name = "S2A_MSIL2A_20220706T085611_N0400_R007_T36RUU.tif"
        for dtype, value, expected in (("uint16", 1500, 500), ("int16", 1500, 500), ("float32", 0.15, 0.15)):
            self.write(numpy.full((2, 2, 2), value, dtype), name)
            numpy.testing.assert_array_equal(self.one()[1], numpy.full((2, 2, 2), expected, "float32"), dtype)

    def test_truncated(self):
        self.write(numpy.random.default_rng(1).integers(1, 5000, (4, 64, 64)).astype("uint16"))
        path = self.folder / "one.tif"
        path.write_bytes(path.read_bytes()[:9000])
        (answer, _), = read_all(self.folder)
        self.assertIn("truncated", answer["error"])


if __name__ == "__main__":
    unittest.main()

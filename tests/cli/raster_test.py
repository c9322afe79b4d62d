"""Rasters from the files to embeddings, as typed: bands by name, statistics, tiles, and what can be wrong."""

import csv
import json
import unittest
import warnings

import numpy
import rasterio
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import from_origin

from program import TINY, Case, SharedCase, run

warnings.simplefilter("ignore", NotGeoreferencedWarning)
BANDS = "B02 B03 B04 B08 B8A".split()


def write(path, pixels, names=None, **profile):
    path.parent.mkdir(parents=True, exist_ok=True)
    bands, height, width = pixels.shape
    with rasterio.open(path, "w", driver="GTiff", count=bands, height=height, width=width, dtype=pixels.dtype,
                       **profile) as file:
        file.write(pixels)
        if names:
            file.descriptions = names


def scene(seed, side=24, bands=5):
    """Numbers like reflectances times 10,000, each band of its own level."""
    random = numpy.random.default_rng(seed)
    level = 300 * numpy.arange(1, bands + 1)[:, None, None]
    return (level + random.integers(1, 400, (bands, side, side))).astype("uint16")


class Trained(SharedCase):
    """One run on 40 files of five bands, of which it takes three."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared.folder / "scenes"
        for i in range(40):
            write(cls.data / f"{i:02}.tif", scene(i), BANDS)
        cls.run_folder = cls.shared.trained(cls.data, "run", "--bands", "B04,B03,B02,B08")

    def test_the_plan_and_the_exports_name_the_bands(self):
        plan = json.loads((self.run_folder / "plan.json").read_text())
        self.assertEqual(plan["band_names"], ["B04", "B03", "B02", "B08"])
        self.assertEqual((plan["bands"], plan["sample"]), (4, "uint16"))
        pixels = numpy.stack([scene(i) for i in range(40)])[:, [2, 1, 0, 3]].astype(float)
        numpy.testing.assert_allclose(plan["mean"], pixels.mean((0, 2, 3)) / 65535, rtol=1e-9)
        numpy.testing.assert_allclose(plan["std"], pixels.std((0, 2, 3)) / 65535, rtol=1e-9)
        with open(self.run_folder / "exported/encoder.safetensors", "rb") as file:
            head = json.loads(file.read(int.from_bytes(file.read(8), "little")))["__metadata__"]
        self.assertEqual(json.loads(head["band_names"]), plan["band_names"])
        self.assertEqual(json.loads(head["sample"]), "uint16")

    def embedded(self, data):
        out = self.folder / "out.npy"
        self.good("embed", self.run_folder, "--data", data, "--out", out)
        return numpy.load(out)

    def test_bands_in_another_order_are_found_by_name(self):
        other = self.folder / "other"
        for i in range(8):
            write(other / f"{i:02}.tif", scene(i)[[4, 3, 2, 1, 0]], BANDS[::-1], interleave="band")
        same = self.folder / "same"
        for i in range(8):
            write(same / f"{i:02}.tif", scene(i), BANDS)
        numpy.testing.assert_array_equal(self.embedded(other), self.embedded(same))

    def test_patch_folders_of_the_same_bands_fit_the_run(self):
        patches, files = self.folder / "patches", self.folder / "files"
        for i in range(4):
            write(files / f"p{i}.tif", scene(i), BANDS)
            for band, pixels in zip(BANDS, scene(i)):
                write(patches / f"p{i}" / f"p{i}_{band}.tif", pixels[None])
        numpy.testing.assert_array_equal(self.embedded(patches), self.embedded(files))

    def test_bands_by_place_are_known_by_name_afterwards(self):
        run_folder = self.trained(self.data, "by-place", "--bands", "3,2,1")
        plan = json.loads((run_folder / "plan.json").read_text())
        self.assertEqual(plan["band_names"], ["B04", "B03", "B02"])
        self.assertIn("speckle", plan["augment"])  # rasters, though of three bands
        other = self.folder / "other"
        for i in range(8):
            write(other / f"{i:02}.tif", scene(i)[:2], BANDS[:2])
        self.bad(4, "embed", run_folder, "--data", other, "--out", self.folder / "x.npy", says="no band B04")

    def test_floats_of_three_bands_are_rasters_where_they_have_names(self):
        for i in range(40):
            write(self.folder / f"decibel/{i:02}.tif", scene(i)[:3].astype("float32") / 10 - 60, ["VV", "VH", "HH"])
        run_folder = self.trained(self.folder / "decibel", "run")
        self.assertEqual(json.loads((run_folder / "plan.json").read_text())["band_names"], ["VV", "VH", "HH"])

    def test_files_that_do_not_name_their_bands_are_refused(self):
        data = self.folder / "bare"
        for i in range(4):
            write(data / f"{i}.tif", scene(i, bands=13))
        self.bad(4, "embed", self.run_folder, "--data", data, "--out", self.folder / "x.npy",
                 says="no band B04: it has 13 bands without names (see --band-names)")
        names = "B01,B02,B03,B04,B05,B06,B07,B08,B8A,B09,B10,B11,B12"
        self.good("embed", self.run_folder, "--data", data, "--out", self.folder / "x.npy", "--band-names", names)
        told = self.folder / "told"
        for i in range(4):
            write(told / f"{i}.tif", scene(i, bands=13), names.split(","))
        numpy.testing.assert_array_equal(numpy.load(self.folder / "x.npy"), self.embedded(told))

    def test_training_on_from_the_run_takes_its_bands(self):
        order = ["B8A", "B02", "B08", "B03", "B04"]
        for i in range(24):
            pixels = scene(i)
            pixels[:, :12 * (i % 2)] //= 2
            write(self.folder / f"labelled/{'ab'[i % 2]}/{i:02}.tif", pixels[[BANDS.index(name) for name in order]], order)
        data, tuned = self.folder / "labelled", self.folder / "tuned"
        few = ["--steps", "2", "--batch-size", "8", "--out"]
        self.good("finetune", self.run_folder, "--train", data, "--test", data, *few, tuned)
        self.good("distill", tuned, "--student", "resnet18(width=0.0625)", "--data", data, "--test", data, *few,
                  self.folder / "small")
        for name in ("tuned", "small"):
            plan = json.loads((self.folder / name / "plan.json").read_text())
            self.assertEqual(plan["band_names"], ["B04", "B03", "B02", "B08"])

    def test_other_numbers_are_refused(self):
        data = self.folder / "reflectances"
        for i in range(4):
            write(data / f"{i}.tif", (scene(i) / 10000).astype("float32"), BANDS)
        self.bad(4, "embed", self.run_folder, "--data", data, "--out", self.folder / "x.npy",
                 says="its numbers are float32 where uint16 is expected")

    def test_offset_nodata_and_scale_are_kept_and_told(self):
        data = self.folder / "scenes"
        for i in range(40):
            pixels = scene(i)
            pixels[:, 0] = 65535
            name = f"S2A_MSIL2A_20220706T085611_N0{400 if i % 2 else 301}_R007_T36RUU_{i}.tif"
            write(data / name, pixels + numpy.uint16(1000 * (i % 2) * (pixels < 65535)), BANDS, nodata=65535)
            with rasterio.open(data / name, "r+") as file:
                file.scales = [1e-4] * 5
        self.trained(data)
        plan = json.loads((self.folder / "run/plan.json").read_text())
        self.assertEqual((plan["offsets"], plan["nodata"], plan["file_scale"]), ([-1000, 0], [65535], 1e-4))
        told = "offsets -1000, 0 added, to each file its own · no data: 0 in every band, NaN, 65535 · scale 1e-04"
        self.assertIn(told, (self.folder / "run/train.log").read_text())
        for command in ("inspect", "stats"):
            self.assertIn(told, self.good("data", command, data))
        with open(self.folder / "run/exported/encoder.safetensors", "rb") as file:
            head = json.loads(file.read(int.from_bytes(file.read(8), "little")))["__metadata__"]
        self.assertEqual([json.loads(head[name]) for name in ("offsets", "nodata", "file_scale")],
                         [[-1000, 0], [65535], 1e-4])
        other = self.folder / "landsat"
        for i in range(24):
            write(other / f"{'ab'[i % 2]}/{i:02}.tif", scene(i), BANDS)
            with rasterio.open(other / f"{'ab'[i % 2]}/{i:02}.tif", "r+") as file:
                file.scales = [2.75e-5] * 5
        said = "its scale is 2.75e-05 where 1e-04 is expected"
        self.bad(4, "embed", self.folder / "run", "--data", other, "--out", self.folder / "x.npy", says=said)
        self.bad(4, "finetune", self.folder / "run", "--train", other, "--test", other, "--steps", "1",
                 "--batch-size", "8", "--out", self.folder / "tuned", says=said)

    def test_numbers_of_another_scale_are_refused(self):
        data, reflectances = self.folder / "numbers", self.folder / "reflectances"
        for i in range(40):
            write(data / f"{i:02}.tif", scene(i).astype("float32"), BANDS)
            write(reflectances / f"{i:02}.tif", scene(i).astype("float32") / 10000, BANDS)
        self.trained(data)
        self.bad(4, "embed", self.folder / "run", "--data", reflectances, "--out", self.folder / "x.npy",
                 says="its numbers are of another scale: about 0.")
        self.bad(4, "data", "stats", reflectances, "--bands", "B12", says="no band B12")
        for i in range(24):
            write(self.folder / f"labelled/{'ab'[i % 2]}/{i:02}.tif", scene(i).astype("float32"), BANDS)
            write(self.folder / f"test/{'ab'[i % 2]}/{i:02}.tif", scene(i).astype("float32") / 10000, BANDS)
        self.bad(4, "finetune", self.folder / "run", "--train", self.folder / "labelled", "--test", self.folder / "test",
                 "--steps", "1", "--batch-size", "8", "--out", self.folder / "tuned",
                 says="the pictures in --test " + str(self.folder / "test") + " don't go with those of the training")
        self.assertFalse((self.folder / "tuned").exists())
        (data / "07.tif").write_bytes((reflectances / "07.tif").read_bytes())
        self.bad(4, "pretrain", "--data", data, "--out", self.folder / "mixed", *TINY, "--steps", "1",
                 says=["07.tif: its numbers are of another scale", "is usual"])
        self.assertIn("07.tif: its numbers are of another scale", self.good("data", "inspect", data))
        self.assertEqual([one["path"][-6:] for one in self.good_json("data", "stats", data)["bad_files"]], ["07.tif"])

    def test_a_value_that_files_do_not_call_no_data(self):
        data = self.folder / "scenes"
        for i in range(6):
            pixels = scene(i).astype("float32")
            pixels[:, :6] = -9999
            write(data / f"{i}.tif", pixels, BANDS)
        found = self.good_json("data", "stats", data, "--nodata", "-9999")
        self.assertEqual(found["nodata"], [-9999])
        self.assertAlmostEqual(found["bands"][0]["valid"], 0.75)
        self.assertGreater(found["bands"][0]["min"], 300)
        self.bad(3, "pretrain", "--data", self.pictures(), "--nodata", "0", "--out", self.folder / "run",
                 says="--nodata is of rasters")

    def test_files_of_scales_that_contradict_their_numbers(self):
        for name, value, scale in (("a", 0.2, 1), ("b", 2000, 1e-4), ("c", 0.3, 2e-4), ("d", 1900, 1e-4)):
            path = self.folder / f"in/{name}.tif"
            write(path, numpy.full((4, 8, 8), value, "float32"), BANDS[:4])
            with rasterio.open(path, "r+") as file:
                file.scales = [scale] * 4
        found = self.good_json("data", "inspect", self.folder / "in")["statistics"]
        self.assertEqual(found["file_scale"], 1e-4)
        self.assertEqual(sorted(one["path"][-5:] for one in found["bad_files"]), ["a.tif", "c.tif"])

    def test_the_preview_is_not_dark(self):
        views = numpy.asarray(Image.open(self.run_folder / "figures/views.png"))
        self.assertEqual(views.shape[2], 3)
        self.assertGreater(views[views < 250].std(), 30)  # 2,000 of 65,535 would be


class BadInput(Case):
    def test_settings(self):
        data = self.folder / "scenes"
        for i in range(32):
            write(data / f"{i:02}.tif", scene(i), BANDS)
        start = ["pretrain", "--data", data, "--out", self.folder / "run", *TINY, "--steps", "1"]
        self.bad(3, *start, "--bands", "B04,B04", says="is no list of 1 to 64 bands")
        self.bad(3, *start, "--bands", "0", says="is not in 1 to 64")
        self.bad(3, *start, "--mean", "1,2", says="--mean gives 2 numbers for 5 bands")
        self.bad(3, *start, "--std", "1,2,3,4,0", says="--std: 0 is not above 0")
        self.bad(4, *start, "--bands", "B04,B12", says="no band B12: it has B02, B03, B04, B08, B8A")
        self.bad(4, *start, "--exclude", self.folder / "none.csv", says="none.csv")
        write(data / "99.tif", (scene(9) / 10000).astype("float32"), BANDS)
        self.bad(4, *start, says="99.tif: float32 where uint16 is expected")
        self.assertFalse((self.folder / "run").exists())

    def test_an_offset_that_cannot_be_known_is_warned_of(self):
        for date in ("20200706T085611", "20220706T085611"):
            for band in ("B02", "B03"):
                name = f"S2A_MSIL2A_{date}_0_1"
                write(self.folder / f"in/{name}/{name}_{band}.tif", scene(1, bands=1))
        code, out, err = run("data", "inspect", self.folder / "in")
        self.assertEqual(code, 0)
        self.assertIn("1 of 2 pictures were taken after 25 January 2022", err)
        self.assertIn("unlike those before", err)
        self.assertIn("neighbours in the other splits", out)

    def test_given_statistics_are_taken(self):
        data = self.folder / "scenes"
        for i in range(32):
            write(data / f"{i:02}.tif", scene(i), BANDS)
        self.good("pretrain", "--data", data, "--out", self.folder / "run", *TINY, "--steps", "1", "--bands",
                  "B02,B08", "--mean", "429.94,2218.95", "--std", "572.42,1365.46")
        plan = json.loads((self.folder / "run/plan.json").read_text())
        numpy.testing.assert_allclose(plan["mean"], [429.94 / 65535, 2218.95 / 65535])
        numpy.testing.assert_allclose(plan["std"], [572.42 / 65535, 1365.46 / 65535])

    def test_a_few_bad_files_are_listed(self):
        data = self.folder / "scenes"
        for i in range(300):
            write(data / f"{i:03}.tif", scene(i, side=8), BANDS)
        write(data / "100.tif", scene(1, side=8, bands=4), BANDS[:4])
        write(data / "150.tif", numpy.zeros((5, 8, 8), "uint16"), BANDS)
        (data / "200.tif").write_bytes((data / "201.tif").read_bytes()[:500])
        self.good("pretrain", "--data", data, "--out", self.folder / "run", *TINY, "--epochs", "1")
        with open(self.folder / "run/bad_files.csv") as file:
            errors = {row["path"][-7:]: row["error"] for row in csv.DictReader(file)}
        self.assertEqual(sorted(errors), ["100.tif", "150.tif", "200.tif"])
        self.assertEqual(errors["150.tif"], "no pixel has data")
        self.assertEqual(errors["100.tif"], "no band B8A: it has B02, B03, B04, B08")


class Stats(Case):
    def test_statistics_are_of_what_is_data(self):
        stack = []
        for i in range(6):
            pixels = scene(i, side=10)
            pixels[:, :2] = 0
            write(self.folder / f"in/{i}.tif", pixels, BANDS)
            stack.append(pixels)
        found = self.good_json("data", "stats", self.folder / "in")
        for place, (band, name) in enumerate(zip(found["bands"], BANDS)):
            values = numpy.stack(stack)[:, place, 2:].ravel()
            self.assertEqual(band["name"], name)
            self.assertAlmostEqual(band["valid"], 0.8)
            self.assertAlmostEqual(band["mean"], values.mean(), places=6)
            self.assertAlmostEqual(band["std"], values.std(), places=6)
            self.assertEqual((band["min"], band["max"]), (values.min(), values.max()))
            for share, value in band["percentiles"].items():
                expected = numpy.percentile(values, int(share), method="lower")
                self.assertEqual(value, expected, f"{name} {share} %")
        self.assertIn("B8A", self.good("data", "stats", self.folder / "in", "--bands", "B8A,B02"))

    def test_float_rasters(self):
        random = numpy.random.default_rng(0)
        pixels = random.normal(-12, 4, (2, 50, 50)).astype("float32")
        pixels[0, 0, 0] = numpy.nan
        write(self.folder / "in/a.tif", pixels, ["VV", "VH"])
        found = self.good_json("data", "stats", self.folder / "in")["bands"][0]
        values = pixels[0].ravel()[1:].astype(float)
        self.assertAlmostEqual(found["mean"], values.mean(), places=5)
        for share, value in found["percentiles"].items():
            self.assertAlmostEqual(value / numpy.percentile(values, int(share)), 1, delta=0.01)

    def test_inspect_shows_bands_and_true_colour(self):
        for i in range(3):
            pixels = scene(i)
            pixels[2] += 3000  # B04: red
            write(self.folder / f"in/{i}.tif", pixels, BANDS)
        out = self.good("data", "inspect", self.folder / "in", "--preview", self.folder / "x.png")
        self.assertIn("5: B02 B03 B04 B08 B8A", out)
        shown = numpy.asarray(Image.open(self.folder / "x.png"))[4:100, 4:100]
        self.assertGreater(shown[..., 0].mean(), 150)
        self.assertLess(shown[..., 2].mean(), 80)
        self.bad(3, "data", "inspect", self.folder / "in", "--preview", "x.jpg", says=".png")


class Tile(Case):
    profile = {"crs": "EPSG:32633", "transform": from_origin(600000, 4900000, 10, 10)}

    def test_tiles_keep_pixels_place_and_names(self):
        for dtype, layout in (("uint16", {"tiled": True, "blockxsize": 32, "blockysize": 16}),
                              ("int16", {"interleave": "band", "compress": "lzw"}), ("float32", {"blockysize": 7})):
            pixels = scene(5, side=110).astype(dtype)
            write(self.folder / f"{dtype}.tif", pixels, BANDS, **self.profile, **layout)
            out = self.folder / f"tiles-{dtype}"
            count, = self.good_json("data", "tile", self.folder / f"{dtype}.tif", "--size", "32", "--out", out)
            self.assertEqual(count["written"], 9)
            for row in range(3):
                for column in range(3):
                    with rasterio.open(out / f"{dtype}_{row}_{column}.tif") as tile:
                        self.assertEqual((tile.dtypes[0], list(tile.descriptions)), (dtype, BANDS))
                        numpy.testing.assert_array_equal(
                            tile.read(), pixels[:, 32 * row:32 * row + 32, 32 * column:32 * column + 32])
                        self.assertEqual(tile.crs.to_epsg(), 32633)
                        self.assertEqual(tile.bounds, (600000 + 320 * column, 4900000 - 320 * row - 320,
                                                       600000 + 320 * column + 320, 4900000 - 320 * row))

    def test_tiles_with_flaws_are_left_out_and_counted(self):
        pixels = scene(5, side=64).astype("float32")
        pixels[1, 3, 3] = -1
        pixels[2, 3, 40] = numpy.nan
        pixels[3, 40, 3] = -9999
        write(self.folder / "a.tif", pixels, BANDS, nodata=-9999, **self.profile)
        count, = self.good_json("data", "tile", self.folder / "a.tif", "--size", "32", "--out", self.folder / "t")
        self.assertEqual([count[key] for key in ("written", "negative", "nan", "no_data")], [1, 1, 1, 1])
        self.assertEqual([path.name for path in (self.folder / "t").iterdir()], ["a_1_1.tif"])
        self.bad(2, "data", "tile", self.folder / "a.tif", "--out", self.folder / "t", says="not an empty folder")
        self.bad(4, "data", "tile", self.folder / "a.tif", "--size", "65", "--out", self.folder / "u",
                 says="smaller than a tile of 65")
        (self.folder / "b.tif").write_bytes((self.folder / "a.tif").read_bytes()[:5000])
        self.bad(4, "data", "tile", self.folder / "b.tif", "--size", "32", "--out", self.folder / "v",
                 says="b.tif")

    def test_a_scene_that_cannot_be_cut_leaves_the_others(self):
        for name in "ac":
            write(self.folder / f"{name}.tif", scene(5, side=70), BANDS, **self.profile)
        (self.folder / "b.tif").write_bytes((self.folder / "a.tif").read_bytes()[:40000])  # its first tiles are whole
        scenes = [self.folder / f"{name}.tif" for name in "abc"]
        code, out, err = run("data", "tile", *scenes, "--size", "32", "--out", self.folder / "t")
        self.assertEqual(code, 4)
        self.assertIn("1 of 3 scenes could not be cut", err)
        self.assertIn("6 px at the right and 6 at the bottom are no whole tile", out)
        self.assertEqual(len(list((self.folder / "t").glob("*.tif"))), 8)
        with open(self.folder / "t.bad_files.csv") as file:
            self.assertEqual([row["path"][-5:] for row in csv.DictReader(file)], ["b.tif"])

    def test_no_data_in_one_band_is_none_in_all(self):
        for i in range(4):
            pixels = scene(i)
            pixels[1, :6] = 65535
            write(self.folder / f"in/{i}.tif", pixels, BANDS, nodata=65535)
            for place, band in enumerate(BANDS):
                write(self.folder / f"patches/p{i}/p{i}_{band}.tif", pixels[place:place + 1], nodata=65535)
        for kind in ("in", "patches"):
            found = self.good_json("data", "stats", self.folder / kind)
            self.assertEqual([band["valid"] for band in found["bands"]], [0.75] * 5, kind)
            self.assertLess(max(band["max"] for band in found["bands"]), 65535)
            few = self.good_json("data", "stats", self.folder / kind, "--bands", "B02,B04")  # that hold none
            self.assertEqual([band["valid"] for band in few["bands"]], [1, 1], kind)

    def test_late_pictures_of_unknown_baseline_are_warned_of_as_files_too(self):
        for i in range(3):
            write(self.folder / f"in/S2A_MSIL2A_20230706T085611_{i}_1.tif", scene(i), BANDS)
        self.assertIn("3 of 3 pictures were taken after 25 January 2022", run("data", "inspect", self.folder / "in")[2])

    def test_a_table_of_tiles_names_what_is_absent(self):
        for i in range(32):
            write(self.folder / f"in/{i:02}.tif", scene(i), BANDS)
        (self.folder / "in/labels.csv").write_text("path,label\n" + "".join(f"{i:02}.tif,{'ab'[i % 2]}\n" for i in range(34)))
        self.good("pretrain", "--data", self.folder / "in", "--out", self.folder / "run", *TINY, "--steps", "1")
        with open(self.folder / "run/bad_files.csv") as file:
            listed = {row["path"]: row["error"] for row in csv.DictReader(file)}
        self.assertEqual(sorted(listed), ["32.tif", "33.tif"])
        self.assertIn("labels.csv", listed["32.tif"])


if __name__ == "__main__":
    unittest.main()

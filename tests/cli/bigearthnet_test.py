#!/usr/bin/env python3
"""Patches laid out as BigEarthNet v1's, a file a band and labels in a JSON, from look to F1, as typed."""

import csv
import json
import unittest
import warnings

import numpy
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from program import ROOT, SharedCase, run

warnings.simplefilter("ignore", NotGeoreferencedWarning)
SIDES = {name: side for names, side in (("B02 B03 B04 B08", 24), ("B05 B06 B07 B8A B11 B12", 12), ("B01 B09", 4))
         for name in names.split()}
LABELS = ["Permanently irrigated land", "Pastures", "Sea and ocean"]
SMALL = ["--encoder", "resnet18(width=0.125)", "--image-size", "16", "--batch-size", "16", "--workers", "2"]
LEAK = "neighbours in the other splits"


def write_band(path, pixels, **profile):
    with rasterio.open(path, "w", driver="GTiff", count=1, height=pixels.shape[0], width=pixels.shape[1], dtype="uint16",
                       **profile) as file:
        file.write(pixels, 1)


def write_patches(root, count=80):
    """Bands brighter by class; every other patch of a newer processing baseline, whose values are 1000 more."""
    random = numpy.random.default_rng(1)
    for i in range(count):
        kind, newer = i % 3, i % 2
        name = f"S2A_MSIL2A_20170613T101031_{i}_{i + 1}"
        (root / name).mkdir(parents=True)
        for place, (band, side) in enumerate(SIDES.items()):
            level = 500 + 900 * kind * (place % 2) + 40 * place
            pixels = random.normal(level, 60, (side, side)).clip(1, 9000) + 1000 * newer
            write_band(root / name / f"{name}_{band}.tif", pixels.astype("uint16"))
        about = {"labels": [LABELS[kind]] + (["Mixed forest"] if i % 5 == 0 else []),
                 "tile_source": f"S2A_MSIL1C_20170613T101031_N0{400 if newer else 205}_R022_T33UUP_20170613T101608.SAFE"}
        (root / name / f"{name}_labels_metadata.json").write_text(json.dumps(about))
        part = ("train", "train", "val", "test")[i // 2 % 4]
        with open(root / f"{part}.csv", "a") as file:
            file.write(name + "\n")
    with open(root / "train.csv", "a") as file:
        file.write("S2A_MSIL2A_20170613T101031_90_90\n")  # that is not there


class BigEarthNet(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared.folder / "ben"
        write_patches(cls.data)
        cls.run_folder = cls.shared.folder / "run"
        cls.shared.good("pretrain", "--config", ROOT / "configs/sentinel2.toml", "--data", f"{cls.data}:train", "--out",
                        cls.run_folder, *SMALL, "--epochs", "2")

    def test_the_presets_bands_offsets_and_what_is_absent(self):
        plan = json.loads((self.run_folder / "plan.json").read_text())
        self.assertEqual(plan["band_names"], "B04 B03 B02 B08 B05 B06 B07 B8A B11 B12".split())
        self.assertEqual((plan["offsets"], plan["images"]), ([-1000, 0], 40))
        self.assertIn("1000 is taken off", (self.run_folder / "train.log").read_text() + self.inspected()[1])
        with open(self.run_folder / "bad_files.csv") as file:
            self.assertEqual([row["path"] for row in csv.DictReader(file)], ["S2A_MSIL2A_20170613T101031_90_90"])

    def page_says(self, page, *texts):
        text = page.read_text()
        for one in texts:
            self.assertTrue(one in text, f"{page}: {one}")

    def inspected(self):
        code, out, err = run("data", "inspect", self.data)
        self.assertEqual(code, 0, err)
        return out, err

    def test_inspect_and_stats(self):
        out, _ = self.inspected()
        self.assertIn("12: B01 B02 B03 B04 B05 B06 B07 B08 B8A B09 B11 B12", out)
        self.assertIn("offsets -1000, 0 added, to each file its own", out)
        self.assertIn(LEAK, out)
        sheet = self.folder / "sheet.png"
        found = self.good_json("data", "stats", f"{self.data}:train", "--bands", "B02,B8A", "--preview", sheet)
        self.assertEqual([band["name"] for band in found["bands"]], ["B02", "B8A"])
        self.assertTrue(sheet.read_bytes().startswith(b"\x89PNG"))

    def test_statistics_of_all(self):
        out = self.folder / "all"
        self.good("pretrain", "--data", f"{self.data}:train", "--bands", "B02,B8A", "--out", out, *SMALL, "--steps", "1",
                  "--all-statistics")
        stats = self.good_json("data", "stats", f"{self.data}:train", "--bands", "B02,B8A")["bands"]
        plan = json.loads((out / "plan.json").read_text())
        numpy.testing.assert_allclose(plan["mean"], [band["mean"] / 65535 for band in stats], rtol=1e-12)
        numpy.testing.assert_allclose(plan["std"], [band["std"] / 65535 for band in stats], rtol=1e-12)

    def test_upsampling_is_as_asked(self):
        means = {}
        for how in ("bilinear", "bicubic"):
            means[how] = self.good_json("data", "stats", self.data, "--bands", "B05,B02", "--upsample", how)["bands"]
        self.assertGreater(means["bicubic"][0]["std"], means["bilinear"][0]["std"])  # it keeps more of the noise
        self.assertEqual(means["bicubic"][1]["std"], means["bilinear"][1]["std"])

    def test_to_f1_of_two_label_maps_whose_leak_is_said(self):
        tuned = []
        for name, mapped, share in (("regular", "irrigated=12", "1"), ("extended", "irrigated=12|18", "0.8")):
            tuned.append(self.folder / name)
            result = self.good_json("finetune", self.run_folder, "--train", f"{self.data}:train", "--val", f"{self.data}:val",
                                    "--test", f"{self.data}:test", "--label-map", mapped, "--label-fraction", share, "--out",
                                    tuned[-1], "--batch-size", "16", "--epochs", "20", "--patience", "0", "--workers", "2")
            self.assertEqual((result["task"], result["positive"], result["pictures"]), ("binary", "irrigated", 20))
            self.assertGreater(result["auc"], 0.9)
            self.assertIn(LEAK, result["caveat"])
            self.page_says(tuned[-1] / "report.html", LEAK)
        self.good("report", *tuned, "--out", self.folder / "both.html")
        self.page_says(self.folder / "both.html", "F1 against labels", LEAK)
        probe = self.good_json("evaluate", self.run_folder, "--train", f"{self.data}:train", "--test", f"{self.data}:test",
                               "--with", "multilabel", "--baselines", "none")
        self.assertIn(LEAK, probe["caveat"])
        self.assertIn("f1_samples", probe["multilabel"]["encoder"])
        text = self.good("evaluate", self.run_folder, "--train", f"{self.data}:train", "--test", f"{self.data}:test", "--with",
                         "multilabel", "--baselines", "none")
        self.assertIn("F1, mean over pictures", text)
        curves = self.good_json("study", "labels", self.run_folder, "--train", f"{self.data}:train", "--test",
                                f"{self.data}:test", "--label-map", "irrigated=12", "--with", "knn", "--labels", "10",
                                "--baselines", "none", "--out", self.folder / "labels")
        self.assertIn(LEAK, curves["caveat"])
        self.page_says(self.folder / "labels/report.html", LEAK)

    def test_files_that_say_less_are_read_as_told(self):
        """The same numbers, as files that know neither bands nor baseline."""
        for i in range(4):
            name = f"S2A_MSIL2A_20170613T101031_{2 * i}_{2 * i + 1}"
            bands = []
            for band in "B04 B03 B02 B08".split():
                with rasterio.open(self.data / name / f"{name}_{band}.tif") as file:
                    bands.append(file.read(1))
            for folder, more in (("plain", 0), ("newer", 1000)):
                path = self.folder / folder / f"{i}.tif"
                path.parent.mkdir(exist_ok=True)
                with rasterio.open(path, "w", driver="GTiff", count=4, height=24, width=24, dtype="uint16") as file:
                    file.write(numpy.stack(bands) + numpy.uint16(more))
        run_folder = self.folder / "four"
        self.good("pretrain", "--data", self.data, "--bands", "B04,B03,B02,B08", "--out", run_folder, *SMALL, "--steps", "1")
        rows = {}
        for folder, more in (("plain", []), ("newer", ["--offset", "-1000"])):
            self.good("embed", run_folder, "--data", self.folder / folder, "--out", self.folder / f"{folder}.npy",
                      "--band-names", "B04,B03,B02,B08", *more)
            rows[folder] = numpy.load(self.folder / f"{folder}.npy")
        numpy.testing.assert_array_equal(rows["plain"], rows["newer"])
        self.bad(4, "predict", run_folder, "--train", f"{self.data}:train", "--data", self.folder / "plain", "--out",
                 self.folder / "x.csv", says="several classes")


if __name__ == "__main__":
    unittest.main()

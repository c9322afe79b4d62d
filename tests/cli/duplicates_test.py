#!/usr/bin/env python3
"""simclr data duplicates as typed: what is found, listed and drawn, and what is refused."""

import csv
import json
import unittest

import numpy
from PIL import Image, ImageEnhance

from program import Case, run


class Duplicates(Case):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "photos"
        random = numpy.random.default_rng(3)
        for i in range(24):
            small = Image.fromarray(random.integers(0, 256, (8, 10, 3), numpy.uint8))
            picture = small.resize((160, 128), Image.BICUBIC)
            self.save(picture, f"train/{'cat' if i % 2 else 'dog'}/{i:02}.png")
            if i == 4:
                self.save(picture, "train/dog/04 again.png")
            if i == 5:
                self.save(picture.resize((80, 64)), "test/cat/05 smaller.jpg", quality=80)
            if i == 6:
                self.save(ImageEnhance.Brightness(picture).enhance(1.1), "test/cat/06 brighter.jpg", quality=95)
        (self.data / "test/dog").mkdir()
        (self.data / "test/dog/torn.png").write_bytes((self.data / "train/dog/00.png").read_bytes()[:200])

    def save(self, picture, name, **options):
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, **options)

    def test_one_json_value(self):
        found = self.good_json("data", "duplicates", self.data)
        self.assertEqual((found["pictures"], found["exact_pairs"], found["near_pairs"]), (28, 1, 2))
        self.assertEqual((found["pairs_across_splits"], found["pairs_of_other_labels"]), (2, 1))
        groups = {tuple(sorted(one["id"] for one in group)) for group in found["groups"]}
        self.assertEqual(groups, {("train/dog/04 again.png", "train/dog/04.png"),
                                  ("test/cat/05 smaller.jpg", "train/cat/05.png"),
                                  ("test/cat/06 brighter.jpg", "train/dog/06.png")})
        self.assertEqual([one["path"].endswith("torn.png") for one in found["bad_files"]], [True])

    def test_text_list_and_montage(self):
        table, picture = self.folder / "new/copies.csv", self.folder / "copies.png"
        out = self.good("data", "duplicates", self.data, "--out", table, "--montage", picture, "--top", "2")
        for text in ("groups      3 of 6 pictures", "1 exact, 2 near", "2 pairs across train, val and test",
                     "1 pair of different labels", "group 2", "and 1 group more", "torn.png"):
            self.assertIn(text, out)
        self.assertNotIn("group 3", out)
        with open(table, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["group"] for row in rows], list("112233"))
        self.assertEqual(list(rows[0]), ["group", "distance", "kind", "id", "path", "label", "split", "source"])
        self.assertEqual(sum(row["kind"] == "exact" for row in rows), 2)
        self.assertTrue(all((row["distance"] == "0") for row in rows if row["kind"] == "exact"))
        self.assertTrue(all(int(row["distance"]) <= 24 for row in rows))
        with Image.open(picture) as drawn:
            self.assertEqual(drawn.size, (4 + 2 * 100, 4 + 2 * 100))

    def test_against(self):
        found = self.good_json("data", "duplicates", f"{self.data}:test", "--against", f"{self.data}:train")
        self.assertEqual((found["found_in_against"], found["exact_pairs"], found["near_pairs"]), (2, 0, 2))
        self.assertEqual({one["source"] for group in found["groups"] for one in group},
                         {f"{self.data}:test", f"{self.data}:train"})
        out = self.good("data", "duplicates", f"{self.data}:test", "--against", f"{self.data}:train")
        self.assertIn("2 of the 3 pictures", out)

    def test_distance_and_rotated(self):
        strict = self.good_json("data", "duplicates", self.data, "--distance", "0")
        self.assertEqual(strict["exact_pairs"], 1)
        with Image.open(self.data / "train/dog/08.png") as picture:
            self.save(picture.transpose(Image.ROTATE_90), "train/dog/08 turned.png")
        self.assertEqual(self.good_json("data", "duplicates", self.data)["near_pairs"], 2)
        self.assertEqual(self.good_json("data", "duplicates", self.data, "--rotated")["near_pairs"], 3)

    def test_none_found(self):
        picture = self.folder / "none.png"
        code, out, err = run("data", "duplicates", f"{self.data}:test", "--montage", picture)
        self.assertEqual(code, 0, err)
        self.assertIn("groups      0 of 0 pictures", out)
        self.assertFalse(picture.exists())
        self.assertIn("not written", err)

    def test_bad_input(self):
        (self.folder / "empty").mkdir()
        self.bad(4, "data", "duplicates", self.folder / "empty")
        self.bad(4, "data", "duplicates", self.folder / "nowhere", says="no such file or folder")
        self.bad(4, "data", "duplicates", self.data, "--against", self.folder / "nowhere", says="nowhere")
        self.bad(4, "data", "duplicates", self.data / "test/dog", says=["none of the 1 picture", "torn.png"])
        for wrong in ("97", "-1", "some"):
            self.bad(3, "data", "duplicates", self.data, "--distance", wrong, says="--distance")
        self.bad(3, "data", "duplicates", self.data, "--out", self.folder / "copies.txt", says=".csv")
        self.bad(3, "data", "duplicates", self.data, "--montage", self.folder / "copies.jpg", says=".png")
        self.bad(2, "data", "duplicates", says="DIR")
        self.bad(2, "data", "duplicates", self.data, "--distanse", "3", says="--distance")
        table = self.folder / "photos.csv"
        table.write_text(f"path\n{self.data}/train/dog/00.png\n")
        self.bad(2, "data", "duplicates", table, "--out", table, says="overwritten")
        self.assertIn("train/dog/00.png", table.read_text())

    def test_help(self):
        out = self.good("data", "duplicates", "--help")
        self.assertIn("Examples:", out)
        self.assertIn("simclr data duplicates", out)


if __name__ == "__main__":
    unittest.main()

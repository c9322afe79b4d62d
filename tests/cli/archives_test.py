#!/usr/bin/env python3
"""EcoTaxa exports and MorphoCluster archives, as typed: rows are keyed by object_id."""

import csv
import unittest
import zipfile

from program import TINY, Case


class Archives(Case):
    def setUp(self):
        super().setUp()
        self.files = sorted(self.pictures(count=80).rglob("*.png"))

    def ecotaxa(self, status="validated"):
        archive = self.folder / "export.zip"
        columns = ["object_id", "img_file_name", "img_rank", "object_annotation_category", "object_annotation_status"]
        rows = [["[t]", "[t]", "[f]", "[t]", "[t]"]]
        with zipfile.ZipFile(archive, "w") as file:
            for i, path in enumerate(self.files):
                file.write(path, path.name)
                rows.append([f"obj_{i}", path.name, "0", path.parent.name, "predicted" if i % 4 == 0 else status])
            file.writestr("ecotaxa_export.tsv", "\n".join("\t".join(row) for row in [columns, *rows]) + "\n")
        return archive

    def embedded(self, run_folder, source):
        out = self.folder / "rows.npy"
        self.good("embed", run_folder, "--data", source, "--out", out)
        with open(self.folder / "rows.csv", newline="") as file:
            return list(csv.DictReader(file))

    def test_an_ecotaxa_export(self):
        archive = self.ecotaxa()
        seen = self.good_json("data", "inspect", archive)
        self.assertEqual((seen["kind"], seen["pictures"], seen["labelled"]), ("ecotaxa", 80, 60))
        run_folder = self.trained(archive)
        rows = self.embedded(run_folder, archive)
        self.assertEqual({row["id"] for row in rows}, {f"obj_{i}" for i in range(80)})
        self.assertEqual(sum(row["label"] != "" for row in rows), 60)
        predicted = self.folder / "classes.csv"
        result = self.good_json("predict", run_folder, "--train", archive, "--data", archive, "--out", predicted)
        self.assertEqual(result["labelled"], 60)
        with open(predicted, newline="") as file:
            self.assertEqual({row["id"] for row in csv.DictReader(file)}, {f"obj_{i}" for i in range(0, 80, 4)})

    def test_a_morphocluster_archive(self):
        archive = self.folder / "clusters.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in self.files:
                file.write(path, f"images/{path.name}")
            file.writestr("index.csv", "object_id,path\n" +
                          "".join(f"id-{i},images/{path.name}\n" for i, path in enumerate(self.files)))
        self.assertEqual(self.good_json("data", "inspect", archive)["kind"], "morphocluster")
        rows = self.embedded(self.trained(archive), archive)
        self.assertEqual([row["id"] for row in rows][:2], ["id-0", "id-1"])

    def test_a_broken_archive(self):
        archive = self.ecotaxa()
        whole = archive.read_bytes()
        archive.write_bytes(whole[: len(whole) // 2])
        self.bad(4, "pretrain", "--data", archive, "--out", self.folder / "no", *TINY, says="export.zip")
        self.assertFalse((self.folder / "no").exists())


if __name__ == "__main__":
    unittest.main()

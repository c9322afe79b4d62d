#!/usr/bin/env python3
"""simclr study grid, couplets, optimizers and lr: studies of many runs."""

import csv
import json
import os
import pathlib
import signal
import time
import unittest

from program import TINY, SharedCase, kill_at_checkpoints, start

SHORT = [*TINY, "--steps", "3", "--growth", "none", "--jobs", "2", "--threads", "1"]


class StudyCase(SharedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared.pictures(count=96)
        cls.test = cls.shared.pictures("test", count=60, start_at=96)

    def arguments(self, kind, *more, name="study"):
        return ["study", kind, "--data", self.data, "--train", self.data, "--test", self.test, "--out",
                self.folder / name, *SHORT, *more]

    def study(self, kind, *more, name="study", **options):
        return self.good_json(*self.arguments(kind, *more, name=name), **options)

    def scores(self, name="study"):
        return (self.folder / name / "scores.jsonl").read_text().splitlines()


class Grid(StudyCase):
    def test_judged_by_fine_tuning(self):
        result = self.study("grid", "--over", "lr=0.001,0.01", "--seeds", "1", "--score",
                            "finetune(steps=4,validation=0,fraction=0.9)", "--baselines", "none")
        for cell in result["cells"]:
            run = self.folder / "study" / cell["runs"][0]["run"]
            own = json.loads((run.with_name(run.name + "-finetuned") / "summary.json").read_text())
            self.assertEqual(cell["runs"][0]["score"], own["f1"])
            self.assertIsNone(cell["untrained"])

    def test_two_sets_of_labels_of_the_same_pictures(self):
        maps = ("--label-map", "top=class0|class2|class4|class6", "--label-map", "shoe=class5|class7|class9")
        asked = ["grid", "--over", "lr=0.001,0.01", "--seeds", "1", "--train", self.data, "--test", self.test, *maps,
                 "--score", "finetune(steps=4,validation=0,balanced=true)", "--baselines", "none"]
        for cell in self.study(*asked)["cells"]:
            run = self.folder / "study" / cell["runs"][0]["run"]
            own = [json.loads((run.with_name(f"{run.name}-finetuned-{i}") / "summary.json").read_text()) for i in (1, 2)]
            self.assertEqual([one["positive"] for one in own], ["top", "shoe"])
            self.assertEqual(cell["runs"][0]["scores"], [one["f1"] for one in own])
            self.assertAlmostEqual(cell["runs"][0]["score"], sum(one["f1"] for one in own) / 2)
        knn = self.study("grid", "--over", "lr=0.001", "--seeds", "1", "--train", self.data, "--test", self.test, *maps, name="knn")
        self.assertEqual(len(knn["cells"][0]["runs"][0]["scores"]), 2)
        self.bad(2, *self.arguments(*asked, "--label-map", "x=class1"), says="--label-map 3 times")
        (self.folder / "map.txt").write_text("top=class0|class2\n")
        by_file = ["grid", "--over", "lr=0.001", "--seeds", "1", "--label-map", self.folder / "map.txt"]
        self.study(*by_file, name="by-file")
        kept = len(self.scores("by-file"))
        self.study(*by_file, name="by-file")
        self.assertEqual(len(self.scores("by-file")), kept)
        (self.folder / "map.txt").write_text("top=class0|class2|class4\n")  # judged anew
        self.study(*by_file, name="by-file")
        self.assertEqual(len(self.scores("by-file")), kept + 1)

    def test_seeds_draw_their_own_labels(self):
        self.study("grid", "--over", "lr=0.001", "--seeds", "2", "--baselines", "none", "--score",
                   "finetune(steps=2,validation=0,fraction=0.9)")
        seeds = [(path / "settings.toml").read_text().split("\nseed = ")[1].split("\n")[0]
                 for path in sorted((self.folder / "study/runs").glob("*-finetuned"))]
        self.assertEqual(seeds, ["0", "1"])

    def test_fine_tuning_stands_beside_the_untrained_encoder(self):
        asked = ("grid", "--over", "lr=0.001,0.01", "--seeds", "2", "--score", "finetune(steps=4,validation=0)")
        cells = self.study(*asked)["cells"]
        folders = sorted((self.folder / "study/runs").glob("untrained-*-finetuned"))
        self.assertEqual([path.name[-len("seed0-finetuned"):] for path in folders], ["seed0-finetuned", "seed1-finetuned"])
        own = [json.loads((path / "summary.json").read_text())["f1"] for path in folders]
        for cell in cells:
            self.assertAlmostEqual(cell["untrained"], sum(own) / 2)
            self.assertIsNone(cell["pixels"])
        self.assertIn("lr = 0\n", (folders[0].with_name(folders[0].name[:-len("-finetuned")]) / "settings.toml").read_text())
        kept = self.scores()
        self.assertEqual(len(kept), 6)
        self.assertEqual(self.study(*asked)["cells"], cells)
        self.assertEqual(self.scores(), kept)

    def test_table_of_combinations_with_differences_to_the_first(self):
        result = self.study("grid", "--over", "lr=0.001,0.01", "--over",
                            "loss=nt_xent(temperature=0.1),nt_xent(temperature=0.5)", "--seeds", "2")
        cells = result["cells"]
        self.assertEqual([cell["name"] for cell in cells],
                         [f"lr={lr} loss=nt_xent(temperature={t})" for lr in (0.001, 0.01) for t in (0.1, 0.5)])
        for cell in cells:
            scores = [run["score"] for run in cell["runs"]]
            self.assertEqual([run["seed"] for run in cell["runs"]], [0, 1])
            self.assertAlmostEqual(cell["mean"], sum(scores) / 2)
            self.assertLessEqual(cell["low"], cell["mean"])
            self.assertGreater(cell["pixels"], 0.2)
            settings = (self.folder / "study" / cell["runs"][0]["run"] / "settings.toml").read_text()
            self.assertIn(f'lr = {cell["settings"]["lr"]}\n', settings)
            self.assertIn(cell["settings"]["loss"], settings)
        self.assertNotIn("difference", cells[0])
        for cell in cells[1:]:
            self.assertAlmostEqual(cell["difference"]["mean"], cell["mean"] - cells[0]["mean"])
            self.assertLessEqual(cell["difference"]["p"], cell["difference"]["p_holm"])
        self.assertEqual([cell["best"] for cell in cells].count(True), 1)
        self.assertEqual(max(cells, key=lambda cell: cell["mean"])["mean"],
                         next(cell["mean"] for cell in cells if cell["best"]))
        self.assertEqual(json.loads((self.folder / "study/results.json").read_text()), result)
        with open(self.folder / "study/results.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([float(row["score"]) for row in rows],
                         [run["score"] for cell in cells for run in cell["runs"]])
        page = (self.folder / "study/report.html").read_text()
        self.assertIn("lr=0.01 loss=nt_xent(temperature=0.5)", page)
        self.assertTrue((self.folder / "study/figures/cells.svg").exists())

    def test_goes_on_with_more_cells_and_seeds_and_refuses_other_settings(self):
        first = self.study("grid", "--over", "lr=0.001", "--seeds", "1")
        before = self.scores()
        more = self.study("grid", "--over", "lr=0.001,0.01", "--seeds", "2")
        self.assertEqual(more["cells"][0]["runs"][0], first["cells"][0]["runs"][0])
        self.assertEqual(self.scores()[:1], before)
        self.assertEqual(len(self.scores()), 4)
        self.bad(2, *self.arguments("grid", "--over", "lr=0.001", "--batch-size", "16"),
                 says="holds a study with another --batch-size")
        self.bad(2, *self.arguments("optimizers"), says="holds a study with another kind")
        # The runs are there already: another score takes seconds, and says so in the same folder.
        trained = {run: os.stat(self.folder / "study" / run / "summary.json").st_mtime_ns
                   for cell in more["cells"] for run in [cell["runs"][0]["run"]]}
        other = self.study("grid", "--over", "lr=0.001,0.01", "--seeds", "2", "--score", "linear", "--baselines",
                           "none")
        self.assertEqual(other["score"], "linear")
        self.assertIsNone(other["cells"][0]["pixels"])
        for run, when in trained.items():
            self.assertEqual(os.stat(self.folder / "study" / run / "summary.json").st_mtime_ns, when)

    def test_killed_it_goes_on_to_the_same_results(self):
        over = ["--over", "lr=0.001,0.01", "--seeds", "2", "--jobs", "1"]
        whole = self.study("grid", *over, name="whole")
        for kill, code in ((signal.SIGKILL, -9), (signal.SIGTERM, 75)):
            process = start(*self.arguments("grid", *over, name="killed"))
            known = len(self.scores("killed")) if (self.folder / "killed/scores.jsonl").exists() else 0
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and process.poll() is None:
                file = self.folder / "killed/scores.jsonl"
                if file.exists() and len(file.read_text().splitlines()) > known:
                    break
                time.sleep(0.01)
            process.send_signal(kill)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, code)
        left = self.study("grid", *over, name="killed")
        self.assertEqual([cell["runs"] for cell in left["cells"]], [cell["runs"] for cell in whole["cells"]])

    def test_a_failing_run_is_told_and_tried_again(self):
        self.bad(1, *self.arguments("grid", "--over", "optimizer=adam,lion", "--seeds", "1"),
                 says=["1 runs failed", "optimizer=lion, seed 0: There is no optimizer 'lion'"])
        results = json.loads((self.folder / "study/results.json").read_text())
        self.assertEqual([cell["failed"] for cell in results["cells"]], [0, 1])
        self.assertIn("lion", results["cells"][1]["runs"][0]["error"])
        self.assertIsNone(results["cells"][1]["mean"])
        self.assertEqual(len(self.scores()), 1)
        self.assertIn("There is no optimizer", (self.folder / "study/report.html").read_text())
        self.bad(1, *self.arguments("grid", "--over", "optimizer=lion", "--seeds", "1", name="none"),
                 says=["no run of the study went well", "There is no optimizer 'lion'"])

    def test_two_sets_of_labels_are_averaged_and_correlated(self):
        def table(name, of):
            file = self.folder / name
            rows = [f"{path},{of(path.parent.name)},{split}"
                    for split, folder in (("train", self.data), ("test", self.test))
                    for path in sorted(folder.rglob("*.png"))]
            file.write_text("path,label,split\n" + "\n".join(rows) + "\n")
            return file
        ten, two = table("ten.csv", lambda name: name), table("two.csv", lambda name: name in ("class0", "class2"))
        result = self.good_json("study", "grid", "--data", self.data, "--train", f"{ten}:train", "--test",
                                f"{ten}:test", "--train", f"{two}:train", "--test", f"{two}:test", "--over",
                                "lr=0.0001,0.001,0.01", "--seeds", "1", "--out", self.folder / "study", *SHORT)
        for cell in result["cells"]:
            one, other = cell["runs"][0]["scores"]
            self.assertAlmostEqual(cell["mean"], (one + other) / 2)
            self.assertGreater(other, one)
        self.assertIn("r", result["label_set_correlation"])

    def test_bad_input(self):
        grid = lambda *more: self.arguments("grid", *more, name="no")
        self.bad(2, *grid(), says="--over is required")
        self.bad(3, *grid("--over", "rate=1,2"), says="no setting is called 'rate'")
        self.bad(3, *grid("--over", "batchsize=1,2"), says="Did you mean 'batch-size'")
        self.bad(3, *grid("--over", "lr=1,fast"), says="'fast'")
        self.bad(3, *grid("--over", "lr=1,1.0"), says="given twice")
        self.bad(3, *grid("--over", "seed=1,2"), says="--seeds")
        self.bad(2, *grid("--over", "lr="), says="names no value")
        self.bad(2, *grid("--over", "lr=1,2", "--lr", "3"), says="exclude each other")
        self.bad(3, *grid("--over", "lr=1,2", "--score", "knnn"), says="Did you mean 'knn'")
        self.bad(3, *grid("--over", "lr=1,2", "--score", "knn(q=1)"), says="q")
        self.bad(3, *grid("--over", "lr=1,2", "--score", "finetune(q=1)"), says="q")
        self.bad(3, *grid("--over", "lr=1,2", "--score", "finetune", "--classes", "a,b"), says="goes with --test")
        self.bad(2, *grid("--over", "lr=1,2", "--train", self.test), says="Give both once for every set")
        self.bad(4, "study", "grid", "--data", self.folder / "nowhere", "--train", self.data, "--test", self.test,
                 "--out", self.folder / "no", "--over", "lr=1,2", says="nowhere")
        self.assertFalse((self.folder / "no").exists())
        (self.folder / "mine").mkdir()
        (self.folder / "mine/thesis.txt").write_text("words")
        self.bad(2, *self.arguments("grid", "--over", "lr=1,2", name="mine"), says="holds other files")
        (self.folder / "mine/thesis.txt").rename(self.folder / "mine/lock")  # as a run's folder has one
        (self.folder / "mine/report.html").write_text("of a run")
        self.bad(2, *self.arguments("grid", "--over", "lr=1,2", name="mine"), says="holds other files")
        self.bad(3, *grid("--over", "max-minutes=1,2"), says="by time")


class Couplets(StudyCase):
    operations = ["--operations", "flip,blur,gray@0.5,rotate"]

    def test_pairs_extras_and_a_policy_that_pretrain_takes(self):
        result = self.study("couplets", *self.operations, "--seeds", "2", "--rule", "rank", "--singles", "--always",
                            "crop", "--baselines", "none", "--bands", "3")
        names = [cell["name"] for cell in result["cells"]]
        self.assertEqual(names, ["flip > blur", "flip > gray@0.5", "flip > rotate", "blur > gray@0.5", "blur > rotate",
                                 "gray@0.5 > rotate", "none", "all", "flip", "blur", "gray@0.5", "rotate"])
        self.assertEqual(result["cells"][3]["settings"]["augment"], "crop > blur > gray@0.5")
        self.assertEqual(result["cells"][6]["settings"]["augment"], "crop")
        self.assertEqual(result["reference"], "none")
        pairs = result["pairs"]
        self.assertEqual(len(pairs), 6)
        self.assertAlmostEqual(sum(pair["worst_quarter"] for pair in pairs), 1)
        lowest = min(pairs, key=lambda pair: pair["mean"])
        self.assertEqual([pair["name"] for pair in pairs if pair["dropped"]], [lowest["name"]])
        kept = [pair["name"] for pair in pairs if not pair["dropped"]]
        self.assertEqual(result["policy"], f"crop > one_of({' | '.join(kept)})")
        text = (self.folder / "study/policy.txt").read_text()
        self.assertIn(f"# dropped: {lowest['name']}", text)
        self.good("pretrain", "--data", self.data, "--out", self.folder / "run", *TINY, "--steps", "2", "--bands", "3",
                  "--augment", f"@{self.folder / 'study/policy.txt'}")
        self.assertIn(result["policy"], (self.folder / "run/settings.toml").read_text())
        page = (self.folder / "study/report.html").read_text()
        self.assertIn("one_of(", page)
        for name in ("couplets.svg", "bars.svg"):
            self.assertTrue((self.folder / "study/figures" / name).exists())

    def test_both_orders_and_nothing_dropped_without_certainty(self):
        result = self.study("couplets", "--operations", "flip,blur,rotate", "--ordered", "--asymmetric",
                            "--seeds", "1", "--baselines", "none")
        self.assertEqual(result["cells"][0]["settings"]["augment"], "crop > flip > blur || crop")
        self.assertEqual(len(result["pairs"]), 6)
        self.assertIn("blur > flip", [pair["name"] for pair in result["pairs"]])
        self.assertTrue(all(pair["worst_quarter"] <= 0.9 and not pair["dropped"] for pair in result["pairs"]))
        self.assertIsNone(result["agreement"]["icc"])

    def test_halving_trains_ever_fewer_ever_longer(self):
        result = self.study("couplets", *self.operations, "--seeds", "2", "--steps", "40", "--halving", "--bands", "3",
                            "--baselines", "none")
        self.assertEqual([rung["steps"] for rung in result["rungs"]], [2, 7, 22])
        self.assertEqual([len(rung["cells"]) for rung in result["rungs"]], [7, 3, 2])
        self.assertEqual(result["policy"], result["cells"][0]["settings"]["augment"])
        self.bad(2, *self.arguments("couplets", *self.operations, "--halving", "--seeds", "1", name="no"),
                 says="--seeds 2")

    def test_bad_input(self):
        couplets = lambda *more: self.arguments("couplets", *more, name="no")
        self.bad(3, *couplets("--operations", "flip,blur"), says="make no study of pairs")
        self.bad(3, *couplets("--operations", "flip,blur,rotat"), says="Did you mean 'rotate'")
        self.bad(3, *couplets("--operations", "flip,blur,flip"), says="given twice")
        self.bad(3, *couplets("--operations", "flip,blur,gray || none"), says="two policies")
        self.assertFalse((self.folder / "no").exists())


class Optimizers(StudyCase):
    def test_each_at_its_own_best_rate(self):
        result = self.study("optimizers", "--optimizers", "adam,sgd(momentum=0.8)", "--rates", "0.0001,0.001,0.01",
                            "--seeds", "2", "--baselines", "none")
        cells = {cell["name"]: cell for cell in result["cells"]}
        self.assertEqual(len(cells), 6)
        self.assertEqual([best["settings"]["optimizer"] for best in result["best"]], ["adam", "sgd(momentum=0.8)"])
        for best in result["best"]:
            rates = [cell for cell in cells.values() if cell["settings"]["optimizer"] == best["settings"]["optimizer"]]
            self.assertEqual(best["mean"], max(cell["mean"] for cell in rates))
        self.assertAlmostEqual(result["best"][1]["difference"]["mean"],
                               result["best"][1]["mean"] - result["best"][0]["mean"])
        for cell in cells.values():
            self.assertEqual(cell["curve"]["steps"], [1, 2, 3])
        self.assertTrue((self.folder / "study/figures/loss.svg").exists())
        optimizers = lambda *more: self.arguments("optimizers", *more, name="no")
        self.bad(3, *optimizers("--optimizers", "adem"), says="Did you mean 'adam'")
        self.bad(3, *optimizers("--rates", "0.1,-1"), says="'-1' is not a number above 0")

    def test_a_rate_that_diverges_is_a_result(self):
        result = self.study("optimizers", "--optimizers", "sgd", "--rates", "0.01,1000", "--steps", "20", "--seeds",
                            "1", "--baselines", "none", "--precision", "float32", "--warmup-epochs", "0",
                            "--weight-decay", "10")
        self.assertIn("not finite", result["cells"][1]["runs"][0]["error"])
        self.assertEqual(len(self.scores()), 2)  # told, and not tried again
        self.assertEqual(result["best"][0]["name"], "optimizer=sgd lr=0.01")


class RangeTest(StudyCase):
    def test_curve_and_suggestion(self):
        arguments = ["study", "lr", "--data", self.data, "--out", self.folder / "lr", *TINY, "--warm-steps", "3",
                     "--range-steps", "20", "--optimizer", "adam", "--from", "1e-5", "--to", "10"]
        result = self.good_json(*arguments)
        self.assertEqual(len(result["rates"]), 20)
        self.assertAlmostEqual(result["rates"][0], 1e-5)
        self.assertAlmostEqual(result["rates"][-1], 10)
        for one, next_one in zip(result["rates"], result["rates"][1:]):
            self.assertAlmostEqual(next_one / one, 1e6 ** (1 / 19))
        last = result["diverged"] or result["rates"][-1]
        self.assertAlmostEqual(result["suggestion"], last / 4)
        self.assertEqual(self.good_json(*arguments), result)
        self.assertTrue((self.folder / "lr/report.html").exists())
        self.assertTrue((self.folder / "lr/run/report.html").exists())
        self.bad(3, *arguments[:-1], "20", says="holds a range test of other rates or steps: --schedule rising(from=1e-05,"
                                                "to=10,warm=3) instead of rising(from=1e-05,to=20,warm=3)")
        config = self.folder / "usual.toml"
        config.write_text("max_minutes = 5\ndecay_steps = 500\nepochs = 3\npatience = 2\n")
        self.assertEqual(self.good_json(*arguments, "--config", config), result)
        other = self.good_json(*arguments[:-1], "20", "--overwrite")
        self.assertAlmostEqual(other["rates"][-1], 20)
        self.assertEqual(len((self.folder / "lr/results.csv").read_text().splitlines()), 21)
        self.bad(3, *arguments[:-1], "1e-6", says="the rates of a range test rise")
        self.bad(2, "study", "lr", "--data", self.data, says="--out is required")
        (self.folder / "mine").mkdir()
        (self.folder / "mine/thesis.txt").write_text("words")
        self.bad(2, "study", "lr", "--data", self.data, "--out", self.folder / "mine", says="something other")

    def test_a_loss_that_is_lost_ends_it(self):
        result = self.good_json("study", "lr", "--data", self.data, "--out", self.folder / "lost", *TINY,
                                "--warm-steps", "0", "--range-steps", "60", "--optimizer", "sgd", "--precision",
                                "float32", "--weight-decay", "10", "--from", "1e-3", "--to", "1e6")
        self.assertLess(len(result["rates"]), 60)
        self.assertIsNone(result["losses"][-1])
        self.assertAlmostEqual(result["rates"][1] / result["rates"][0], 1e9 ** (1 / 59))
        self.assertLessEqual(result["suggestion"], result["rates"][-1])

    def test_a_usual_rate_that_is_too_high_is_said(self):
        self.bad(6, "study", "lr", "--data", self.data, "--out", self.folder / "high", *TINY, "--warm-steps", "40",
                 "--range-steps", "20", "--optimizer", "sgd", "--precision", "float32", "--weight-decay", "10", "--lr",
                 "1000", says=["the loss is not finite at the usual rate 1000", "--overwrite"])

    def test_killed_it_goes_on_to_the_same_result(self):
        arguments = ["study", "lr", "--data", self.data, *TINY, "--warm-steps", "60", "--range-steps", "90",
                     "--optimizer", "adam", "--out"]
        whole = self.good_json(*arguments, self.folder / "whole")
        self.assertGreater(kill_at_checkpoints(*arguments, self.folder / "cut", folder=self.folder / "cut/run"), 0)
        self.assertFalse((self.folder / "cut/results.json").exists())
        self.assertEqual(self.good_json(*arguments, self.folder / "cut"), whole)


class Fraction(StudyCase):
    def test_a_part_of_the_pictures_that_grows_with_the_fraction(self):
        counts = []
        for fraction in ("0.5", "0.8", "1"):
            plan = self.good_json("pretrain", "--data", self.data, "--out", self.folder / "run", *TINY,
                                  "--batch-size", "8", "--fraction", fraction, "--dry-run")
            counts.append(plan["images"])
        self.assertEqual(counts[2], 96)
        self.assertTrue(30 < counts[0] < counts[1] < 96)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""simclr pretrain: what it leaves, what it prints, and that stopping and going on changes nothing."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import time
import unittest

import numpy
from safetensors.numpy import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from program import TINY, Case, fashion, run, start


def weights(folder):
    return hashlib.sha256((folder / "checkpoints/last/model.safetensors").read_bytes()).hexdigest()


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def steps_done(folder):
    try:
        return (folder / "metrics.jsonl").read_text().count('"lr":')
    except FileNotFoundError:
        return 0


class Pretrain(Case):
    def test_what_a_run_leaves(self):
        data = self.pictures()
        folder = self.folder / "run"
        result = self.good_json("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "2")
        self.assertLessEqual({"run", "epochs", "steps", "train_seconds", "images_per_second", "loss", "chance", "floor",
                              "contrastive_top1", "verdict"}, set(result))
        self.assertEqual((result["epochs"], result["steps"]), (2, 6))
        self.assertAlmostEqual(result["chance"], numpy.log(63), places=6)
        self.assertAlmostEqual(result["floor"], numpy.log(1 + 62 * numpy.exp(-5)), places=6)
        for name in ("settings.toml", "command.txt", "environment.json", "plan.json", "train.log", "metrics.jsonl",
                     "summary.json", "checkpoints/last/state.json", "exported/encoder.safetensors",
                     "exported/encoder.onnx", "embeddings.npy", "embeddings.csv", "figures/views.png", "report.html"):
            self.assertTrue((folder / name).exists(), name)
        steps = [line for line in lines(folder) if "loss" in line]
        self.assertEqual([line["step"] for line in steps], [1, 2, 3, 4, 5, 6])
        for line in steps:
            for key in ("epoch", "chance", "floor", "top1", "lr", "grad_norm", "images_per_second", "data_wait"):
                self.assertIsInstance(line[key], (int, float), key)
        looks = [line for line in lines(folder) if "val" in line]
        self.assertEqual([line["step"] for line in looks], [0, 3, 6])
        for key in ("loss", "chance", "z_std", "rank_h", "rank_z", "alignment", "uniformity"):
            self.assertIn(key, looks[0]["val"])

    def test_recipes_are_defaults_and_what_is_given_wins(self):
        def plan(*arguments):
            plan = self.good_json("pretrain", "--data", data, "--out", self.folder / "run", "--dry-run", *TINY, *arguments)
            del plan["estimate"]  # measured anew each time
            return plan

        data = self.pictures()
        fast, paper = plan(), plan("--recipe", "paper")
        self.assertEqual([fast[key] for key in ("optimizer", "loss", "growth")],
                         ["muon(momentum=0.95,nesterov=true)", "nt_xent(temperature=0.2)",
                          "linear(from=0.5,until=0.8,stages=3)"])
        self.assertEqual(fast, plan("--recipe", "fast"))
        self.assertIn("lars(", paper["optimizer"])
        self.assertEqual((paper["loss"], paper["growth"]), ("nt_xent(temperature=0.1)", "none"))
        self.assertAlmostEqual(paper["lr"], 0.3 * 32 / 256)  # of the optimizer, for the batch in TINY
        config = self.folder / "mine.toml"
        config.write_text('recipe = "paper"\noptimizer = "sgd"\n')
        mixed = plan("--config", config, "--growth", "linear")
        self.assertIn("sgd(", mixed["optimizer"])
        self.assertEqual((mixed["loss"], mixed["growth"]), (paper["loss"], fast["growth"]))
        self.bad(3, "pretrain", "--data", data, "--out", self.folder / "run", "--recipe", "papr", says="paper")

    def test_a_cosine_may_end_before_the_run(self):
        asked = ["pretrain", "--data", self.pictures(), "--out", self.folder / "run", *TINY, "--epochs", "2", "--lr", "0.1",
                 "--warmup-epochs", "0", "--decay-steps", "4"]
        code, _, said = run(*asked)
        self.assertEqual(code, 0, said)
        self.assertIn("0 from step 4 of 6 on", said)
        rates = [line["lr"] for line in lines(self.folder / "run") if "loss" in line]
        for rate, expected in zip(rates, [0.1, 0.1 * (0.5 + 0.5 * 0.5**0.5), 0.05, 0.1 * (0.5 - 0.5 * 0.5**0.5), 0, 0], strict=True):
            self.assertAlmostEqual(rate, expected, places=9)
        config = [word for word in asked if word not in ("--warmup-epochs", "0")]
        self.good(*config, "--overwrite", "--epochs", "30", "--decay-steps", "20")  # 90 steps, of which 2 warm up
        rates = [line["lr"] for line in lines(self.folder / "run") if "loss" in line]
        self.assertEqual(max(range(90), key=rates.__getitem__), 2)
        self.assertTrue(all(rate > 0 for rate in rates[1:20]) and not any(rates[20:]))
        self.bad(3, *asked, "--overwrite", "--schedule", "constant", says="--decay-steps")

    def test_a_recipe_is_kept_on_resume(self):
        settings = ["--data", self.pictures(), *TINY, "--recipe", "paper"]
        folder = self.folder / "run"
        self.good("pretrain", "--out", folder, *settings, "--epochs", "1")
        self.assertIn('recipe = "paper"', (folder / "settings.toml").read_text())
        self.assertIn("lars", (folder / "settings.toml").read_text())
        self.good("pretrain", "--out", folder, "--resume", "--recipe", "paper")
        self.bad(3, "pretrain", "--out", folder, "--resume", "--recipe", "fast", says="differs from the run's paper")

    def test_workers_change_nothing(self):
        data = self.pictures()
        one = self.trained(data, "one", "--workers", "1", "--cache", "none")
        four = self.trained(data, "four", "--workers", "4", "--cache", "ram")
        self.assertEqual(weights(one), weights(four))
        other = self.trained(data, "other", "--seed", "1")
        self.assertNotEqual(weights(one), weights(other))

    def test_killed_at_random_points_and_resumed(self):
        settings = ["--data", self.pictures(count=64), *TINY, "--epochs", "40", "--checkpoint-every", "7"]
        whole, killed = self.folder / "whole", self.folder / "killed"
        self.good("pretrain", "--out", whole, *settings)
        chance = random.Random(5)
        for step in (chance.randint(3, 15), chance.randint(20, 40), chance.randint(45, 70)):
            process = start("pretrain", "--out", killed, *settings, "--resume")
            while process.poll() is None and steps_done(killed) < step:
                time.sleep(0.003)
            self.assertIsNone(process.poll(), "it was to be killed before its end")
            self.assertEqual(pathlib.Path(f"/proc/{process.pid}/comm").read_text(), "simclr\n")  # as pkill looks for it
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.communicate()
        self.good("pretrain", "--out", killed, "--resume")
        self.assertEqual(weights(whole), weights(killed))
        self.assertEqual([line["loss"] for line in lines(whole) if "loss" in line],
                         [line["loss"] for line in lines(killed) if "loss" in line])

    def test_a_kill_leaves_no_line_twice_and_no_half_file(self):
        settings = ["--data", self.pictures(count=64), *TINY, "--epochs", "40", "--checkpoint-every", "7"]
        folder = self.folder / "run"
        for step in (3, 20):  # before the first checkpoint, and after one
            process = start("pretrain", "--out", folder, *settings, "--resume")
            while process.poll() is None and steps_done(folder) < step:
                time.sleep(0.003)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        (folder / "metrics.jsonl.1.tmp").write_text("half")
        (folder / "checkpoints/step-9.tmp").mkdir()
        (folder / "exported").mkdir(exist_ok=True)
        (folder / "exported/encoder.onnx.77.tmp").write_text("half")
        (folder / "my-notes.tmp").write_text("mine")
        with (folder / "metrics.jsonl").open("a") as file:
            file.write("damaged by an editor\n{}\n")
        _, _, err = run("pretrain", "--out", folder, "--resume")
        self.assertIn("damaged", err)
        looks = [line["step"] for line in lines(folder) if "val" in line]
        self.assertEqual(looks, sorted(set(looks)))
        self.assertEqual([path.name for path in folder.rglob("*.tmp")], ["my-notes.tmp"])
        events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
        for tag in ("train/loss", "val/loss"):
            steps = [event.step for event in events.Scalars(tag)]
            self.assertEqual(steps, sorted(set(steps)), tag)
        before = (folder / "metrics.jsonl").read_text()
        (folder / "report.html").unlink()  # as if killed between the last step and the page
        self.good("pretrain", "--out", folder, "--resume")
        self.assertEqual(before, (folder / "metrics.jsonl").read_text())

    def test_killed_after_planning_and_resumed(self):
        whole, killed = self.folder / "whole", self.folder / "killed"
        # so much time that the second plan, a quarter of the way on, lies beyond the last epoch
        settings = ["--data", self.pictures(count=64), *TINY, "--max-minutes", "5", "--epochs", "60",
                    "--checkpoint-every", "1000000"]
        process = start("pretrain", "--out", killed, *settings)
        while process.poll() is None and steps_done(killed) < 30:
            time.sleep(0.003)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        plan = json.loads((killed / "plan.json").read_text())
        self.assertTrue(plan["planned"])
        shutil.copytree(killed, whole)
        for checkpoint in (whole / "checkpoints").glob("step-*"):
            self.assertEqual(checkpoint.name, "step-20")
        for folder in (whole, killed):
            self.good("pretrain", "--out", folder, "--resume", "--max-minutes", "10")
        self.assertEqual(weights(whole), weights(killed))
        self.assertEqual(plan["total_steps"], json.loads((killed / "plan.json").read_text())["total_steps"])
        self.assertEqual(lines(whole)[-1]["step"], plan["total_steps"])

    def test_views_grow_and_a_kill_changes_nothing(self):
        whole, killed = self.folder / "whole", self.folder / "killed"
        settings = ["--data", self.pictures(count=64), *TINY, "--epochs", "12", "--checkpoint-every", "7",
                    "--growth", "linear(from=0.5,until=0.8,stages=3)"]
        self.good("pretrain", "--out", whole, *settings)
        process = start("pretrain", "--out", killed, *settings)
        while process.poll() is None and steps_done(killed) < 10:
            time.sleep(0.003)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.good("pretrain", "--out", killed, "--resume")
        self.assertEqual(weights(whole), weights(killed))
        plain = self.folder / "plain"
        self.good("pretrain", "--out", plain, *settings[:-2], "--growth", "none")
        self.assertNotEqual(weights(whole), weights(plain))

    def test_max_minutes_probes_every_size(self):
        folder = self.folder / "run"
        tiny = ["28" if word == "16" else word for word in TINY]
        self.good("pretrain", "--data", self.pictures(), "--out", folder, *tiny, "--max-minutes", "0.15", "--growth",
                  "linear(stages=4)")  # 16, 20, 24 and 28 px
        plan = json.loads((folder / "plan.json").read_text())
        self.assertEqual((plan["probe_steps"], plan["planned"]), (24, True))
        self.bad(3, "pretrain", "--data", self.pictures(), "--out", self.folder / "bad", *TINY, "--growth", "linaer",
                 says=["growth", "linear"])

    def test_hard_stop_is_unfinished_everywhere(self):
        folder = self.folder / "run"
        settings = ["--data", self.pictures(), *TINY, "--epochs", "100000"]
        first = start("pretrain", "--out", folder, *settings, "--max-minutes", "10")
        while first.poll() is None and steps_done(folder) < 25:
            time.sleep(0.01)
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
        self.assertEqual(json.loads((folder / "summary.json").read_text())["verdict"], "unfinished")
        out = self.good("pretrain", "--out", folder, "--resume", "--max-minutes", "0.02")
        summary = json.loads((folder / "summary.json").read_text())
        self.assertEqual(summary["verdict"], "unfinished")
        self.assertIn("--resume", summary["verdict_text"])
        self.assertIn("unfinished", out)
        self.assertIn("Unfinished", (folder / "report.html").read_text())

    def test_resume_with_other_pictures(self):
        data = self.pictures()
        folder = self.trained(data, "run", "--val-data", self.pictures("val", count=70, start_at=96))
        for name in ("pictures", "val"):
            kept = self.folder / "kept"
            (self.folder / name).rename(kept)
            self.pictures(name, count=96 if name == "pictures" else 70, start_at=300)
            (folder / "report.html").unlink(missing_ok=True)
            self.bad(4, "pretrain", "--out", folder, "--resume", says=["not those the run began with", name])
            shutil.rmtree(self.folder / name)
            kept.rename(self.folder / name)
        self.good("pretrain", "--out", folder, "--resume")

    def test_resume_with_the_same_written_otherwise(self):
        folder = self.trained(self.pictures())
        self.good("pretrain", "--out", folder, "--resume", "--encoder", "resnet18( width=0.1250 )")
        self.good("pretrain", "--out", folder, "--resume", "--data", f"{self.folder}/pictures/")
        self.bad(3, "pretrain", "--out", folder, "--resume", "--encoder", "resnet18(width=0.25)", says="--encoder")

    def test_a_short_run_is_not_called_collapsed(self):
        result = self.good_json("pretrain", "--data", self.pictures(), "--out", self.folder / "run", *TINY,
                                "--epochs", "1")
        self.assertNotEqual(result["verdict"], "collapsed")

    def threads_of(self, process):
        """-> for each thread the signals that stop a run which it blocks, and those for which there is a handler"""
        stops = sum(1 << (number - 1) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1))
        for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
            state = dict(line.split(":\t", 1) for line in (thread / "status").read_text().splitlines())
            yield int(state["SigBlk"], 16) & stops == stops, int(state["SigCgt"], 16) & stops

    def test_no_thread_runs_a_signal_handler(self):
        # One that interrupted a matrix product of oneDNN's destroyed the heap.
        process = start("pretrain", "--data", self.pictures(count=64), "--out", self.folder / "run", *TINY, "--epochs",
                        "100000")
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        while process.poll() is None and steps_done(self.folder / "run") < 3:
            time.sleep(0.05)
        threads = list(self.threads_of(process))
        self.assertGreater(len(threads), 4)
        self.assertEqual({handlers for _, handlers in threads}, {0})
        self.assertEqual([blocks for blocks, _ in threads].count(False), 1)  # the thread that waits for them

    def test_a_signal_ends_what_has_nothing_to_save(self):
        data = self.pictures(count=64)
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            process = start("pretrain", "--data", data, "--out", self.folder / "run", "--image-size", "96", "--dry-run")
            while (True, 0) not in self.threads_of(process):
                time.sleep(0.01)
            process.send_signal(which)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, -which)

    def stop_by(self, which, code):
        data = self.pictures(count=64)
        folder = self.folder / "run"
        process = start("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "100000")
        while process.poll() is None and not (folder / "metrics.jsonl").exists():
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(which)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, err)
        state = json.loads((folder / "checkpoints/last/state.json").read_text())
        self.assertGreater(state["step"], 0)
        self.assertIn(b"--resume", err)

    def test_sigterm_saves(self):
        self.stop_by(signal.SIGTERM, 75)

    def test_ctrl_c_saves(self):
        self.stop_by(signal.SIGINT, 130)

    def test_resume_without_a_run_starts_one(self):
        folder = self.folder / "run"
        _, _, err = run("pretrain", "--data", self.pictures(), "--out", folder, *TINY, "--epochs", "1", "--resume")
        self.assertIn("step 0", err)
        self.assertTrue((folder / "summary.json").exists())

    def test_resume_of_a_finished_run(self):
        folder = self.trained(self.pictures())
        before = weights(folder)
        result = self.good_json("pretrain", "--out", folder, "--resume")
        self.assertEqual(result["steps"], 6)
        self.assertEqual(before, weights(folder))

    def test_resume_with_another_setting(self):
        data = self.pictures()
        folder = self.trained(data)
        self.bad(3, "pretrain", "--out", folder, "--resume", "--lr", "0.5", says=["--lr", "0.5"])
        self.good("pretrain", "--data", data, "--out", folder, "--resume", "--workers", "1", "--epochs", "2")

    def test_altered_checkpoint_falls_back_to_the_one_before(self):
        data = self.pictures()
        folder = self.folder / "run"
        self.good("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "2", "--checkpoint-every", "4")
        before = weights(folder)
        self.assertEqual(sorted(p.name for p in (folder / "checkpoints").glob("step-*")), ["step-4", "step-6"])
        model = folder / "checkpoints/step-6/model.safetensors"
        model.write_bytes(model.read_bytes()[:-100])
        code, _, err = run("pretrain", "--out", folder, "--resume")
        self.assertEqual(code, 0, err)
        self.assertIn("altered or cut short", err)
        self.assertIn("step 4", err)
        self.assertEqual(before, weights(folder))

    def test_no_intact_checkpoint(self):
        folder = self.trained(self.pictures())
        for model in (folder / "checkpoints").glob("step-*/model.safetensors"):
            data = bytearray(model.read_bytes())
            data[-1] ^= 1
            model.write_bytes(data)
        self.bad(5, "embed", folder, "--data", self.folder / "pictures", "--out", self.folder / "e.npy",
                 says="no intact checkpoint")
        self.bad(5, "pretrain", "--out", folder, "--resume", says="no intact checkpoint")

    def test_checkpoint_of_another_architecture(self):
        folder = self.trained(self.pictures())
        plan = json.loads((folder / "plan.json").read_text())
        plan["encoder"] = plan["encoder"].replace("resnet18", "resnet34")
        (folder / "plan.json").write_text(json.dumps(plan))
        self.bad(5, "export", folder, "--out", self.folder / "e.safetensors", says="layer")

    def test_max_minutes_plans_and_keeps_time(self):
        folder = self.folder / "run"
        started = time.time()
        result = self.good_json("pretrain", "--data", self.pictures(), "--out", folder, *TINY, "--max-minutes", "0.15")
        self.assertLess(time.time() - started, 9 + 20)
        plan = json.loads((folder / "plan.json").read_text())
        self.assertTrue(plan["planned"])
        self.assertGreater(plan["total_steps"], 20)
        self.assertLessEqual(result["steps"], plan["total_steps"])

    def test_profile_says_where_the_time_of_a_step_goes(self):
        before = sorted(self.folder.rglob("*"))
        data = self.pictures()
        result = self.good_json("pretrain", "--data", data, "--encoder", "resnet18(width=0.25)", "--image-size", "16",
                                "--batch-size", "8", "--profile")
        self.assertAlmostEqual(sum(part["seconds"] for part in result["parts"]), result["seconds"], 3)
        # 3x3 unless said: (in, out, side of the results), the stem first; of two views of 8 pictures
        first, rest = [(1, 16, 16, 9)], [(16, 16, 16, 9)] * 4
        for inner, side in ((32, 8), (64, 4), (128, 2)):
            rest += [(inner // 2, inner, side, 9), (inner // 2, inner, side, 1)] + [(inner, inner, side, 9)] * 3
        flops = [sum(2 * 16 * a * b * side * side * taps for a, b, side, taps in layers) for layers in (first, rest)]
        counted = sum(part["flops"] for part in result["parts"])
        self.assertEqual(counted, 2 * flops[0] + 3 * flops[1])  # no gradient of the pictures
        self.assertGreater(result["peak_flops"], 1e8)
        self.assertEqual(sorted(self.folder.rglob("*")), sorted({*before, *data.rglob("*"), data}))
        self.assertIn("GFLOP/s", self.good("pretrain", "--data", data, *TINY, "--profile"))
        self.bad(2, "pretrain", "--profile", says="--data")

    def test_dry_run_makes_nothing(self):
        out = self.good("pretrain", "--data", self.pictures(), "--out", self.folder / "run", *TINY, "--dry-run")
        self.assertIn("96 pictures", out)
        self.assertFalse((self.folder / "run").exists())
        plan = self.good_json("pretrain", "--data", self.folder / "pictures", "--out", self.folder / "run", *TINY,
                              "--dry-run")
        self.assertEqual((plan["images"], plan["image_size"]), (96, 16))

    def test_dry_run_says_how_long_and_how_much_memory(self):
        data = self.pictures()
        arguments = ["pretrain", "--data", data, "--out", self.folder / "run", *TINY, "--dry-run", "--growth", "none"]
        out = self.good(*arguments, "--epochs", "100000")
        self.assertRegex(out, r"a step takes \S+ s \(\S+ images/s\), the 300000 steps about \S+ (minutes|hours); "
                              r"memory: about \S+ [MG]B of \S+ [MG]B")
        short, long = (self.good_json(*arguments, "--epochs", epochs)["estimate"] for epochs in ("10", "10000"))
        self.assertEqual((short["steps"], long["steps"]), (30, 30000))
        for one in (short, long):
            self.assertAlmostEqual(one["seconds"], one["steps"] * one["step_seconds"], places=6)
            self.assertGreater(one["memory_bytes"], 50e6)
        timed = self.good_json(*arguments, "--max-minutes", "2")["estimate"]
        self.assertLessEqual(timed["seconds"], 120)
        self.assertGreater(timed["seconds"], 119)
        self.assertEqual(sorted(self.folder.iterdir()), [data])

    def test_dry_run_counts_views_that_begin_smaller(self):
        one = self.good_json("pretrain", "--data", self.pictures(), "--out", self.folder / "run", *TINY, "--dry-run",
                             "--epochs", "1000", "--growth", "linear(from=0.5,until=0.8,stages=2)")["estimate"]
        # Views of 8 px for four fifths of the steps: a quarter of the area
        self.assertAlmostEqual(one["seconds"], 3000 * one["step_seconds"] * (0.2 + 0.8 / 4), places=4)

    def test_dry_run_of_a_resume_counts_what_is_left(self):
        folder = self.trained(self.pictures(), "run", "--checkpoint-every", "2")
        (folder / "report.html").unlink()  # as if it had been stopped before its end
        shutil.rmtree(folder / "checkpoints/step-6")
        (folder / "checkpoints/last").unlink()
        before = sorted(folder.rglob("*"))
        out = self.good("pretrain", "--out", folder, "--resume", "--dry-run")
        self.assertIn("would go on from step 4", out)
        self.assertIn("the 2 steps about a second", out)
        self.assertEqual(sorted(folder.rglob("*")), before)

    def test_nothing_to_go_on_from_is_no_fresh_start(self):
        folder = self.trained(self.pictures())
        (folder / "report.html").unlink()
        metrics = (folder / "metrics.jsonl").read_bytes()
        (folder / "checkpoints/last").unlink()
        for model in (folder / "checkpoints").glob("step-*/model.safetensors"):
            model.write_bytes(b"damaged")
        self.bad(5, "pretrain", "--out", folder, "--resume", says="no intact checkpoint")
        shutil.rmtree(folder / "checkpoints/step-6")
        os.symlink("step-6", folder / "checkpoints/last")
        self.bad(5, "pretrain", "--out", folder, "--resume", says="no intact checkpoint")
        self.assertEqual(metrics, (folder / "metrics.jsonl").read_bytes())

    def test_no_alarm_from_the_untrained_network(self):
        data = self.folder / "a.npy"
        numpy.save(data, fashion(4000)[0])
        folder = self.folder / "run"
        self.good("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "2", "--warmup-epochs", "0.1",
                  "--seed", "1")
        self.assertEqual([line for line in lines(folder) if line.get("event") == "alarm" and line["step"] < 125
                          and "collapsed" in line["message"]], [])

    def test_validation_pictures(self):
        data, val = self.pictures(), self.pictures("val", count=80, start_at=96)
        folder = self.trained(data, "run", "--val-data", val)
        look = [line for line in lines(folder) if "val" in line][-1]
        self.assertTrue(look["held_out"])
        self.assertGreater(look["val"]["knn"], 0.1)

    def test_non_finite_names_step_and_files_and_keeps_the_checkpoint(self):
        data = self.pictures(classes=False)
        folder = self.folder / "run"
        # Each step multiplies the weights by 1 - 1000 * 10: they overflow within a dozen.
        err = self.bad(6, "pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "50", "--lr", "1000",
                       "--weight-decay", "10", "--warmup-epochs", "0", "--checkpoint-every", "1",
                       says="not finite")
        self.assertIn("step", err)
        self.assertIn(".png", err)
        self.assertIn("not finite", (folder / "train.log").read_text())
        for file in (folder / "checkpoints").rglob("*.safetensors"):
            for name, values in load_file(file).items():
                self.assertTrue(numpy.isfinite(values).all(), f"{file} {name}")
        self.assertTrue((folder / "checkpoints/last/state.json").exists())

    def test_config_file_and_precedence(self):
        config = self.folder / "tiny.toml"
        config.write_text('encoder = "resnet18(width=0.125)"\nimage_size = 16\nbatch_size = 48\nepochs = 1\n'
                          'head = "mlp(layers=2,out=32)"\n')
        folder = self.folder / "run"
        result = self.good_json("pretrain", "--data", self.pictures(), "--out", folder, "--config", config,
                                "--batch-size", "32")
        self.assertEqual(result["steps"], 3)
        self.assertIn("batch_size = 32", (folder / "settings.toml").read_text())

    def test_two_processes_on_one_folder(self):
        data = self.pictures(count=64)
        folder = self.folder / "run"
        first = start("pretrain", "--data", data, "--out", folder, *TINY, "--epochs", "100000")
        while first.poll() is None and not (folder / "metrics.jsonl").exists():
            time.sleep(0.05)
        self.bad(2, "pretrain", "--out", folder, "--resume", says="another process")
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env bash
# Does memory stay flat? Trains a tiny network for 5,000 steps and samples what the process has resident.
#   bench/memory.sh DIR [steps=5000] [more flags of pretrain]
# DIR: a folder of 32 px pictures, such as cifar10/train. Prints VmRSS, and its anonymous part, from step 200 to the
# end, and the slope; and the slope from the second epoch on, since what --cache ram keeps is read in the first.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: bench/memory.sh DIR [steps] [flags]} steps=${2:-5000}
shift $(($# < 2 ? $# : 2))
scripts/build.sh release simclr >/dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 - "$data" "$steps" "$scratch" "$@" <<'P'
import pathlib, subprocess, sys, time

data, steps, scratch, more = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4:]
batch = 16
files = sum(1 for file in pathlib.Path(data).rglob("*") if file.is_file())
epochs = -(-steps // (files // batch))
run = scratch / "run"
process = subprocess.Popen(
    ["build/release/simclr", "pretrain", "--data", data, "--out", run, "--encoder", "resnet18(width=0.0625)",
     "--head", "mlp(layers=2,out=32)", "--image-size", "32", "--batch-size", str(batch), "--epochs", str(epochs),
     "--cache-dir", scratch / "cache", *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
samples, offset, step = [], 0, 0
while process.poll() is None and step < steps:
    time.sleep(2)
    try:
        with open(run / "metrics.jsonl") as lines:
            lines.seek(offset)
            text = lines.read()
            offset += len(text)
            step += text.count('"lr":')
        status = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status"))
        samples.append((step, *(int(status[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon"))))
    except (FileNotFoundError, ProcessLookupError, KeyError):
        continue
if process.poll() not in (None, 0):
    sys.exit(f"simclr pretrain failed with {process.returncode}")
process.terminate()
process.wait()
settled = [s for s in samples if s[0] >= 200]
for step, rss, anonymous in [settled[0], *settled[len(settled) // 5 :: max(1, len(settled) // 5)], settled[-1]]:
    print(f"step {step:6}: {rss:7.1f} MiB resident, {anonymous:7.1f} MiB of it anonymous")
later = [s for s in settled if s[0] > files // batch]
for part in filter(lambda part: len(part) > 2, (settled, later)):
    n = len(part)
    mean_x, mean_y = sum(s[0] for s in part) / n, sum(s[1] for s in part) / n
    slope = sum((s[0] - mean_x) * (s[1] - mean_y) for s in part) / sum((s[0] - mean_x) ** 2 for s in part)
    print(f"{n} samples from step {part[0][0]} to {part[-1][0]}: {part[-1][1] - part[0][1]:+.1f} MiB, "
          f"slope {1000 * slope:+.2f} MiB a thousand steps")
P

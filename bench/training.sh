#!/usr/bin/env bash
# Training end to end against a plain LibTorch loop on ready views, in turn, in one go.
#   bench/training.sh DIR [rounds=3]      DIR: a folder of 32 px pictures, such as cifar10/train
# Ours is `simclr pretrain` as typed: decoding, views, loss, logs, checkpoint. Prints images/s and the ratio.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: bench/training.sh DIR [rounds]} rounds=${2:-3}
cmake --preset release -DSIMCLR_BENCH=ON >/dev/null
cmake --build --preset release --target simclr plain_loop >/dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ours=() plain=()
for _ in $(seq "$rounds"); do
  ours+=("$(build/release/simclr pretrain --data "$data" --out "$scratch/run" --overwrite --image-size 32 --max-minutes 1 \
    --json 2>/dev/null | sed 's/.*"images_per_second":\([0-9.]*\).*/\1/')")
  plain+=("$(build/release/plain_loop 12)")
done
python3 - "${ours[*]}" "${plain[*]}" <<'P'
import sys
ours, plain = ([float(x) for x in text.split()] for text in sys.argv[1:])
ratios = sorted(a / b for a, b in zip(ours, plain))
print("simclr pretrain  images/s:", *(f"{x:.1f}" for x in ours))
print("plain loop       images/s:", *(f"{x:.1f}" for x in plain))
print(f"ratio: median {ratios[len(ratios) // 2]:.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")
P

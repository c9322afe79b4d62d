#!/usr/bin/env bash
# From files to embeddings in float32 against a torchvision loop with the same weights at its best settings, in turn.
#   bench/embedding.sh DIR [encoder=resnet18] [size=32] [rounds=3]        DIR: a folder of class folders
# Ours is `simclr embed` as typed, start of the program and files written included; the peer's imports and compiling are not.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: bench/embedding.sh DIR [encoder] [size] [rounds]} encoder=${2:-resnet18} size=${3:-32} rounds=${4:-3}
bench/peers/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target simclr >/dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
simclr() { build/release/simclr "$@" 2>"$scratch/log" >/dev/null || { cat "$scratch/log" >&2; exit 1; }; }
simclr pretrain --data "$data" --out "$scratch/run" --encoder "$encoder" --image-size "$size" --batch-size 16 --max-minutes 0.2
weights=$scratch/run/exported/encoder.safetensors
peer() { .deps/peers/bin/python bench/peers/embedding.py "$@"; }
best=$(peer search "$weights" "$data")
echo "the peer's best: $best (form, batch, workers)"
images=$(find -L "$data" -type f | wc -l) ours=() theirs=()
for _ in $(seq "$rounds"); do
  start=$EPOCHREALTIME
  simclr embed "$scratch/run" --data "$data" --out "$scratch/ours.npy" --precision float32 --device cpu
  ours+=("$(awk "BEGIN { print $images / ($EPOCHREALTIME - $start) }")")
  # shellcheck disable=SC2086
  theirs+=("$(peer run "$weights" "$data" $best "$scratch/theirs.npy")")
done
python3 - "${ours[*]}" "${theirs[*]}" <<'P'
import sys
ours, theirs = ([float(x) for x in text.split()] for text in sys.argv[1:])
ratios = sorted(a / b for a, b in zip(ours, theirs))
print("simclr embed      images/s:", *(f"{x:.1f}" for x in ours))
print("torchvision loop  images/s:", *(f"{x:.1f}" for x in theirs))
print(f"ratio: median {ratios[len(ratios) // 2]:.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")
P
peer compare "$scratch/ours.npy" "$scratch/theirs.npy"

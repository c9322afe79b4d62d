#!/usr/bin/env bash
# Training end to end, from JPEG files to the optimizer step, against lightly in its forms, in turn, in one go.
#   bench/training.sh DIR [rounds=3] [encoder=resnet18] [size=32] [batch=256]
#   DIR: a folder of pictures, such as cifar10/train, or imagenette224/train with resnet50 224 32
# Ours is `simclr pretrain` as typed, with one size of views: decoding, views, loss, logs, checkpoint. lightly's forms:
# its CIFAR-10 example as it is; channels_last; with bf16 autocast; the better of both compiled (FORMS= chooses others).
# Beside them plain_loop: a careful LibTorch loop (bf16, channels_last) on views that are ready in memory.
# Prints images/s (one image = two views) and the ratios to lightly's default and to the best of all forms, by round.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: bench/training.sh DIR [rounds] [encoder] [size] [batch]} rounds=${2:-3}
encoder=${3:-resnet18} size=${4:-32} batch=${5:-256}
forms=${FORMS:-default channels_last bf16 compiled bf16_compiled}
[ -z "${FORMS:-}" ] && [ "$encoder" = resnet18 ] && forms+=" plain_loop"
bench/peers/setup.sh
cmake --preset release -DSIMCLR_BENCH=ON >/dev/null
cmake --build --preset release --target simclr plain_loop >/dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
form() {
  if [ "$1" = plain_loop ]; then build/release/plain_loop "${STEPS:-6}" "$batch" "$size"; else peer "$1"; fi
}
peer() { timeout 900 .deps/peers/bin/python bench/peers/training.py "$data" --form "$1" --steps "${STEPS:-6}" --encoder "$encoder" \
  --size "$size" --batch "$batch" 2>/dev/null || echo nan; }
for round in $(seq "$rounds"); do
  echo "$round ours $(build/release/simclr pretrain --data "$data" --out "$scratch/run" --overwrite --encoder "$encoder" \
    --image-size "$size" --batch-size "$batch" --growth none --optimizer adamw --max-minutes "${MINUTES:-1}" --json 2>/dev/null |
    sed 's/.*"images_per_second":\([0-9.]*\).*/\1/')"
  for form in $forms; do echo "$round $form $(form "$form")"; done
done | tee >(cat >&2) | python3 -c '
import math, sys
rounds = {}
for line in sys.stdin:
    number, name, figure = line.split()
    rounds.setdefault(number, {})[name] = float(figure)
def show(what, ratios):
    ratios = sorted(ratios)
    print(f"ours to {what}: median {ratios[len(ratios) // 2]:.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")
others = [{k: v for k, v in r.items() if k != "ours" and not math.isnan(v)} for r in rounds.values()]
if all("default" in o for o in others):
    show("lightly as it is", [r["ours"] / o["default"] for r, o in zip(rounds.values(), others)])
show("the best of all forms", [r["ours"] / max(o.values()) for r, o in zip(rounds.values(), others)])
'

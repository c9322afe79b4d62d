#!/usr/bin/env bash
# Views a second on one core, ours and the peers', in turn, in one go.
#   bench/views.sh SMALL PHOTOS [rounds=5] [settings...]
#   SMALL: a folder of 32 px JPEGs, such as cifar10/train; PHOTOS: of photos, such as clothing_cc0/train
#   settings: decoded-32 decoded-224 jpeg-224 jpeg-32; all if none is named
# Prints views/s of each, and our ratio to the best peer of the same round: its median, and from the lowest to the highest.
set -euo pipefail
cd "$(dirname "$0")/.."
usage="usage: bench/views.sh SMALL PHOTOS [rounds] [settings...]"
small=${1:?$usage} photos=${2:?$usage} rounds=${3:-5}
settings=("${@:4}")
[ ${#settings[@]} -gt 0 ] || settings=(decoded-32 decoded-224 jpeg-224 jpeg-32)
bench/peers/setup.sh
build=build/views  # needs no LibTorch
cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DSIMCLR_TORCH=OFF -DSIMCLR_TESTS=OFF -DSIMCLR_BENCH=ON >/dev/null
cmake --build $build --target views >/dev/null
peers=(pil v2 kornia albumentations)
for setting in "${settings[@]}"; do
  form=${setting%-*} size=${setting#*-}
  [ "$size" -gt 64 ] && data=$photos || data=$small
  lines=()
  for _ in $(seq "$rounds"); do
    lines+=("ours $(taskset -c 0 $build/views "$form" "$size" "$data" 2)")
    for peer in "${peers[@]}"; do
      lines+=("$peer $(taskset -c 0 .deps/peers/bin/python bench/peers/views.py "$peer" "$form" "$size" "$data" 2 2>/dev/null)")
    done
  done
  printf '%s\n' "${lines[@]}" | python3 -c '
import statistics, sys
setting, figures = sys.argv[1], {}
for line in sys.stdin:
    name, figure = line.split()
    figures.setdefault(name, []).append(float(figure))
for name, all in figures.items():
    print(f"{setting:12} {name:15} views/s:", *(f"{x:.0f}" for x in all))
ours = figures.pop("ours")
ratios = sorted(a / max(others) for a, *others in zip(ours, *figures.values()))
print(f"{setting:12} ratio to the best peer: median {statistics.median(ratios):.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")
' "$setting"
done

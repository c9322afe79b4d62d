#!/usr/bin/env bash
# NT-Xent forward + backward against lightly's NTXentLoss, in turn, in one go, 2 threads each; then ours at 65,536 rows.
#   bench/nt_xent.sh [rounds=3]        N images are 2N rows of 128; each measurement is the best of a process of its own
# Prints seconds, peak memory beyond the input, and the ratio of the times. lightly needs 3.3 GB at N = 8192.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
bench/peers/setup.sh
cmake --preset release -DSIMCLR_BENCH=ON >/dev/null
cmake --build --preset release --target nt_xent_bench >/dev/null
export OMP_NUM_THREADS=2
for images in 4096 8192; do
  ours=() theirs=()
  for _ in $(seq "$rounds"); do
    ours+=("$(build/release/nt_xent_bench --plain "$images")")
    theirs+=("$(.deps/peers/bin/python bench/peers/nt_xent.py "$images")")
  done
  python3 - "$images" "${ours[*]}" "${theirs[*]}" <<'P'
import sys
images = int(sys.argv[1])
ours, theirs = ([float(x) for x in text.split()] for text in sys.argv[2:])
for name, all in ("ours", ours), ("lightly", theirs):
    print(f"N {images} {name:8} s:", *(f"{x:.3f}" for x in all[::2]), " MiB:", *(f"{x:.0f}" for x in all[1::2]))
ratios = sorted(b / a for a, b in zip(ours[::2], theirs[::2]))
print(f"N {images} times as fast: median {ratios[len(ratios) // 2]:.1f}, from {ratios[0]:.1f} to {ratios[-1]:.1f}")
P
done
build/release/nt_xent_bench 32768

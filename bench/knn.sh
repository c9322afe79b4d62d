#!/usr/bin/env bash
# kNN (k = 20, cosine) of 10,000 queries against 50,000 rows of 512, against faiss and scikit-learn, in turn, in one go.
#   bench/knn.sh [rounds=3]        2 threads each; from raw rows in memory to neighbours (ours and scikit-learn: to classes)
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
bench/peers/setup.sh
cmake --preset release -DSIMCLR_BENCH=ON >/dev/null
cmake --build --preset release --target knn_bench >/dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
peer() { .deps/peers/bin/python bench/peers/knn.py "$1" "$scratch"; }
peer make
ours=() faiss=() sklearn=()
for _ in $(seq "$rounds"); do
  ours+=("$(OMP_NUM_THREADS=2 build/release/knn_bench "$scratch")")
  faiss+=("$(peer faiss)")
  sklearn+=("$(peer sklearn)")
done
python3 - "${ours[*]}" "${faiss[*]}" "${sklearn[*]}" <<'P'
import sys
ours, faiss, sklearn = ([float(x) for x in text.split()] for text in sys.argv[1:])
print(f"{'ours':38} s:", *(f"{x:.2f}" for x in ours))
for name, seconds in (("faiss, normalise + add + search", faiss[::2]), ("faiss, search alone", faiss[1::2]),
                      ("scikit-learn, cosine", sklearn[::2]), ("scikit-learn, euclidean on unit rows", sklearn[1::2])):
    ratios = sorted(b / a for a, b in zip(ours, seconds))
    print(f"{name:38} s:", *(f"{x:.2f}" for x in seconds),
          f" ours is {ratios[len(ratios) // 2]:.2f} times as fast, from {ratios[0]:.2f} to {ratios[-1]:.2f}")
P
peer compare

#!/usr/bin/env bash
# Time to accuracy: kNN (k = 20) on TEST against seconds of training on TRAIN, simclr as it comes against lightly with its
# CIFAR-10 recipe at its fastest (channels_last; FORM=bf16 where the processor has it), one after the other.
#   bench/accuracy.sh TRAIN TEST [budgets="100 200"] [seeds=3] [peer_epochs=1] [encoder=resnet18] [size=32]
# TRAIN, TEST: class folders, whose names training does not see. lightly's cosine runs over 8 epochs, of which the first
# peer_epochs are trained (0: none). MORE="--recipe paper" gives simclr more flags.
# Prints: who, seed, seconds of training (planned for ours), accuracy; then the mean and range of each budget.
set -euo pipefail
cd "$(dirname "$0")/.."
train=${1:?usage: bench/accuracy.sh TRAIN TEST [budgets] [seeds] [peer_epochs] [encoder] [size]} test=${2:?TEST}
budgets=${3:-100 200} seeds=${4:-3} peer_epochs=${5:-1} encoder=${6:-resnet18} size=${7:-32}
cmake --preset release >/dev/null
cmake --build --preset release --target simclr >/dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ours() {  # seed, seconds
  # shellcheck disable=SC2086
  build/release/simclr pretrain --data "$train" --out "$scratch/run" --overwrite --encoder "$encoder" --image-size "$size" --seed "$1" \
    --max-minutes "$(awk "BEGIN { print $2 / 60 }")" ${MORE:-} --json >"$scratch/train.json" 2>"$scratch/log" ||
    { cat "$scratch/log" >&2; exit 1; }
  build/release/simclr evaluate "$scratch/run" --train "$train" --test "$test" --with knn --baselines none --json 2>/dev/null \
    >"$scratch/knn.json"
  python3 -c 'import json, sys
train, knn = (json.load(open(path)) for path in sys.argv[1:])
print(round(train["train_seconds"]), knn["evaluations"]["knn"]["accuracy"])' "$scratch/train.json" "$scratch/knn.json"
}
{
  for budget in $budgets; do
    for seed in $(seq 0 $((seeds - 1))); do echo "ours-$budget $seed $(ours "$seed" "$budget")"; done
  done
  if [ "$peer_epochs" -gt 0 ]; then
    bench/peers/setup.sh >&2
    .deps/peers/bin/python bench/peers/accuracy.py "$train" "$test" --stop-after "$peer_epochs" --form "${FORM:-channels_last}" \
      --encoder "$encoder" --size "$size" 2>"$scratch/log" | awk '{ print "lightly-epoch-" NR, 0, $0; fflush() }'
  fi
} | tee >(cat >&2) | python3 -c '
import sys
table = {}
for line in sys.stdin:
    who, seed, seconds, accuracy = line.split()
    table.setdefault(who, []).append((float(seconds), 100 * float(accuracy)))
for who, rows in table.items():
    seconds, accuracy = zip(*rows)
    print(f"{who}: {sum(seconds) / len(rows):.0f} s, {sum(accuracy) / len(rows):.1f} %, "
          f"from {min(accuracy):.1f} to {max(accuracy):.1f} over {len(rows)} seed(s)")
'

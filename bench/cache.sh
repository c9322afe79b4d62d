#!/usr/bin/env bash
# The loader alone, images/s (one image = two views): decoding each time, from memory, from packed pictures on the
# disk, and those again with less memory than they take (a control group; root). Then how long training waits for them.
#   bench/cache.sh DIR [copies=4] [rounds=2] [seconds=10]
# DIR: a folder of pictures, such as imagenette224/train; it is seen `copies` times, through links to its files.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(realpath "${1:?usage: bench/cache.sh DIR [copies] [rounds] [seconds]}") copies=${2:-4} rounds=${3:-2} seconds=${4:-10}
cmake --preset release -DSIMCLR_BENCH=ON >/dev/null
cmake --build --preset release --target simclr loader_bench >/dev/null
scratch=$(mktemp -d)
group=
finish() {
  if [ -n "$group" ]; then rmdir "$group" 2>/dev/null || true; fi
  rm -rf "$scratch"
}
trap finish EXIT
for i in $(seq "$copies"); do
  mkdir -p "$scratch/pictures/$i"
  (cd "$data" && find . -type f) | (cd "$scratch/pictures/$i" && while read -r file; do
    mkdir -p "$(dirname "$file")" && ln -s "$data/$file" "$file"
  done)
done
bench() { build/release/loader_bench "$scratch/pictures" "$1" "$seconds" "$scratch/cache"; }
bench disk >/dev/null
packed=$(ls "$scratch"/cache/*.pictures)
size=$(stat -c %s "$packed")
echo "$(find "$scratch/pictures" -type l | wc -l) pictures of $data, $((size / 1000000)) MB packed"
for _ in $(seq "$rounds"); do
  for where in none ram disk; do echo "$where: $(bench $where 2>/dev/null)"; done
done

limit=$((size / 2))
if [ -w /sys/fs/cgroup/memory ] && mkdir "/sys/fs/cgroup/memory/simclr-bench-$$" 2>/dev/null; then
  group=/sys/fs/cgroup/memory/simclr-bench-$$ file=memory.limit_in_bytes
elif grep -qw memory /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null && mkdir "/sys/fs/cgroup/simclr-bench-$$" 2>/dev/null; then
  group=/sys/fs/cgroup/simclr-bench-$$ file=memory.max
fi
if [ -n "$group" ]; then
  echo "$limit" >"$group/$file"
  for _ in $(seq "$rounds"); do
    sync "$packed"
    dd of="$packed" oflag=nocache conv=notrunc,fdatasync count=0 status=none  # out of the system's cache
    rate=$(bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - "$group" build/release/loader_bench \
      "$scratch/pictures" disk "$seconds" "$scratch/cache" 2>/dev/null)
    echo "disk, with $((limit / 1000000)) MB for all of the process (control group): $rate"
  done
else
  echo "no control group can be made here: not measured with less memory"
fi

for where in none ram disk; do
  build/release/simclr pretrain --data "$data" --out "$scratch/run" --overwrite --encoder "resnet18(width=0.5)" --image-size 96 \
    --batch-size 64 --epochs 1 --cache $where --cache-dir "$scratch/cache" >/dev/null 2>&1
  python3 - "$scratch/run/metrics.jsonl" $where <<'P'
import json, sys
steps = [line for line in map(json.loads, open(sys.argv[1])) if "data_wait" in line][3:]
wait = sum(s["data_wait"] / s["images_per_second"] for s in steps) / sum(1 / s["images_per_second"] for s in steps)
rate = len(steps) / sum(1 / s["images_per_second"] for s in steps)
print(f"training from {sys.argv[2]}: waits {100 * wait:.1f} % of the time, {rate:.0f} images/s (first epoch, step 4 on)")
P
done

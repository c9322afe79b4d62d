#!/usr/bin/env bash
# Opening a folder of many pictures: seconds and peak memory, beside torchvision's ImageFolder in the same run.
#   bench/index.sh [files=1000000] [rounds=3] [FOLDER]
# FOLDER: where the tree is made, and kept for the next time; else a scratch folder that goes away at the end.
# COLD=1 empties the machine's file caches before each measurement (root). Ours is `simclr data inspect`: it opens
# every file to see what it is, and decodes 2,048; ImageFolder goes by the names alone.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-1000000} rounds=${2:-3} folder=${3:-}
python=${PEERS:-.deps/peers/bin/python}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
"$python" bench/index.py make "$folder/$count" "$count"
"$python" bench/index.py measure "$folder/$count" "$rounds" "${SIMCLR:-build/release/simclr}"

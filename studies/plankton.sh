#!/usr/bin/env bash
# The plankton study: embeddings of SimCLR beside those learnt from labels (softmax, triplet, ArcFace, SupCon), an untrained
# encoder and raw pixels, on classes that no training has seen.
#   studies/plankton.sh DATA OUT [epochs=6] [seeds=3] [encoder=resnet18(width=0.25,embedding=128)] [size=48]
# DATA: a folder with train/ and test/ of class folders. Every ninth class by name, from the fifth on, is held out, ten
# at most. SimCLR trains for `epochs` a seed, each other method for the same number of steps on the same pictures and
# views, with early stopping. Killed anywhere, it goes on when called again.
# Prints: accuracy against the number of labels on the unseen classes (10 draws), the same on the three largest of them with
# all their pictures (65 % to draw labels from), and the angles between classes.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: studies/plankton.sh DATA OUT [epochs] [seeds] [encoder] [size]} out=${2:?OUT} epochs=${3:-6} seeds=${4:-3}
encoder=${5:-"resnet18(width=0.25,embedding=128)"} size=${6:-48}
simclr=${SIMCLR:-build/release/simclr}
mkdir -p "$out"
find "$data/train" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | LC_ALL=C sort | awk 'NR % 9 == 5' | head -10 >"$out/unseen.txt"
largest=$(while read -r name; do echo "$(find "$data" -path "*/$name/*" -type f | wc -l) $name"; done <"$out/unseen.txt" |
  sort -rn | head -3 | awk '{ print $2 }' | paste -sd,)
methods="softmax triplet arcface supcon"
for seed in $(seq 0 $((seeds - 1))); do
  "$simclr" pretrain --data "$data/train" --hold-out-classes "$out/unseen.txt" --val-fraction 0.05 --augment plankton \
    --encoder "$encoder" --image-size "$size" --seed "$seed" --epochs "$epochs" --out "$out/simclr-$seed" --resume
  for method in $methods; do
    "$simclr" supervised --like "$out/simclr-$seed" --method "$method" --out "$out/$method-$seed" --resume
  done
done
runs=()
for method in simclr $methods; do
  runs+=("$method=$(for seed in $(seq 0 $((seeds - 1))); do echo "$out/$method-$seed"; done | paste -sd,)")
done
"$simclr" study labels "${runs[@]}" --train "$data/train" --test "$data/test" --classes "$out/unseen.txt" \
  --labels 30,40,50,60,70,80,90,100,200,300,500,800 --out "$out/labels"
"$simclr" study labels "${runs[@]}" --train "$data" --test-fraction 0.35 --classes "$largest" \
  --labels 16,32,64,90,128,256 --out "$out/three"
for method in simclr $methods; do
  for seed in $(seq 0 $((seeds - 1))); do
    echo "$method, seed $seed"
    "$simclr" evaluate "$out/$method-$seed" --train "$data/train" --test "$data/test" --classes unseen --with angles
  done
done

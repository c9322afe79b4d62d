#!/usr/bin/env bash
# The SimCLR-S2 studies in small: every couplet of the nine operations, then optimizers over learning rates, each beside no
# augmentation at all.
#   studies/sentinel2.sh DATA OUT [steps=100] [seeds=3] [encoder=resnet18(width=0.25)]
# DATA: train/ and test/, each with the folders slum/ and non_slum/ of Sentinel-2 patches of 32 x 32 pixels with the bands B02,
# B03, B04, B8A. B8A is left out: more than half of the patches have none. Two sets of labels are made from them:
#   slum   the folders; of two classes F1 is of the rarer, "without"
#   green  whether a patch is greener than the median of the training patches, by the mean of (B03 - B04) / (B03 + B04)
# Couplets are pretrained for `steps`, then fine-tuned on a tenth of each set's labels; the score is the mean of the two F1.
# Optimizers are judged by kNN with all labels, by the mean balanced accuracy; a learning-rate range test stands beside them. Then
# students: a half-width teacher, fine-tuned on a tenth of the labels of "slum", teaches smaller encoders on all training patches without
# labels, beside the same encoders trained on that tenth from scratch. Killed anywhere, it goes on when called again.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: studies/sentinel2.sh DATA OUT [steps] [seeds] [encoder]} out=${2:?OUT} steps=${3:-100} seeds=${4:-3}
encoder=${5:-"resnet18(width=0.25)"}
simclr=${SIMCLR:-build/release/simclr}
mkdir -p "$out"
[ -e "$out/green.csv" ] || "${PYTHON:-.deps/oracles/bin/python}" - "$(realpath "$data")" "$out" <<'P'
import csv
import pathlib
import statistics
import sys
import warnings

import rasterio

warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)
data, out = map(pathlib.Path, sys.argv[1:])


def greenness(path):
    with rasterio.open(path) as file:
        green, red = file.read([2, 3]).astype(float)
    return ((green - red) / (green + red)).mean()


rows = [(path, split, "slum" if path.parent.name == "slum" else "without", greenness(path))
        for split in ("train", "test") for path in sorted((data / split).glob("*/*.tif"))]
middle = statistics.median(row[3] for row in rows if row[1] == "train")
for name in ("slum", "green"):
    with open(out / f"{name}.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "split"])
        for path, split, built, value in rows:
            table.writerow([path, built if name == "slum" else "green" if value > middle else "bare", split])
P
common=(--data "$out/slum.csv:train" --band-names B02,B03,B04,B8A --bands B02,B03,B04 --image-size 32 --growth none
  --encoder "$encoder" --steps "$steps" --seeds "$seeds" --threads 1)
for name in slum green; do common+=(--train "$out/$name.csv:train" --test "$out/$name.csv:test"); done
"$simclr" study couplets "${common[@]}" --score "finetune(fraction=0.1,validation=0,steps=80)" --out "$out/couplets"
# How far the couplets' ranking depends on the score, and what successive halving makes of it on other seeds: both by kNN.
mkdir -p "$out/couplets/by_f1"
(cd "$out/couplets" && cp results.json results.csv report.html policy.txt by_f1/)
judged=(--score knn --measure balanced_accuracy)
"$simclr" study couplets "${common[@]}" "${judged[@]}" --out "$out/couplets"
"$simclr" study couplets "${common[@]}" "${judged[@]}" --seed "$seeds" --halving --out "$out/halving"
"${PYTHON:-.deps/oracles/bin/python}" studies/couplet_agreement.py "$out"/{couplets,halving}/results.json | tee "$out/agreement.txt"
for augment in s2 none; do
  "$simclr" study optimizers "${common[@]}" "${judged[@]}" --augment "$augment" --out "$out/optimizers-$augment"
done
[ -e "$out/lr/results.json" ] || "$simclr" study lr --data "$out/slum.csv:train" --band-names B02,B03,B04,B8A --bands B02,B03,B04 --image-size 32 --augment s2 \
  --encoder "$encoder" --optimizer sgd --out "$out/lr"
"$simclr" study grid "${common[@]}" "${judged[@]}" --over augment=none,s2,@"$out/couplets/policy.txt" --out "$out/augmentation"
"$simclr" study grid "${common[@]}" "${judged[@]}" --augment s2 --out "$out/temperature" \
  --over "loss=nt_xent(temperature=0.05),nt_xent(temperature=0.1),nt_xent(temperature=0.2),nt_xent(temperature=0.5)"
files=(--band-names B02,B03,B04,B8A)
slum=(--val-fraction 0.2 --test "$out/slum.csv:test" --resume)
for seed in $(seq 0 $((seeds - 1))); do
  teacher=$out/students/teacher-$seed
  "$simclr" pretrain --data "$out/slum.csv:train" "${files[@]}" --bands B02,B03,B04 --augment s2 --encoder "resnet18(width=0.5)" \
    --image-size 32 --steps $((2 * steps)) --seed "$seed" --out "$out/students/pretrained-$seed" --resume
  "$simclr" finetune "$out/students/pretrained-$seed" --train "$out/slum.csv:train" "${slum[@]}" --label-fraction 0.1 --seed "$seed" \
    --out "$teacher"
  for width in 0.25 0.125 0.0625; do
    student=$out/students/$width-$seed
    "$simclr" distill "$teacher" --student "resnet18(width=$width)" --data "$out/slum.csv:train" "${slum[@]}" --seed "$seed" --out "$student"
    "$simclr" finetune "$student" --from-scratch --train "$out/slum.csv:train" "${slum[@]}" --label-fraction 0.1 --seed "$seed" \
      --out "$out/students/scratch-$width-$seed"
  done
done
"$simclr" report "$out"/students/{teacher,0.25,0.125,0.0625,scratch-0.25,scratch-0.125,scratch-0.0625}-0 --out "$out/students/size.html"

#!/usr/bin/env bash
# Sets up all that is needed, then the main job on Fashion-MNIST: learn an encoder from 60,000 pictures
# without their labels, and tell how good it is. What is done already is skipped.
set -euo pipefail
cd "$(dirname "$0")"
scripts/setup.sh
scripts/build.sh release simclr

data=/usr/share/datasets/fashion-mnist
run=runs/demo
simclr=build/release/simclr

if [ -s $run/summary.json ] && [ -s $run/report.html ]; then
  echo "demo: $run is trained already (rm -r $run to train again)"
elif [ -e $run/settings.toml ]; then
  $simclr pretrain --out $run --resume
else
  $simclr pretrain --config configs/demo.toml --data "$data:train" --out $run
fi

if [ -s $run/evaluation.json ] && [ -s $run/evaluation.txt ]; then
  echo "demo: $run is evaluated already"
else
  $simclr evaluate $run --train "$data:train" --test "$data:test" --labels-per-class 10,100,all --json \
    --table $run/evaluation.txt >$run/evaluation.json.tmp
  mv $run/evaluation.json.tmp $run/evaluation.json
fi
cat $run/evaluation.txt
echo
echo "the table:  $run/evaluation.json"
echo "the report: $run/report.html"

#!/usr/bin/env bash
# The programs our speed is compared with, into a venv of their own (.deps/peers, 6 GB); never needed to build or run.
# PyTorch is of the version our LibTorch comes from: both sides run the same kernels.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=.deps/peers
[ -e $venv/.ready-1 ] && exit 0
echo "setup: installing the peers into $venv"
rm -rf $venv
/usr/bin/python3 -m venv $venv
$venv/bin/pip install -q --disable-pip-version-check torch==2.11.0 torchvision==0.26.0 lightly==1.6.0 kornia==0.9.0 \
  albumentations==2.0.8 faiss-cpu==1.15.1 scikit-learn==1.9.1
touch $venv/.ready-1

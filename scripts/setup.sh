#!/usr/bin/env bash
# Everything the build needs on Debian 12: packages, and into .deps/ LibTorch and the headers of UMAP. Safe to
# run again.
#   scripts/setup.sh            to build and run
#   scripts/setup.sh --tests    and what the tests compare with (Python packages in a venv of their own)
#   scripts/setup.sh --cuda     and the CUDA libraries that LibTorch loads on --device cuda (unverified)
set -euo pipefail
cd "$(dirname "$0")/.."

tests=no cuda=no
for arg in "$@"; do
  case $arg in
    --tests) tests=yes ;;
    --cuda) cuda=yes ;;
    *) echo "setup.sh: unknown argument '$arg'; known: --tests, --cuda" >&2; exit 2 ;;
  esac
done

packages=(g++ cmake ninja-build pkg-config git python3 python3-venv zlib1g-dev libssl-dev
  libturbojpeg0-dev libpng-dev libwebp-dev libtiff-dev libzip-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libsvm-dev liblinear-dev
  dataset-fashion-mnist)
[ $tests = yes ] && packages+=(libgtest-dev librapidcheck-dev)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup.sh: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
    sudo=sudo
  fi
  echo "setup: installing ${missing[*]}"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# A venv of our own: the system's Python stays as it is, and the program needs no Python at run time.
venv() {  # FOLDER STAMP PIP-ARGUMENTS...
  local folder=$1 stamp=$1/.ready-$2
  shift 2
  [ -e "$stamp" ] && return
  echo "setup: installing $* into $folder"
  rm -rf "$folder"
  /usr/bin/python3 -m venv "$folder"
  "$folder/bin/pip" install -q --disable-pip-version-check "$@"
  touch "$stamp"
}

torch=(--no-deps torch==2.11.0 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)
if [ -z "${LibTorch_ROOT:-}" ]; then
  if [ $cuda = yes ]; then
    venv .deps/python torch-2.11.0-cuda torch==2.11.0
  elif [ ! -e .deps/python/.ready-torch-2.11.0-cuda ]; then
    venv .deps/python torch-2.11.0 "${torch[@]}"
  fi
fi
[ -n "${Assorthead_ROOT:-}" ] || venv .deps/assorthead 0.2.2 --no-deps assorthead==0.2.2  # UMAP: headers alone
[ $tests = yes ] && venv .deps/oracles 2 numpy pillow scikit-learn onnx onnxruntime safetensors tensorboard \
  rasterio==1.4.4 bigearthnet-common==2.8.0
echo "setup: done"

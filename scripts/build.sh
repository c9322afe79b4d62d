#!/usr/bin/env bash
# Configures and builds a preset: scripts/build.sh [release|sanitize] [targets...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true
options=()
[ -n "${LibTorch_ROOT:-}" ] && options+=("-DLibTorch_ROOT=$LibTorch_ROOT")
[ -n "${Assorthead_ROOT:-}" ] && options+=("-DAssorthead_ROOT=$Assorthead_ROOT")
cmake --preset "$preset" "${options[@]}" >/dev/null
cmake --build --preset "$preset" ${1:+--target "$@"}

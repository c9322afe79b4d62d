#!/usr/bin/env bash
# Sets up all that is needed and runs every test. The last line is ctest's count.
#   ./test.sh              everything
#   ./test.sh -R image/    what ctest's options choose
set -euo pipefail
cd "$(dirname "$0")"
scripts/setup.sh --tests
scripts/build.sh release
exec ctest --preset release -j "$(nproc)" "$@"

#!/usr/bin/env bash
# Sets up all that is needed and runs every test. The last line is ctest's count.
#   ./test.sh              everything
#   ./test.sh --fast       the tests of each room in one process, without the slow ones: under a minute
#   ./test.sh -R image/    what ctest's options choose
set -euo pipefail
cd "$(dirname "$0")"
scripts/setup.sh --tests
scripts/build.sh release
tier=(-LE fast)
[ "${1:-}" = --fast ] && tier=(-L fast) && shift
exec ctest --preset release -j "$(nproc)" "${tier[@]}" "$@"

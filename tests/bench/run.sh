#!/usr/bin/env bash
# The benchmark in one command: installs what it needs, builds, runs everything side by side, prints a table and writes
# build/bench/chart.svg. Options are those of run.py (--help): about an hour without any.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
deploy/install.sh build test bench
exec python3 tests/bench/run.py "$@"

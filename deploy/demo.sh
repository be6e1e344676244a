#!/usr/bin/env bash
# Installs what is missing, builds, and runs the demo: the bridge on an in-process broker, every documented event of
# both senders, and what consumers see of them. Then it serves until Ctrl-C.
#
#   deploy/demo.sh [--once]      --once: ends after the table
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

deploy/install.sh build

echo 'Building hookferry (a first build takes some minutes; later ones a few seconds).'
mkdir -p build/logs
if ! cmake --preset release >build/logs/configure-release.log 2>&1; then
  tail -n 25 build/logs/configure-release.log >&2
  echo 'deploy/demo.sh: cmake --preset release failed (the whole output: build/logs/configure-release.log)' >&2
  exit 1
fi
cmake --build --preset release

exec build/release/hookferry demo "$@"

#!/usr/bin/env bash
# The program (build/dev, or HOOKFERRY_BIN) against a real Kafka under a seeded schedule of faults: tests/faults/run.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PYTHONPATH=tests exec python3 -m faults.main "$@"

#!/usr/bin/env bash
# Runs fuzzers, each for a while, on what is known (tests/fuzz/corpus) and what earlier runs found (build/fuzz/found).
#
#   tests/fuzz/run.sh [--minutes N | --seconds N] [TARGET]…      without a target: all, 10 seconds each
#   tests/fuzz/run.sh --list                                     the targets
#
# What ends one is left in build/fuzz/crashes: put it into tests/fuzz/corpus/TARGET under a name that says what it is,
# and tests/run.sh unit fails until it is fixed. Needs the build of the preset fuzz (tests/run.sh fuzz makes it).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() { sed -n '4,5s/^# \{0,1\}//p' "$0" >&2 && exit 2; }

seconds=10 targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --list) ls tests/fuzz/corpus && exit ;;
    --minutes) seconds=$((${2:?} * 60)) && shift ;;
    --seconds) seconds=${2:?} && shift ;;
    -*) usage ;;
    *) [ -d "tests/fuzz/corpus/$1" ] || usage && targets+=("$1") ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls tests/fuzz/corpus)

mkdir -p build/fuzz/crashes
for target in "${targets[@]}"; do
  mkdir -p "build/fuzz/found/$target"
  printf '\n%s, %d s\n' "$target" "$seconds"
  "build/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="build/fuzz/crashes/$target-" "build/fuzz/found/$target" "tests/fuzz/corpus/$target"
done

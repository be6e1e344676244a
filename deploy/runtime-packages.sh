#!/usr/bin/env bash
# Names the Debian packages with the shared libraries that a program was linked with, one a line: what a machine needs
# that runs it. To be run where the program was built, since it asks that machine's package database.
#
#   deploy/runtime-packages.sh PROGRAM
set -euo pipefail

if [ $# -ne 1 ] || [ ! -f "$1" ]; then
  echo 'usage: deploy/runtime-packages.sh PROGRAM' >&2
  exit 2
fi

libraries=$(objdump -p "$1" | awk '$1 == "NEEDED" { print $2 }')
if [ -z "$libraries" ]; then
  echo "deploy/runtime-packages.sh: $1 names no shared library; is it the program?" >&2
  exit 1
fi
for library in $libraries; do
  owner=$(dpkg-query --search "*/$library") || {
    echo "deploy/runtime-packages.sh: no installed package has $library, which $1 needs" >&2
    exit 1
  }
  printf '%s\n' "${owner%%:*}"
done | sort -u

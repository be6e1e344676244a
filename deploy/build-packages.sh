#!/usr/bin/env bash
# Names the Debian packages that a program was made from, one a line, `KIND NAME VERSION ARCHITECTURE`: `header` where a
# header of the package was compiled into it, `tool` for the compiler. To be run where the program was built, since it
# asks that machine's package database.
#
#   deploy/build-packages.sh BUILD-FOLDER
set -euo pipefail

if [ $# -ne 1 ] || [ ! -f "$1/build.ninja" ]; then
  echo 'usage: deploy/build-packages.sh BUILD-FOLDER' >&2
  exit 2
fi

# shellcheck disable=SC2016 # what is expanded is dpkg-query's
packages_of() { # KIND, and paths on standard input
  xargs --no-run-if-empty realpath | sort -u | xargs --no-run-if-empty dpkg-query --search |
    sed 's/: .*//' | tr -s ', ' '\n' | sort -u |
    xargs --no-run-if-empty dpkg-query --show --showformat "$1 "'${Package} ${Version} ${Architecture}\n'
}

headers=$(ninja -C "$1" -t deps | sed -n 's:^    \(/usr/.*\)$:\1:p' | sort -u)
if [ -z "$headers" ]; then
  echo "deploy/build-packages.sh: $1 does not know what its objects were compiled from; was it built?" >&2
  exit 1
fi
packages_of header <<<"$headers"
command -v c++ | packages_of tool

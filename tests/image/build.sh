#!/usr/bin/env bash
# Builds the image by the README's command, for which buildah does what Docker's daemon would, and leaves in build/image:
#
#   hookferry.tar   the image as `docker save` writes it, named localhost/hookferry:VERSION
#   base.tar        what it stands on: Debian slim, made from packages since no registry is asked; made once
#   cache           the compiler's, for the next time
#   again.tar       with --twice: the same, built again from nothing but base.tar
#
#   tests/image/build.sh [--twice]
#
# As root: buildah runs the build's commands in a chroot.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [ "$(id -u)" != 0 ]; then
  echo 'tests/image/build.sh: run it as root (it makes file systems and runs commands in them)' >&2
  exit 1
fi
if [ -z "${IN_OWN_MOUNTS:-}" ]; then # whatever buildah mounts goes with the namespace
  exec env IN_OWN_MOUNTS=1 unshare --mount "$0" "$@"
fi

out=$PWD/build/image
version=$(sed -n 's/^project(hookferry VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)
revised=$(git log -1 --format=%ct 2>/dev/null || echo 0)
name=localhost/hookferry:$version

mkdir -p "$out/cache"
store=$(mktemp -d "$out/store.XXXXXX") # gigabytes
mkdir "$store/cache"
trap 'rm -rf "$store"' EXIT

make_base() { # as the Debian project makes its slim images: the smallest system with apt, without documentation
  local path excludes=()
  for path in doc info lintian locale man; do excludes+=("--dpkgopt=path-exclude=/usr/share/$path/*"); done
  mmdebstrap --variant=minbase --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include=usr-is-merged \
    "${excludes[@]}" --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    bookworm "$store/base.tar" \
    'deb http://deb.debian.org/debian bookworm main' \
    'deb http://deb.debian.org/debian bookworm-updates main' \
    'deb http://deb.debian.org/debian-security bookworm-security main'
  mv "$store/base.tar" "$out/base.tar"
}

in_store() { # COMMAND ARGUMENT…: of buildah's; all that it keeps goes to the store, its cache mounts to the cache
  TMPDIR=${cache:-$out/cache} buildah --root "$store/root" --runroot "$store/run" --storage-driver "$driver" "$@"
}

choose_driver() { # overlay where the file system takes it; vfs copies everything at each step
  local driver
  for driver in overlay vfs; do
    if in_store info >"$store/info" 2>&1; then
      echo $driver
      return
    fi
  done
  cat "$store/info" >&2
  return 1
}

import_base() {
  local container
  container=$(in_store from scratch)
  in_store add --quiet "$container" "$out/base.tar" / >/dev/null
  in_store config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd bash "$container"
  in_store commit --quiet --rm "$container" localhost/debian:slim
}

[ -f "$out/base.tar" ] || make_base
driver=$(choose_driver)
echo "buildah stores with the $driver driver"
import_base
command=$(PYTHONPATH=tests python3 -m harness.readme 'docker build') # what users build with

build() { # OPTION…
  local options=("$@")
  docker() { # build ARGUMENT…
    # The format is Docker's: OCI's has no health check. The time stamps make two builds alike.
    in_store "$1" --isolation chroot --network host --format docker --tag "$name" --timestamp "$revised" \
      --build-arg BASE=localhost/debian:slim --build-arg SOURCE_DATE_EPOCH="$revised" "${options[@]}" "${@:2}"
  }
  eval "$command"
}

save() { # FILE
  in_store push --quiet "$name" "docker-archive:$store/$1:$name"
  mv "$store/$1" "$out/$1"
}

rm -f "$out/hookferry.tar" "$out/again.tar"
build
save hookferry.tar
if [ "${1:-}" = --twice ]; then # the compiler's cache would hide what differs from one compilation to the next
  cache=$store/cache build --no-cache
  save again.tar
fi

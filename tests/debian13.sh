#!/usr/bin/env bash
# Builds with Debian 13's compiler and libraries, without a warning, and runs the unit and component tests there:
# in a root file system of its own, made once and kept in build/debian13.
#
#   tests/debian13.sh RESULTS      RESULTS: the folder that takes the JUnit files
#
# As root, on any Debian: needs mmdebstrap and unshare.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=$(realpath "$1")
root=$PWD/build/debian13/$(sha256sum tests/debian13.sh deploy/install.sh | sha256sum | cut -c1-16)

# Runs in the root, without this machine's processes and mounts in sight.
inside() {
  unshare --mount --pid --fork --kill-child -- bash -euc '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    for device in null zero full random urandom tty; do
      touch "$root/dev/$device"
      mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir -p "$root/dev/shm"
    mount -t tmpfs tmpfs "$root/dev/shm"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
      CCACHE_DIR=/src/build/ccache "$@"' inside "$root" "$@"
}

copy_sources() { # what is tracked or new, as it stands in the work tree
  mkdir -p "$root/src"
  find "$root/src" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --preserve=mode,timestamps -t "$root/src"
}

if [ ! -e "$root/complete" ]; then
  rm -rf build/debian13
  mkdir -p "$root"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates trixie "$root"
  copy_sources
  inside /src/deploy/install.sh build unit
  touch "$root/complete"
fi

copy_sources
# -g0: nothing is debugged there, and it halves the build's time.
inside bash -euc "cd /src && g++ --version | head -n 1 && pkg-config --modversion cpp-httplib rdkafka &&
  cmake --preset dev -DCMAKE_CXX_FLAGS_RELWITHDEBINFO='-O1 -g0' && cmake --build --preset dev -j $(nproc)"
for tier in unit component; do
  status=0
  inside ctest --test-dir /src/build/dev -L "^$tier\$" -j "$(nproc)" --no-tests=error --output-on-failure \
    --output-junit "/src/build/debian13-$tier.xml" || status=$?
  cp "$root/src/build/debian13-$tier.xml" "$results/"
  [ $status = 0 ] || exit $status
done

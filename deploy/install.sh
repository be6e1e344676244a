#!/usr/bin/env bash
# Installs what is missing of Debian's packages, and says what that is. The one place with their names.
#
#   deploy/install.sh [build] [unit] [test] [image] [cluster] [full] [bench]     without a word: build
#
# build: compiler, build tools and libraries · unit: what the unit and component tests need beside them · test: what
# tests/run.sh ci needs beside build · image, cluster: what the tiers of those names need beside test · full: what the
# other tiers of tests/run.sh full need · bench: what the benchmark needs beside build and test.
# Debian 12 or 13; as root, or with sudo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Alternatives are in the order of preference: the first one that is installed, else the first one that there is.
build=(g++ cmake ninja-build pkg-config ccache libcpp-httplib-dev librdkafka-dev libssl-dev
  'libboost-json1.81-dev|libboost-json1.83-dev' prometheus-cpp-dev libyaml-cpp-dev libcli11-dev libspdlog-dev libsqlite3-dev)
unit=(libgtest-dev libgmock-dev)
test=("${unit[@]}" kcat openssl sqlite3 python3 python3-venv prometheus prometheus-alertmanager
  nghttp2-client strace systemd)
image=(buildah mmdebstrap runc iproute2)
cluster=(gcc libc6-dev runc containernetworking-plugins iptables iproute2 openssl util-linux)
full=(clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev mmdebstrap)

# Packages that would start a server, now and at each boot, as the unit of their name. Only their programs are wanted.
servers=(prometheus prometheus-alertmanager containerd)

fail() {
  printf 'deploy/install.sh: %s\n' "$*" >&2
  exit 1
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
offered() { [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }

java_is_new_enough() { # Kafka 4 needs 17
  local version
  command -v java >/dev/null || return 1
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 17 ]
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root for: $* (there is no sudo; run this script as root)"
  fi
}

apt_log=$(mktemp)
trap 'rm -f "$apt_log"' EXIT

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >"$apt_log" 2>&1 </dev/null; }

apt_failed() {
  tail -n 25 "$apt_log" >&2
  fail "$1"
}

update() {
  echo "deploy/install.sh: updating apt's package lists"
  apt_get update || apt_failed 'apt-get update failed'
}

missing_of() { # ENTRY…: those with none of their alternatives installed
  local entry name
  for entry in "$@"; do
    for name in ${entry//|/ }; do
      installed "$name" && continue 2
    done
    printf '%s\n' "$entry"
  done
}

choose() { # ENTRY: the first of its alternatives that apt offers, if any
  local name
  for name in ${1//|/ }; do
    if offered "$name"; then
      printf '%s\n' "$name"
      return
    fi
  done
}

choose_all() { # sets `packages`; false at the first entry that apt offers nothing for
  local entry
  packages=()
  for entry in "${missing[@]}"; do
    packages+=("$(choose "$entry")")
    [ -n "${packages[-1]}" ] || return 1
  done
}

mask_servers() { # PACKAGE…: before they are installed; the packages enable and start their units
  local name coming=()
  [ -d /run/systemd/system ] || return 0
  for name in "$@"; do
    case " ${servers[*]} " in *" $name "*) coming+=("$name.service") ;; esac
  done
  [ ${#coming[@]} -gt 0 ] || return 0
  echo "deploy/install.sh: masking ${coming[*]} (to run them: systemctl unmask)"
  as_root systemctl mask --quiet "${coming[@]}"
}

wanted=() unpack_nginx=no
for group in "${@:-build}"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    unit) wanted+=("${unit[@]}") ;;
    full) wanted+=("${full[@]}") ;;
    test)
      wanted+=("${test[@]}")
      java_is_new_enough || wanted+=('openjdk-17-jre-headless|default-jre-headless')
      command -v mvn >/dev/null || wanted+=(maven)
      command -v javac >/dev/null || wanted+=('openjdk-17-jdk-headless|default-jdk-headless')
      command -v npm >/dev/null || wanted+=(npm)
      ;;
    cluster)
      wanted+=("${cluster[@]}")
      command -v containerd >/dev/null || wanted+=(containerd) # Docker's own packages have one too
      ;;
    bench) [ -x /usr/sbin/nginx ] || [ -x build/nginx/usr/sbin/nginx ] || unpack_nginx=yes ;;
    image) wanted+=("${image[@]}") ;;
    *) fail "$group is none of: build unit test image cluster full bench" ;;
  esac
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  fail "this is not a Debian (no apt-get): install the equivalents of ${wanted[*]} by hand"
fi
mapfile -t missing < <(missing_of "${wanted[@]}")
if ! choose_all || { [ $unpack_nginx = yes ] && ! offered nginx; }; then
  update
  choose_all || fail "no package source of this machine offers one of: ${missing[*]} (Debian 12 and 13 have them)"
fi
if [ ${#packages[@]} -gt 0 ]; then
  echo "deploy/install.sh: installing ${packages[*]}"
  mask_servers "${packages[@]}"
  if ! apt_get install --no-install-recommends "${packages[@]}"; then
    update # old lists name packages that are gone
    apt_get install --no-install-recommends "${packages[@]}" || apt_failed 'apt-get install failed'
  fi
fi
if [ $unpack_nginx = yes ]; then # not installed: the package would start a web server on this machine
  echo 'deploy/install.sh: unpacking nginx into build/nginx'
  mkdir -p build/nginx
  (cd build/nginx && apt-get download -q nginx >/dev/null 2>&1 && dpkg -x nginx_*.deb .) ||
    fail 'nginx could not be downloaded (apt-get download nginx)'
fi

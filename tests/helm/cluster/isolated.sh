#!/usr/bin/env bash
# Runs COMMAND as if on a machine of its own: own processes, mounts and network, which end with it. What it leaves of
# Pods' cgroups goes too. As root; one at a time.
#
#   tests/helm/cluster/isolated.sh COMMAND…
set -euo pipefail

if [ "$(id -u)" != 0 ]; then
  echo "$0: run it as root (it makes namespaces, and what runs in it mounts file systems)" >&2
  exit 1
fi

# Where a node keeps things, whatever it is told: tmpfs is mounted over them inside.
folders=(/var/log/pods /var/log/containers /var/lib/cni /var/lib/kubelet)
made=()
for folder in "${folders[@]}"; do
  if [ ! -d "$folder" ]; then mkdir -p "$folder" && made+=("$folder"); fi
done

clean_up() {
  local folder
  for folder in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
    if [ -d "$folder" ]; then find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
  done
  if [ ${#made[@]} -gt 0 ]; then rmdir "${made[@]}" || true; fi
}
trap clean_up EXIT

export HOOKFERRY_ISOLATED="${folders[*]}"
unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private "$@"

# Posts an event that no sender has, which is quarantined, and looks for it in the metrics of the Pods.
# Of the image it needs awk bash cat getent sleep sort, and hookferry.
set -euo pipefail

# How many events that it does not know a source has had, all Pods together.
unknown_events() {
  getent ahosts "$PODS" | awk '$2 == "STREAM" {print $1}' | sort -u | while read -r address; do
    exec 3<>"/dev/tcp/$address/$ADMIN_PORT" || exit 1
    printf 'GET /metrics HTTP/1.0\r\nHost: %s\r\n\r\n' "$PODS" >&3
    cat <&3
    exec 3>&-
  done | awk -v source="source=\"$SOURCE\"" '
    /^hookferry_events_total\{/ && /event="unknown"/ && /outcome="(quarantined|spooled)"/ && index($1, source) {sum += $2}
    END {printf "%d\n", sum}'
}

echo "waiting for Pods that are ready: $PODS"
until getent ahosts "$PODS" >/dev/null; do sleep 1; done
before=$(unknown_events)

while true; do
  answer=$(hookferry send --config /etc/hookferry/hookferry.yaml --source "$SOURCE" --event hookferry.test --url "$URL") && break
  code=$?
  if [ $code != 3 ]; then exit $code; fi # 3: nobody answered, as before a node has the Service's rules
  sleep 1
done
echo "$answer"
if [[ $answer != *'"status":"quarantined"'* ]]; then
  echo "it was to be quarantined, as an event of a name that is unknown"
  exit 1
fi

echo "waiting for hookferry_events_total of $SOURCE to rise above $before"
until [ "$(unknown_events)" -gt "$before" ]; do sleep 1; done

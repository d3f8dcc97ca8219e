#!/bin/sh
# Reloads nginx without losing a request: reload.sh DIRECTORY [COMMAND…]. DIRECTORY is the output of render.sh. COMMAND
# is `nginx -s reload` by default. nginx before 1.27.4 closes idle connections when it reloads, and can lose a request
# that a client sends at that moment. So for five seconds before the reload, every HTTP/1.1 reply closes its connection.
set -eu
out=${1:?usage: reload.sh DIRECTORY [COMMAND…]}
shift
[ $# -gt 0 ] || set -- nginx -s reload

if ! grep -q "$out/farewell" "$out/limits.conf"; then exec "$@"; fi
trap 'rm -f "$out/farewell"' EXIT
: >"$out/farewell"
sleep "${EDGE_FAREWELL_S:-5}"
"$@"
# Keep the file `farewell` until every old worker process has received the reload signal.
sleep 1

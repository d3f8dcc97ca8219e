#!/bin/sh
# Reloads nginx without losing a request: reload.sh DIRECTORY [COMMAND…]. DIRECTORY is the output of render.sh. COMMAND
# is `nginx -s reload` by default. nginx before 1.27.4 closes idle connections at a reload. If a client sends a request
# on such a connection at that moment, the request is lost. So for five seconds before the reload, every HTTP/1.1 reply
# has `Connection: close`. Then a connection that is idle at the reload has had no request for five seconds. HTTP/2 does
# not need this step.
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

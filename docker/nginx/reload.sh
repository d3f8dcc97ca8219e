#!/bin/sh
# Reloads nginx without a lost request: reload.sh DIRECTORY [COMMAND…], where render.sh has written to DIRECTORY and
# COMMAND is `nginx -s reload` by default. nginx before 1.27.4 closes idle connections when it reloads, and a client
# that sends on one at that moment gets a reset. So for some seconds every reply over HTTP/1.1 says `Connection: close`.
# A connection that is still idle after that was idle for all of these seconds. HTTP/2 needs no such step.
set -eu
out=${1:?usage: reload.sh DIRECTORY [COMMAND…]}
shift
[ $# -gt 0 ] || set -- nginx -s reload

if ! grep -q "$out/farewell" "$out/limits.conf"; then exec "$@"; fi
trap 'rm -f "$out/farewell"' EXIT
: >"$out/farewell"
sleep "${EDGE_FAREWELL_S:-5}"
"$@"
# Keep the file until every old worker has received the reload.
sleep 1

#!/bin/sh
# Reloads nginx without a lost request: reload.sh DIRECTORY [COMMAND…], where render.sh has written to DIRECTORY and COMMAND is `nginx -s reload` by default.
# Before 1.27.4 nginx closes idle connections as it reloads, and a client that is sending on one at that moment finds it reset. So for some seconds every
# reply over HTTP/1.1 asks its client to open another connection next time; those that are idle then have been so for as long. HTTP/2 has a word for it.
set -eu
out=${1:?usage: reload.sh DIRECTORY [COMMAND…]}
shift
[ $# -gt 0 ] || set -- nginx -s reload

if ! grep -q "$out/farewell" "$out/limits.conf"; then exec "$@"; fi
trap 'rm -f "$out/farewell"' EXIT
: >"$out/farewell"
sleep "${EDGE_FAREWELL_S:-5}"
"$@"
# Until every old worker has heard of it.
sleep 1

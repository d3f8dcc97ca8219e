#!/bin/sh
# Writes nginx's configuration with the values of its variables: render.sh DIRECTORY [FILE.env…]
# The priority of values, highest first: the environment, the last file, the earlier files, docker/edge/defaults.env.
# BODY_BYTES_MAX, the setting of the services, has priority over EDGE_BODY_BYTES_MAX.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: render.sh DIRECTORY [FILE.env…]}
shift

# Sets the variables of a file that are still unset. The files are read in reverse order, so the last file has priority.
read_variables() {
  while IFS='=' read -r name value || [ -n "$name" ]; do
    case $name in EDGE_* | BODY_BYTES_MAX) eval "[ -n \"\${$name+set}\" ] || export $name=\"\$value\"" ;; esac
  done <"$1"
}
files=$here/../edge/defaults.env
for file; do files="$file $files"; done
for file in $files; do read_variables "$file"; done
EDGE_BODY_BYTES_MAX=${BODY_BYTES_MAX:-$EDGE_BODY_BYTES_MAX}

# Older versions of nginx (Debian 12 has 1.22) have a different directive for HTTP/2. They close idle connections at a
# reload, and resolve names only at a start or reload.
version=$(nginx -v 2>&1 | sed 's/.*nginx\/\([0-9]*\)\.\([0-9]*\)\.\([0-9]*\).*/\1 \2 \3/' | { read -r a b c; echo $((a * 1000000 + b * 1000 + c)); })
if [ "$version" -ge 1025001 ]; then HTTP2='http2 on;' LISTEN_HTTP2=; else HTTP2= LISTEN_HTTP2=' http2'; fi

case $EDGE_BIND in '['*) LISTEN_OPTIONS=' ipv6only=off' ;; *) LISTEN_OPTIONS= ;; esac
if [ "$EDGE_HTTPS_PUBLIC_PORT" = 443 ]; then PORT_SUFFIX=; else PORT_SUFFIX=:$EDGE_HTTPS_PUBLIC_PORT; fi
KEY=${EDGE_CERTIFICATE%.*}.key

RESOLVER= RESOLVE=
if [ "$EDGE_RESOLVER" != none ]; then
  [ "$version" -ge 1027003 ] || { echo 'EDGE_RESOLVER needs nginx 1.27.3 or newer. Set it to none, and reload nginx when the addresses of the gateways change.' >&2; exit 1; }
  RESOLVER="resolver $EDGE_RESOLVER valid=1s ipv6=off; resolver_timeout 2s;" RESOLVE=' resolve'
fi
SERVERS=
for address in "$EDGE_GATEWAY" "$EDGE_GATEWAY_2" "$EDGE_GATEWAY_3" "$EDGE_GATEWAY_4"; do
  [ "$address" = none ] || SERVERS="$SERVERS server $address max_fails=5 fail_timeout=2s$RESOLVE;"
done

TRUSTED=
for address in $EDGE_TRUSTED_PROXIES; do [ "$address" = none ] || TRUSTED="$TRUSTED set_real_ip_from $address;"; done
if [ "$EDGE_TRUSTED_PROXIES_SPEAK" = proxy-protocol ]; then
  TRUSTED="$TRUSTED real_ip_header proxy_protocol;" LISTEN_OPTIONS="$LISTEN_OPTIONS proxy_protocol"
else
  TRUSTED="$TRUSTED real_ip_header X-Forwarded-For;"
fi

OUT=$(mkdir -p "$out" && cd "$out" && pwd)
KEEP_IDLE='set $edge_farewell "";'
if [ "$version" -ge 1027004 ]; then
  KEEP_IDLE="$KEEP_IDLE keepalive_min_timeout ${EDGE_KEEP_ALIVE_S}s;"
else
  KEEP_IDLE="$KEEP_IDLE if (-f $OUT/farewell) { set \$edge_farewell close; }"
fi
PUBLIC="include $OUT/public.conf;"
if [ "$EDGE_ROLE" = static ]; then PUBLIC=; fi

# Adds a sed rule that replaces ${NAME} in the templates. The value may contain any character except a line break.
rules=
add_rule() {
  eval "value=\$$1"
  escaped=$(printf '%s' "$value" | sed 's/[\\&|]/\\&/g')
  rules="$rules
s|\${$1}|$escaped|g"
}
for name in $(sed -n 's/^\(EDGE_[A-Z0-9_]*\)=.*/\1/p' "$here/../edge/defaults.env") \
  OUT HTTP2 LISTEN_HTTP2 LISTEN_OPTIONS KEEP_IDLE PORT_SUFFIX KEY RESOLVER SERVERS TRUSTED PUBLIC; do
  add_rule "$name"
done
for template in "$here"/templates/*.conf "$here"/templates/balance/*.conf; do
  file=$OUT/${template#"$here"/templates/}
  mkdir -p "$(dirname "$file")"
  sed "$rules" "$template" >"$file"
done

#!/bin/sh
# Forwards connections to HAProxy (see 40-find-haproxy.envsh). HAProxy terminates TLS, and gets the client's address
# through the PROXY protocol.
set -eu
[ "${EDGE_HTTPS_PORT:-}" = 18443 ] || exit 0
rendered=/tmp/mainstay/nginx.conf
{
  echo 'include /etc/nginx/modules-enabled/*.conf;' # loads nginx's stream module if it is a dynamic module
  cat "$rendered"
  cat <<'PASS'

stream {
  resolver 127.0.0.11 valid=1s ipv6=off;
  proxy_protocol on;
  proxy_connect_timeout 2s;
  # This time is long, because HAProxy has its own time limits.
  proxy_timeout 1h;
  upstream haproxy_https { zone haproxy_https 64k; server haproxy:8443 resolve; }
  upstream haproxy_http { zone haproxy_http 64k; server haproxy:8080 resolve; }
  server { listen 8443; proxy_pass haproxy_https; }
  server { listen 8080; proxy_pass haproxy_http; }
}
PASS
} >"$rendered.new"
mv "$rendered.new" "$rendered"
echo 'HAProxy is the edge: nginx forwards connections to HAProxy and serves the static files'

#!/bin/sh
# For the image's /docker-entrypoint.d: makes a missing certificate, and the configuration with the environment's
# values.
set -eu
[ "${EDGE_ROLE:-edge}" = static ] || /etc/mainstay/edge/make-certificate.sh "${EDGE_CERTIFICATE:-/certs/tls.crt}"
/etc/mainstay/nginx/render.sh /tmp/mainstay /etc/mainstay/edge/container.env

#!/bin/sh
# The image's entry point runs this file from /docker-entrypoint.d. This file creates a missing certificate, and writes
# nginx's configuration with the values of the environment variables.
set -eu
[ "${EDGE_ROLE:-edge}" = static ] || /etc/mainstay/edge/make-certificate.sh "${EDGE_CERTIFICATE:-/certs/tls.crt}"
/etc/mainstay/nginx/render.sh /tmp/mainstay /etc/mainstay/edge/container.env

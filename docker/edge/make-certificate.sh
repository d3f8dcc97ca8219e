#!/bin/sh
# Creates a certificate for development if it is missing: make-certificate.sh /certs/tls.crt [NAME…]
# The private key is in the same folder, with .key as the extension: tls.key for tls.crt. If both files exist, the
# script keeps both, so a real certificate can have the same path.
set -eu
certificate=${1:?usage: make-certificate.sh CERTIFICATE [NAME…]}
shift
[ $# -gt 0 ] || set -- localhost
key=${certificate%.*}.key
if [ -s "$certificate" ] && [ -s "$key" ]; then exit 0; fi

names=
for name; do names="${names}DNS:$name,"; done
umask 027
mkdir -p "$(dirname "$certificate")"
# Both files first get temporary names, and the key is renamed before the certificate. So a process that waits for the
# certificate also finds the key.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=$1" \
  -addext "subjectAltName=${names}IP:127.0.0.1,IP:::1" -addext 'extendedKeyUsage=serverAuth' \
  -keyout "$key.new" -out "$certificate.new" 2>/dev/null
chmod 640 "$key.new"
chmod 644 "$certificate.new"
mv "$key.new" "$key"
mv "$certificate.new" "$certificate"
echo "made a certificate for development: $certificate ($*)"

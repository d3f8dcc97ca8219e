#!/usr/bin/env bash
# What the tests run beside Node.js: redis-server, nginx, haproxy, openssl, prometheus (with promtool) and prometheus-alertmanager (with amtool), and a Chromium
# unless there is Chrome, by apt where they are missing. Debian's programs have the names of their packages.
#   scripts/ci/install-programs.sh                  fails where one cannot be had
#   scripts/ci/install-programs.sh --if-possible    says so and goes on: the tests that need it are skipped, and say so too
set -euo pipefail
case $# in
  0) required=1 ;;
  1) [ "$1" = --if-possible ] || { echo "It takes --if-possible or nothing, and not \"$1\"." >&2; exit 1; }; required=0 ;;
  *) echo 'It takes --if-possible or nothing.' >&2; exit 1 ;;
esac

# Debian keeps servers where a user's PATH does not look.
PATH=$PATH:/usr/sbin:/usr/local/sbin
missing=()
for program in redis-server nginx haproxy openssl prometheus prometheus-alertmanager; do command -v "$program" >/dev/null || missing+=("$program"); done
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

give_up() {
  echo "${missing[*]} cannot be installed here: $1" >&2
  exit "$required"
}
command -v apt-get >/dev/null || give_up 'there is no apt.'
as_root=()
if [ "$(id -u)" != 0 ]; then
  sudo --non-interactive true 2>/dev/null || give_up 'that takes root, or sudo without a password.'
  as_root=(sudo)
fi

echo "Installing ${missing[*]}"
# Debian starts a server as soon as it is installed; here nothing is to listen on its usual port.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  "${as_root[@]}" sh -c 'printf "#!/bin/sh\nexit 101\n" >"$1" && chmod 755 "$1"' sh "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
# One source of packages that does not answer fails the update; the others may have all that is needed.
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive timeout 180 apt-get install -qq -y --no-install-recommends "${missing[@]}")
"${install[@]}" >/dev/null 2>&1 \
  || { "${as_root[@]}" timeout 120 apt-get update -qq >/dev/null 2>&1 || true; "${install[@]}" >/dev/null 2>&1; } \
  || give_up 'apt failed.'

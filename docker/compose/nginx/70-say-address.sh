#!/bin/sh
# The last line of `docker compose up`: where to go. nginx is the last container to start, and the line follows when it is healthy. A job that prints it
# would make `docker compose up --wait` fail, which takes a job that no service depends on for a container that stopped.
[ -n "${SAID_ADDRESS:-}" ] || exit 0
{
  until healthcheck.sh 8081 /healthz 2>/dev/null; do sleep 0.2; done
  echo "{\"service\":\"edge\",\"message\":\"Mainstay is ready: $SAID_ADDRESS\"}"
} &

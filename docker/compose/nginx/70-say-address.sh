#!/bin/sh
# Prints the platform's address when nginx, the last container to start, is healthy. A job cannot print it, because
# `docker compose up --wait` treats the end of a job as a failure.
[ -n "${SAID_ADDRESS:-}" ] || exit 0
{
  until healthcheck.sh 8081 /healthz 2>/dev/null; do sleep 0.2; done
  echo "{\"service\":\"edge\",\"message\":\"Mainstay is ready: $SAID_ADDRESS\"}"
} &

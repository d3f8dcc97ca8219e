#!/bin/sh
# Prints the platform's address when nginx is healthy. nginx is the last container to start, so this is the last line of
# `docker compose up`. A job cannot print the line. If no service depends on a job, `docker compose up --wait` treats
# the end of the job as a failure.
[ -n "${SAID_ADDRESS:-}" ] || exit 0
{
  until healthcheck.sh 8081 /healthz 2>/dev/null; do sleep 0.2; done
  echo "{\"service\":\"edge\",\"message\":\"Mainstay is ready: $SAID_ADDRESS\"}"
} &

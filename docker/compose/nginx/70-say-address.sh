#!/bin/sh
# Prints the address as the last line of `docker compose up`. nginx is the last container to start, and the line follows
# when nginx is healthy. A job cannot print the line: if no service depends on a job, `docker compose up --wait` treats
# its end as the failure of a container.
[ -n "${SAID_ADDRESS:-}" ] || exit 0
{
  until healthcheck.sh 8081 /healthz 2>/dev/null; do sleep 0.2; done
  echo "{\"service\":\"edge\",\"message\":\"Mainstay is ready: $SAID_ADDRESS\"}"
} &

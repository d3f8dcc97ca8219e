#!/usr/bin/env bash
# Replaces the containers of a running platform by new ones without losing a request:
#   docker/compose/roll.sh [SERVICE…]        accounts, activity and gateway unless some are named
# Build or pull the new images first. For each service as many new containers start beside the old ones; once all are healthy the old ones are
# stopped one by one, each finishing what it has begun. New ones that do not become healthy are removed, and the old ones serve on.
# Works on the project that COMPOSE_PROJECT_NAME, COMPOSE_FILE and the like name, by default on `mainstay`.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- accounts activity gateway
healthy_within_s=${MAINSTAY_ROLL_HEALTHY_WITHIN_S:-120}
# Longer than the gateway (5 s) and the edge (1 s) hold a name's addresses for true.
addresses_known_after_s=6

roll() {
  local service=$1 old all new id
  mapfile -t old < <(docker compose ps --quiet "$service")
  [ ${#old[@]} -gt 0 ] || { echo "$service: no container runs; start it by docker compose up" >&2; return 1; }
  docker compose up --detach --no-deps --no-build --no-recreate --quiet-pull --scale "$service=$((2 * ${#old[@]}))" "$service" >/dev/null 2>&1 || {
    docker compose up --detach --no-deps --no-build --no-recreate "$service"
    return 1
  }
  mapfile -t all < <(docker compose ps --all --quiet "$service")
  mapfile -t new < <(printf '%s\n' "${all[@]}" | grep --invert-match --fixed-strings --line-regexp --file=<(printf '%s\n' "${old[@]}"))
  echo "$service: ${#new[@]} new beside ${#old[@]} old"
  for id in "${new[@]}"; do
    wait_healthy "$id" && continue
    echo "$service: a new container does not become healthy; the old ones serve on. Its last lines:" >&2
    docker logs --tail 20 "$id" >&2
    docker rm --force "${new[@]}" >/dev/null
    return 1
  done
  sleep "$addresses_known_after_s"
  for id in "${old[@]}"; do
    docker stop "$id" >/dev/null # with the time that stop_grace_period gives it
    docker rm "$id" >/dev/null
  done
  echo "$service: replaced"
}

wait_healthy() {
  local until=$((SECONDS + healthy_within_s)) state
  while [ $SECONDS -lt $until ]; do
    state=$(docker inspect --format '{{.State.Status}} {{.State.Health.Status}}' "$1")
    case $state in 'running healthy') return 0 ;; *unhealthy | exited* | dead*) return 1 ;; esac
    sleep 0.5
  done
  return 1
}

for service; do
  # Expand only: the old containers work on the new schema.
  if [ "$service" = accounts ]; then docker compose run --rm --no-deps migrate; fi
  roll "$service"
done

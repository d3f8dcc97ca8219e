#!/bin/sh
# The entry point of the image. Process 1 ignores a stop signal without a handler, so this trap ends a container that gets
# the signal before nginx runs.
trap 'exit 143' TERM QUIT INT
. /docker-entrypoint.sh

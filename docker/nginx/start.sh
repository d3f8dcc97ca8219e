#!/bin/sh
# The entry point of the image. Without a handler, process 1 ignores a stop signal. So this trap ends a container that
# is stopped before nginx runs.
trap 'exit 143' TERM QUIT INT
. /docker-entrypoint.sh

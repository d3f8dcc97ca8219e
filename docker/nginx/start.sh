#!/bin/sh
# The entry point of the image. The kernel ignores a signal that process 1 does not handle. If a container gets a stop
# signal while it renders the configuration, this trap ends the container. Without the trap, the container would start nginx and
# run until it is killed.
trap 'exit 143' TERM QUIT INT
. /docker-entrypoint.sh

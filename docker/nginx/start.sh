#!/bin/sh
# The entry point of the image. The kernel ignores a signal that process 1 does not handle. Without this trap, a
# container that is told to stop while it renders its configuration would still start nginx, and run until it is killed.
trap 'exit 143' TERM QUIT INT
. /docker-entrypoint.sh

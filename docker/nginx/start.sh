#!/bin/sh
# The entry point of the image. The kernel ignores a signal that process 1 does not handle. Without this trap, a
# container that gets a stop signal while it renders the configuration would start nginx anyway, and run until it is
# killed.
trap 'exit 143' TERM QUIT INT
. /docker-entrypoint.sh

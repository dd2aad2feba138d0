#!/bin/sh
# AfterInstall: the files are in place; makes what the service needs beside them.
set -eu
. "$(dirname "$0")/host.sh"

[ -x "$home/app/service.mjs" ] || fail "$home/app/service.mjs is not there or not executable."
mkdir -p "$run" "$(dirname "$log_file")"
echo "hello-web $(cat "$home/app/version") is in place for port $(port)."

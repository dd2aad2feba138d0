#!/bin/sh
# ValidateService: asks over HTTP whether what answers is the process that was started, is the version of this bundle, and
# greets.
# With node, because curl may not be there.
set -eu
. "$(dirname "$0")/host.sh"

bundle=$(cd "$(dirname "$0")/.." && pwd)
node=$(find_node)
is_running || fail "hello-web does not run any more; its log is $log_file."
exec "$node" "$bundle/scripts/validate.mjs" "http://$(address):$(port)" "$(cat "$bundle/app/version")" "$(cat "$pid_file")"

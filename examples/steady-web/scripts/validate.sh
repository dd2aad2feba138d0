#!/bin/sh
# ValidateService: waits until the process that was started says it is ready, and serves this bundle's version.
set -eu
. "$(dirname "$0")/host.sh"

bundle=$(cd "$(dirname "$0")/.." && pwd)
is_running || fail "steady-web does not run any more; its log is $log_file."
exec "$(find_node)" "$bundle/scripts/validate.mjs" "http://$(setting address):$(setting port)" "$(cat "$bundle/app/version")" "$(cat "$pid_file")" "$(setting ready_seconds)"

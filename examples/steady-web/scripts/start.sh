#!/bin/sh
# ApplicationStart: starts the service as a daemon of its own, which keeps none of this script's files open.
set -eu
. "$(dirname "$0")/host.sh"

if is_running; then fail "steady-web runs already as process $(cat "$pid_file"); ApplicationStop should have ended it."; fi
mkdir -p "$run/counts" "$(dirname "$log_file")"
node=$(find_node)
STEADY_NAME=$(setting name)
STEADY_ADDRESS=$(setting address)
STEADY_PORT=$(setting port)
STEADY_WARM_MS=$(setting warm_ms)
STEADY_COUNTS=$run/counts
export STEADY_NAME STEADY_ADDRESS STEADY_PORT STEADY_WARM_MS STEADY_COUNTS
cd /
setsid nohup "$node" "$home/app/service.mjs" </dev/null >>"$log_file" 2>&1 &
echo $! >"$pid_file"
echo "steady-web $(cat "$home/app/version") starts as process $! on port $STEADY_PORT."

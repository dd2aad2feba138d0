#!/bin/sh
# ApplicationStart: starts the service as a daemon: a session of its own, no terminal, output to its own log. It must keep
# none of this script's files open, or the agent would wait for them.
set -eu
. "$(dirname "$0")/host.sh"

if is_running; then fail "hello-web runs already as process $(cat "$pid_file"); ApplicationStop should have ended it."; fi
node=$(find_node)
HELLO_PORT=$(port)
HELLO_ADDRESS=$(address)
export HELLO_PORT HELLO_ADDRESS

# setsid is not everywhere (macOS); nohup alone does nearly as well.
if command -v setsid >/dev/null; then detach="setsid nohup"; else detach=nohup; fi
cd /
$detach "$node" "$home/app/service.mjs" </dev/null >>"$log_file" 2>&1 &
echo $! >"$pid_file"
echo "hello-web starts as process $! on port $HELLO_PORT."

#!/bin/sh
# ApplicationStop: ends the service by its pid file and waits until it is gone, so that the next one finds the port free.
set -eu
. "$(dirname "$0")/host.sh"

if ! is_running; then
  echo "hello-web does not run."
  rm -f "$pid_file"
  exit 0
fi

pid=$(cat "$pid_file")
kill -TERM "$pid"
tries=0
while is_running; do
  tries=$((tries + 1))
  # After five seconds it had its chance to finish what it was doing.
  if [ "$tries" -eq 50 ]; then kill -KILL "$pid" 2>/dev/null || true; fi
  [ "$tries" -lt 100 ] || fail "hello-web (process $pid) does not end."
  sleep 0.1
done
rm -f "$pid_file"
echo "hello-web (process $pid) has ended."

#!/bin/sh
# ApplicationStop: ends the service and waits until it is gone, so that the next one finds the port free.
set -eu
. "$(dirname "$0")/host.sh"

if ! is_running; then
  echo "steady-web does not run."
  exit 0
fi
pid=$(cat "$pid_file")
signal=$(setting stop_signal)
kill -s "$signal" "$pid"
tries=0
while is_running; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || fail "steady-web (process $pid) does not end."
  sleep 0.05
done
rm -f "$pid_file"
echo "steady-web (process $pid) has ended by SIG$signal."

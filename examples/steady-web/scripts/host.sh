#!/bin/sh
# Sourced by the other scripts: where things are on this host. FAIRLEAD_ROOT is the agent's --root; empty on an ordinary host.

root=${FAIRLEAD_ROOT:-}
home=$root/opt/steady-web
settings=$root/etc/steady-web
run=$root/run/steady-web
pid_file=$run/pid
log_file=$root/var/log/steady-web.log

fail() {
  echo "$*" >&2
  exit 1
}

# setting NAME: of this host, or else of the bundle.
setting() {
  cat "$settings/steady-web.conf" "$settings/host.conf" 2>/dev/null | sed -n "s/^$1=//p" | tail -n 1
}

find_node() {
  node=$(setting node)
  if [ -n "$node" ]; then echo "$node"; else command -v node || fail "There is no node in PATH ($PATH). Install one, or name it in $settings/host.conf: node=/path/of/node"; fi
}

# Is the process of the pid file there, and is it ours (pids are given again after a restart of the host)?
is_running() {
  [ -r "$pid_file" ] || return 1
  pid=$(cat "$pid_file")
  [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$home/app/service.mjs"
}

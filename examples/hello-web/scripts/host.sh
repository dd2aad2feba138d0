# Sourced by the other scripts: where things are on this host, and which node runs them.
#
# FAIRLEAD_ROOT is the agent's --root; empty on an ordinary host. FAIRLEAD_HELLO_NODE, or a file etc/hello-web/node with a
# path in it, names a node that is not in PATH.

root=${FAIRLEAD_ROOT:-}
home=$root/opt/hello-web
settings=$root/etc/hello-web
run=$root/run/hello-web
pid_file=$run/pid
log_file=$root/var/log/hello-web.log

fail() {
  echo "$*" >&2
  exit 1
}

# setting NAME DEFAULT: a value of hello-web.conf.
setting() {
  value=$(sed -n "s/^$1=//p" "$settings/hello-web.conf" 2>/dev/null | tail -n 1)
  echo "${value:-$2}"
}

address() {
  setting address 127.0.0.1
}

port() {
  if [ -r "$settings/port" ]; then cat "$settings/port"; else setting port 8080; fi
}

find_node() {
  if [ -n "${FAIRLEAD_HELLO_NODE:-}" ]; then
    echo "$FAIRLEAD_HELLO_NODE"
  elif [ -r "$settings/node" ]; then
    cat "$settings/node"
  else
    command -v node || fail "There is no node in PATH ($PATH). Install one, or name it in $settings/node."
  fi
}

# Is the process of the pid file there, and is it ours (pids are given again after a restart of the host)?
is_running() {
  [ -r "$pid_file" ] || return 1
  pid=$(cat "$pid_file")
  kill -0 "$pid" 2>/dev/null || return 1
  # `ps` is not on every small host, /proc not on every Unix.
  if [ -r "/proc/$pid/cmdline" ]; then
    tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$home/app/service.mjs"
  else
    ps -o args= -p "$pid" 2>/dev/null | grep -qF "$home/app/service.mjs"
  fi
}

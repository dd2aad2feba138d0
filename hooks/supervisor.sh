#!/bin/sh
# Runs one hook script so that it outlives the agent, and leaves what became of it in files. Plain sh: no Node, nothing
# to upgrade under a running hook. The files and arguments are described in supervisor-files.ts.
#
#   supervisor.sh run STATE ATTEMPT CWD SCRIPT COMMAND [ARG...]
#   supervisor.sh end ATTEMPT SIGNAL        signals whatever carries the attempt's mark; prints how many there were
#
# Started by "run" itself, as leader of the script's own session:
#   supervisor.sh become STATE CWD SUPERVISOR SCRIPT COMMAND [ARG...]
set -u

# Start time of process $1 in clock ticks since boot, into $ticks. Counted after the last ")", as the name may hold any.
find_ticks() {
  ticks=
  read -r ticks < "/proc/$1/stat" || return
  set -- ${ticks##*) }
  shift 19
  ticks=$1
}

case $1 in
  run)
    state=$2 FAIRLEAD_ATTEMPT=$3 cwd=$4
    shift 4
    # Caught, not ignored: the script must not inherit deafness.
    trap : HUP INT TERM
    find_ticks $$
    # O_EXCL: whoever makes the claim decides whether this script may ever start.
    (set -C; printf 'supervisor %s %s\n' "$$" "$ticks" > "$state/claim") 2>/dev/null || exit 0
    # Not in our own environment as the kernel keeps it, so that "end" never finds us.
    export FAIRLEAD_ATTEMPT
    # setsid -w prints a notice when its child died by a signal, and then its code is the signal (plus 128 for a core
    # dump). No shell tells "kill -TERM" from "exit 143".
    setsid -f -w /bin/sh "$0" become "$state" "$cwd" "$$ $ticks" "$@" < /dev/null > /dev/null 2> "$state/notice"
    code=$?
    if [ -s "$state/notice" ]; then end="signal $((code & 127))"; else end="code $code"; fi
    printf '%s\n' "$end" > "$state/exit.new"
    sync "$state/exit.new" 2> /dev/null || sync
    mv -f "$state/exit.new" "$state/exit"
    sync "$state" 2> /dev/null || sync
    ;;
  become)
    state=$2 cwd=$3 supervisor=$4 script=$5
    shift 5
    exec < /dev/null >> "$state/stdout" 2>> "$state/stderr"
    find_ticks $$
    printf '%s %s %s\n' "$$" "$ticks" "$supervisor" > "$state/pid.new"
    mv -f "$state/pid.new" "$state/pid"
    if [ ! -x "$script" ] && ! chmod +x "$script"; then
      printf 'not executable\n' > "$state/refused"
      exit 126
    fi
    cd "$cwd" || exit 126
    exec "$@"
    ;;
  end)
    round=0 most=0
    while :; do
      # Each environment is one file of NUL-ended entries; the mark must be a whole entry.
      set -- "$1" "$2" "$3" $(grep -lszxF -e "FAIRLEAD_ATTEMPT=$2" /proc/[0-9]*/environ)
      [ $# -eq 3 ] && break
      [ $(($# - 3)) -gt $most ] && most=$(($# - 3))
      mark=$2 signal=$3
      shift 3
      for found; do
        pid=${found#/proc/}
        kill -s "$signal" "${pid%/environ}" 2> /dev/null
      done
      round=$((round + 1))
      # What forks while we look is found in the next round. Other signals are sent once.
      [ "$signal" = KILL ] && [ $round -lt 50 ] || break
      set -- end "$mark" "$signal"
    done
    printf '%s\n' "$most"
    ;;
  *)
    printf 'usage: supervisor.sh run|end ...\n' >&2
    exit 2
    ;;
esac

#!/bin/sh
# Runs one hook script so that it outlives the agent, and leaves what became of it in files. Plain sh: no Node, nothing
# to upgrade under a running hook. The files and arguments are described in supervisor-files.ts; each is written by one
# builtin, since every program started here is a millisecond of each hook.
#
#   supervisor.sh run STATE ATTEMPT CWD SCRIPT COMMAND [ARG...]
#   supervisor.sh unit STATE                the same in a unit of systemd; the rest, and the environment, is in STATE/start
#   supervisor.sh end ATTEMPT SIGNAL UNIT   signals whatever carries the attempt's mark or is in the unit's control group;
#                                           prints how many there were
#   supervisor.sh group UNIT                prints how many processes are in the unit's control group
#
# Started by "run" itself, as leader of the script's own session:
#   supervisor.sh become STATE CWD SUPERVISOR SCRIPT COMMAND [ARG...]
set -u

# Of process $1: the parent it has now, into $parent, and its start time in clock ticks since boot, into $ticks. Counted
# after the last ")", as the name may hold any.
look_at() {
  read -r parent < "/proc/$1/stat" || return
  set -- ${parent##*) }
  parent=$2
  shift 19
  ticks=$1
}

if [ "$1" = unit ]; then
  state=$2
  . "$state/start"
  : > "$state/start"
  set -- run "$state" "$@"
fi

case $1 in
  run)
    state=$2 FAIRLEAD_ATTEMPT=$3 cwd=$4 told=
    shift 4
    # Caught, not ignored: the script must not inherit deafness. SIGTERM comes from the host that goes down, or from
    # whoever ends the unit; never from the engine.
    trap : HUP INT
    trap 'told=" told"' TERM
    look_at $$
    starter=$parent
    # The room that the exit takes is had before anything starts: a disk that is full by then must not cost it.
    { printf '%-16s\n' none > "$state/exit"; } 2> /dev/null || exit 0
    # O_EXCL: whoever makes the claim decides whether this script may ever start.
    set -C
    { printf 'supervisor %s %s\n' "$$" "$ticks" > "$state/claim"; } 2> /dev/null || exit 0
    set +C
    # Not in our own environment as the kernel keeps it, so that "end" never finds us.
    export FAIRLEAD_ATTEMPT
    # setsid -w prints a notice when its child died by a signal, and then its code is the signal (plus 128 for a core
    # dump). No shell tells "kill -TERM" from "exit 143".
    setsid -f -w /bin/sh "$0" become "$state" "$cwd" "$$ $ticks" "$@" < /dev/null > /dev/null 2> "$state/notice"
    code=$?
    # What told us to end may have ended setsid itself, and the script still takes its time.
    while [ -n "$told" ] && read -r pid began rest < "$state/pid" && look_at "$pid" && [ "$ticks" = "$began" ]; do sleep 1; done 2> /dev/null
    if [ -s "$state/notice" ]; then end="signal $((code & 127))"; else end="code $code"; fi
    { printf '%-16s\n' "$end$told" 1<> "$state/exit"; } 2> /dev/null
    # The agent that started us journals what it reads there. Only when it is gone, or we are a unit's, does the file itself
    # have to outlast a power cut. Not where the folder went meanwhile: then a later agent has taken the exit.
    look_at $$
    if [ "$parent" != "$starter" ] || [ "$parent" = 1 ]; then
      sync "$state/exit" "$state" "$state/.." "$state/../.." 2> /dev/null || { [ ! -e "$state/exit" ] || sync; }
    fi
    # Anything else would make systemd end the daemons that the script left running.
    exit 0
    ;;
  become)
    state=$2 cwd=$3 supervisor=$4 script=$5
    shift 5
    exec < /dev/null >> "$state/stdout" 2>> "$state/stderr"
    look_at $$
    printf '%s %s %s\n' "$$" "$ticks" "$supervisor" > "$state/pid" || exit 126
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
      set -- "$1" "$2" "$3" "$4" $({
        grep -lszxF -e "FAIRLEAD_ATTEMPT=$2" /proc/[0-9]*/environ
        grep -lsF -e "/$4" /proc/[0-9]*/cgroup
      } | cut -d / -f 3 | sort -u)
      [ $# -eq 4 ] && break
      [ $(($# - 4)) -gt $most ] && most=$(($# - 4))
      mark=$2 signal=$3 unit=$4
      shift 4
      for found; do kill -s "$signal" "$found" 2> /dev/null; done
      round=$((round + 1))
      # What forks while we look is found in the next round. Other signals are sent once.
      [ "$signal" = KILL ] && [ $round -lt 50 ] || break
      set -- end "$mark" "$signal" "$unit"
    done
    printf '%s\n' "$most"
    ;;
  group)
    grep -lsF -e "/$2" /proc/[0-9]*/cgroup | wc -l
    ;;
  *)
    printf 'usage: supervisor.sh run|unit|end|group ...\n' >&2
    exit 2
    ;;
esac

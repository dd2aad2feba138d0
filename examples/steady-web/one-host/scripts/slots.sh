#!/bin/sh
# Sourced after host.sh: which slot is which.

active_file=$home/active

# slot that serves; none at the very first deployment.
active_slot() {
  cat "$active_file" 2>/dev/null || true
}

free_slot() {
  if [ "$(active_slot)" = blue ]; then echo green; else echo blue; fi
}

slots_systemctl() {
  named=$(setting systemctl)
  "${named:-systemctl}" "$@"
}

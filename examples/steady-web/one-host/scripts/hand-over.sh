#!/bin/sh
# ValidateService: when the new version is ready, the old one is told to leave, and is waited for until its last request has
# ended. Should this be cut short, both serve, and the next deployment ends the one that is not active.
set -eu
. "$(dirname "$0")/host.sh"
. "$(dirname "$0")/slots.sh"

bundle=$(cd "$(dirname "$0")/.." && pwd)
slot=$(free_slot)
old=$(active_slot)
"$(find_node)" "$bundle/scripts/await-ready.mjs" "$run/$slot.sock" "$(cat "$bundle/app/version")" "$(setting ready_seconds)"
echo "$slot" >"$active_file.new"
mv -T "$active_file.new" "$active_file"
slots_systemctl enable "steady-web@$slot.service"
if [ -n "$old" ]; then
  slots_systemctl disable "steady-web@$old.service"
  slots_systemctl stop "steady-web@$old.service"
  echo "Slot $old has finished its last request and ended."
fi
echo "Slot $slot serves."

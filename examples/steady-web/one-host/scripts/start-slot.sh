#!/bin/sh
# ApplicationStart: starts this release in the free slot, beside the one that serves.
set -eu
. "$(dirname "$0")/host.sh"
. "$(dirname "$0")/slots.sh"

slot=$(free_slot)
mkdir -p "$home/slots" "$run"
slots_systemctl daemon-reload
slots_systemctl enable --now steady-web.socket
# Something may run there still, from a deployment that was cut short.
slots_systemctl stop "steady-web@$slot.service"
ln -sfn "$(readlink -f "$home/current")" "$home/slots/$slot.new"
mv -T "$home/slots/$slot.new" "$home/slots/$slot"
slots_systemctl start "steady-web@$slot.service"
echo "steady-web $(cat "$home/slots/$slot/app/version") starts in slot $slot."

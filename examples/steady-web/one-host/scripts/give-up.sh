#!/bin/sh
# OnFailure: ends what was started in the free slot; the one that serves is not touched.
set -eu
. "$(dirname "$0")/host.sh"
. "$(dirname "$0")/slots.sh"

slots_systemctl stop "steady-web@$(free_slot).service"

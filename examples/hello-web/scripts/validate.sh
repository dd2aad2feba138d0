#!/bin/sh
# ValidateService: asks the running service over HTTP whether it is the version of this bundle and whether it greets.
# With node, because curl may not be there.
set -eu
. "$(dirname "$0")/host.sh"

bundle=$(cd "$(dirname "$0")/.." && pwd)
node=$(find_node)
exec "$node" "$bundle/scripts/validate.mjs" "http://$(address):$(port)" "$(cat "$bundle/app/version")"

#!/bin/sh
# BeforeInstall: what this revision needs of the host, asked before anything is put in place.
set -eu
. "$(dirname "$0")/host.sh"

node=$(find_node)
"$node" --version >/dev/null || fail "$node does not run."
echo "hello-web will run with $node $("$node" --version)."

#!/bin/sh
# HAProxy and nginx for `npm run test:cutover`: does nothing where they are, installs them where it may, says what to do and
# fails where it may not.
set -eu

PATH=$PATH:/usr/sbin:/usr/local/sbin
missing=
for program in haproxy nginx; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The cutover tests need$missing. On Debian and Ubuntu, as root: apt-get install$missing" >&2
  exit 1
fi
# A package that starts a service would take port 80; a policy that was there stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # Words on purpose.
apt-get install -y -q --no-install-recommends $missing || { apt-get update -q && apt-get install -y -q --no-install-recommends $missing; }

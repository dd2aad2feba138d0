// What a bundle that upgrades agents does on a host: plain sh, since it outlives the agent that started it and the one that
// it installs. Each hook has a unit of its own, so neither package scripts nor restarts of the agent's service end it.

/** Sourced by both. */
const hostScript = `# Sourced by the other scripts: what is in this bundle, and how the agent was installed here.
here=$(cd "$(dirname "$0")/.." && pwd)
version=$(cat "$here/VERSION")
program=/usr/lib/fairlead-agent
previous=/var/lib/fairlead-agent/previous
unit=/usr/lib/systemd/system/fairlead-agent.service

fail() { printf '%s\\n' "$*" >&2; exit 1; }

installed_by() {
  if dpkg-query --search "$program/fairlead-agent.mjs" > /dev/null 2>&1; then echo deb
  elif rpm --query --file "$program/fairlead-agent.mjs" > /dev/null 2>&1; then echo rpm
  else echo tar
  fi
}

# The package of this bundle that fits this host.
package() {
  case $(uname -m) in
    x86_64) deb=amd64 rpm=x86_64 ;;
    aarch64) deb=arm64 rpm=aarch64 ;;
    *) fail "There is no Fairlead for this machine ($(uname -m))." ;;
  esac
  kind=$(installed_by)
  case $kind in
    deb) set -- "$here"/packages/*_"$deb".deb ;;
    rpm) set -- "$here"/packages/*."$rpm".rpm ;;
    tar) set -- "$here"/packages/*-linux-"$deb".tar.gz ;;
  esac
  [ -e "$1" ] || fail "The agent of this host was installed as $kind for $deb, and this bundle holds no such package. Add it to: fairlead agent upgrade-bundle"
  echo "$1"
}

# Of hooks, and not of what they ask the agent.
unset FAIRLEAD_ROOT

status() { fairlead agent status 2> /dev/null || true; }
`;

const checkScript = `#!/bin/sh
# BeforeInstall: what can be refused is, before anything is touched.
set -eu
. "$(dirname "$0")/host.sh"

[ "$(id -u)" = 0 ] || fail "Agents are upgraded by root."
[ -e "$program/fairlead-agent.mjs" ] || fail "There is no agent in $program: it was not installed from a package, and has to be upgraded by hand."
file=$(package)
free=$(df --output=avail -k /usr | tail -n 1)
needed=$(( $(du -sk "$program" | cut -f 1) * 3 ))
[ "$free" -gt "$needed" ] || fail "An upgrade needs $needed KiB on the file system of /usr, which has $free left."
echo "This host is to have the agent $version, from $(basename "$file")."
`;

const upgradeScript = `#!/bin/sh
# ApplicationStart: installs the new agent and sees that it is well: running, of the right version, and connected. Where it
# is not in time, the one before comes back, and this fails.
set -eu
. "$(dirname "$0")/host.sh"
patience=\${UPGRADE_PATIENCE_SECONDS:-90}

# Never during another hook: it would go on, but might ask the agent something.
others() { status | sed -n 's/^running  *//p' | grep -Eo 'd-[A-Z0-9]{9}' | grep -vxF "$DEPLOYMENT_ID" || true; }
waited=0
while [ -n "$(others)" ]; do
  [ "$waited" -lt 600 ] || fail "Hooks of other deployments have run for ten minutes: $(others | tr '\\n' ' ')"
  [ "$waited" -gt 0 ] || echo "Waiting for the hooks of $(others | tr '\\n' ' ')"
  sleep 2
  waited=$((waited + 2))
done

is_well() { now=$(status); case $now in *"(version $1,"*) case $now in *"connected to"*"since"*) ! printf '%s' "$now" | grep -q 'not connected to' ;; *) false ;; esac ;; *) false ;; esac; }
until_well() {
  waited=0
  while ! is_well "$1"; do
    [ "$waited" -lt "$patience" ] || return 1
    sleep 1
    waited=$((waited + 1))
  done
}

before=$(status | sed -n 's/^agent .*(version \\([^,]*\\),.*/\\1/p')
[ -n "$before" ] || before=$(fairlead --version)
if [ "$before" = "$version" ] && is_well "$version"; then
  echo "The agent is of version $version already."
  exit 0
fi

# Kept before anything is changed, whole before it has its name.
rm -rf "$previous.new"
mkdir -p "$previous.new"
cp -a "$program" "$previous.new/program"
[ ! -e "$unit" ] || cp -a "$unit" "$previous.new/unit"
rm -rf "$previous"
mv "$previous.new" "$previous"

install_package() {
  file=$(package)
  case $(installed_by) in
    deb) DEBIAN_FRONTEND=noninteractive dpkg --force-confold --install "$file" ;;
    rpm) rpm --upgrade --oldpackage --replacepkgs "$file" && systemctl restart fairlead-agent ;;
    tar) work=$(mktemp -d) && tar -xzf "$file" -C "$work" && "$work"/*/install.sh && rm -rf "$work" ;;
  esac
}

put_back() {
  echo "The agent $version $1. $before is put back." >&2
  fairlead agent status >&2 || true
  systemctl stop fairlead-agent || true
  rm -rf "$program"
  cp -a "$previous/program" "$program"
  [ ! -e "$previous/unit" ] || cp -a "$previous/unit" "$unit"
  systemctl daemon-reload
  systemctl reset-failed fairlead-agent 2> /dev/null || true
  systemctl start fairlead-agent
  if until_well "$before"; then fail "The agent $version $1; $before is back and connected."; fi
  fail "The agent $version $1; $before was put back, and is not connected either. See: journalctl -u fairlead-agent"
}

install_package || put_back "could not be installed"
until_well "$version" || put_back "was not well within $patience s"
echo "The agent is of version $version, and connected. $before is kept in $previous."
`;

const appSpec = `# Upgrades the agent of each host as a deployment: any group, config and rollback, as for any other application.
version: 0.0
os: linux
hooks:
  BeforeInstall:
    - location: scripts/check.sh
      timeout: 60
  ApplicationStart:
    - location: scripts/upgrade.sh
      timeout: 1800
`;

/** Path in the bundle, mode and text. */
export const upgradeFiles: readonly { readonly path: string; readonly mode: number; readonly text: string }[] = [
  { path: 'appspec.yml', mode: 0o644, text: appSpec },
  { path: 'scripts/host.sh', mode: 0o644, text: hostScript },
  { path: 'scripts/check.sh', mode: 0o755, text: checkScript },
  { path: 'scripts/upgrade.sh', mode: 0o755, text: upgradeScript },
];

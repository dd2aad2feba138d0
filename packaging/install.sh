#!/bin/sh
# Installs this Fairlead package on a host that has neither dpkg nor rpm, or upgrades it: run as root from the folder that
# the archive makes. Configuration that is there already is kept, and the new one laid beside it as FILE.new.
#
#   ./install.sh               install or upgrade
#   ./install.sh --uninstall   remove the programs; configuration and data stay
#   ./install.sh --purge       remove everything
#   DESTDIR=/image ./install.sh    into an image: nothing is started, no user is made
set -eu

# @SETTINGS@

here=$(cd "$(dirname "$0")" && pwd)
destination=${DESTDIR:-}

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

has_systemd() { [ -z "$destination" ] && [ -d /run/systemd/system ]; }
has_service() { [ -e "$here/root/usr/lib/systemd/system/$NAME.service" ]; }
files() { (cd "$here/root" && find . -type f | cut -c 2-); }
is_config() { case " $CONFIGS " in *" $1 "*) return 0 ;; esac; return 1; }

stop() {
  # Before the files change: the old program never runs with a part of the new one. Hooks and what they started go on.
  if has_systemd && has_service; then systemctl stop "$NAME.service" 2> /dev/null || true; fi
}

remove() {
  stop
  if has_systemd && has_service; then systemctl --no-reload disable "$NAME.service" 2> /dev/null || true; fi
  files | while read -r path; do is_config "$path" || rm -f "$destination$path"; done
  if [ "$(readlink "$destination/usr/bin/fairlead" 2> /dev/null)" = "/usr/lib/$NAME/bin/fairlead" ]; then rm -f "$destination/usr/bin/fairlead"; fi
  rm -rf "$destination/usr/lib/$NAME" "$destination/usr/share/doc/$NAME"
  if has_systemd; then systemctl daemon-reload; fi
}

purge() {
  remove
  rm -rf "$destination/var/lib/$NAME" "$destination/var/log/$NAME"
  for path in $CONFIGS; do rm -f "$destination$path" "$destination$path.new" "$destination${path%.yml}.env"; done
  if [ -d "$destination/etc/fairlead" ]; then rmdir "$destination/etc/fairlead" 2> /dev/null || true; fi
  if [ -z "$destination" ] && [ "$NAME" = fairlead-server ]; then userdel fairlead-server 2> /dev/null || true; fi
  say "$NAME is gone."
}

install_all() {
  was_there=no
  if has_service && [ -e "$destination/usr/lib/systemd/system/$NAME.service" ]; then was_there=yes; fi
  stop
  files | while read -r path; do
    target=$destination$path
    mkdir -p "$(dirname "$target")"
    if is_config "$path" && [ -e "$target" ]; then
      cmp -s "$here/root$path" "$target" || cp -p "$here/root$path" "$target.new"
      continue
    fi
    # Under another name first: a program that runs keeps the file it has.
    cp -p "$here/root$path" "$target.installing"
    [ "$(id -u)" != 0 ] || chown 0:0 "$target.installing"
    mv -f "$target.installing" "$target"
  done
  mkdir -p "$destination/usr/bin"
  ln -sfn "/usr/lib/$NAME/bin/fairlead" "$destination/usr/bin/fairlead"
  if [ -n "$destination" ]; then say "$NAME is in $destination."; return; fi
  . "$here/setup.sh"
  if has_service && has_systemd; then
    systemctl daemon-reload
    if [ "$was_there" = no ]; then systemctl enable "$NAME.service" 2> /dev/null; fi
    if systemctl is-enabled --quiet "$NAME.service"; then systemctl start "$NAME.service"; fi
  fi
  say "$NAME is installed."
}

[ -n "$destination" ] || [ "$(id -u)" = 0 ] || fail 'install.sh puts files into /usr and /etc: run it as root, or set DESTDIR.'
case ${1:-} in
  '') install_all ;;
  --uninstall) remove; say "$NAME is removed; its configuration and data stay." ;;
  --purge) purge ;;
  *) fail "There is no option $1: nothing, --uninstall or --purge." ;;
esac

#!/bin/sh
# What `npm run test:fleet` boots hosts with: does nothing where it is, installs it where it may, says what to do and fails
# where it may not.
set -eu

PATH=$PATH:/usr/sbin:/sbin
packages=
need() { command -v "$1" >/dev/null || packages="$packages $2"; }
need systemd-nspawn systemd-container
need debootstrap debootstrap
need nsenter util-linux
need ip iproute2
need mkfs.ext4 e2fsprogs
need dpkg-deb dpkg
need perl perl
[ -n "$packages" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The fleet tests need$packages, and root. On Debian and Ubuntu, as root: apt-get install$packages" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # Words on purpose.
apt-get install -y -q --no-install-recommends $packages || { apt-get update -q && apt-get install -y -q --no-install-recommends $packages; }

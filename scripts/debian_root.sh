#!/usr/bin/env bash
# debian_root.sh ARCH SUITE DIRECTORY PACKAGE...: unpack packages of Debian's SUITE for ARCH,
# and what they depend on, into DIRECTORY.  The system's own packages are left alone.
set -euo pipefail
arch=$1 suite=$2 directory=$3
shift 3

case $arch in
  aarch64) debian=arm64 ;;
  x86_64) debian=amd64 ;;
  *) echo "debian_root.sh: ARCH is '$arch'; aarch64 and x86_64 are known" >&2; exit 1 ;;
esac
wanted="$suite $*"
[ "$(cat "$directory/.unpacked" 2>/dev/null)" != "$wanted" ] || exit 0

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state"/lists/partial "$state"/archives/partial
touch "$state/status"
# From where this system's own packages come.
site=$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' | grep -v security | head -n 1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main" \
  >"$state/sources.list"
apt() {
  apt-get -qq -o APT::Architecture=$debian -o APT::Architectures=$debian -o APT::Sandbox::User=root \
    -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state" \
    -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=- "$@" >"$state/log" 2>&1 ||
    { cat "$state/log" >&2; exit 1; }
}
apt update
apt install -y --no-install-recommends --download-only "$@"
rm -rf "$directory"
mkdir -p "$directory"
for package in "$state"/archives/*.deb; do dpkg-deb -x "$package" "$directory"; done
# Absolute links would lead out of the directory.
find "$directory" -type l -lname '/*' | while read -r link; do
  ln -sfnr "$directory$(readlink "$link")" "$link"
done
echo "$wanted" >"$directory/.unpacked"

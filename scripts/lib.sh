#!/usr/bin/env bash
# lib.sh [ARCH]: build the library that ships, stripped, with the links a linker and a
# loader look for: into build/lib, or build/lib-ARCH for another processor than this one's.
# FORM=embedded (the default) has no Swift runtime inside; FORM=ordinary has all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/aloud.sh
host=$(uname -m)
arch=${1:-$host}
form=${FORM:-embedded}
version=$(scripts/version.sh)
major=${version%%.*}
directory=build/lib
[ "$arch" = "$host" ] || directory=build/lib-$arch

mkdir -p "$directory"
file=$directory/libhelp.so.$version
echo "make lib: building the library; the first time this takes two to four minutes"
case $form in
  embedded)
    aloud "make lib" make -s -j"$(nproc)" -f scripts/embedded.mk ARCH="$arch"
    cp "build/embedded-$arch/stripped.so" "$file.new" ;;
  ordinary)
    [ "$arch" = "$host" ] || { echo "lib.sh: FORM=ordinary is built for $host only, not for $arch" >&2; exit 1; }
    HELP_DIST=1 aloud "make lib" swift build -c release --product help --scratch-path .build-dist
    strip --strip-unneeded -o "$file.new" .build-dist/release/libhelp.so ;;
  *) echo "lib.sh: FORM is '$form'; it is embedded or ordinary" >&2; exit 1 ;;
esac
chmod 755 "$file.new"
mv "$file.new" "$file" # a rename: a process that has the old one mapped keeps it
ln -sf "libhelp.so.$version" "$directory/libhelp.so.$major"
ln -sf "libhelp.so.$major" "$directory/libhelp.so"

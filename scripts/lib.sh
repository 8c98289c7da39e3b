#!/usr/bin/env bash
# Build the library that ships into build/lib: Swift runtime and json-c inside,
# stripped, with the links a linker and a loader look for.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/aloud.sh
version=$(scripts/version.sh)
major=${version%%.*}

echo "make lib: building the library; the first time this takes two to four minutes"
HELP_DIST=1 aloud "make lib" swift build -c release --product help --scratch-path .build-dist

mkdir -p build/lib
file=build/lib/libhelp.so.$version
strip --strip-unneeded -o "$file.new" .build-dist/release/libhelp.so
chmod 755 "$file.new"
mv "$file.new" "$file" # a rename: a process that has the old one mapped keeps it
ln -sf "libhelp.so.$version" "build/lib/libhelp.so.$major"
ln -sf "libhelp.so.$major" build/lib/libhelp.so

#!/usr/bin/env bash
# install.sh PREFIX [DESTDIR]: install the built library, its headers, models, and
# what pkg-config and CMake need to find them.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=$1
root=${2:-}$prefix
version=$(scripts/version.sh)
major=${version%%.*}

case $prefix in
  /*) ;;
  *) echo "make install: PREFIX must be an absolute path, not '$prefix'" >&2; exit 1 ;;
esac

fill() { # template, target
  mkdir -p "$(dirname "$2")"
  sed -e "s|@PREFIX@|$prefix|g" -e "s|@VERSION@|$version|g" -e "s|@MAJOR@|$major|g" "$1" >"$2"
  chmod 644 "$2"
}

install -D -m 755 "build/lib/libhelp.so.$version" "$root/lib/libhelp.so.$version"
ln -sf "libhelp.so.$version" "$root/lib/libhelp.so.$major"
ln -sf "libhelp.so.$major" "$root/lib/libhelp.so"
for file in help.h help.hpp help_ffi.h; do
  install -D -m 644 include/$file "$root/include/$file"
done
install -D -m 644 include/help.json "$root/share/libhelp/help.json"
fill pkgconfig/libhelp.pc.in "$root/lib/pkgconfig/libhelp.pc"
fill cmake/libhelpConfig.cmake.in "$root/lib/cmake/libhelp/libhelpConfig.cmake"
fill cmake/libhelpConfigVersion.cmake.in "$root/lib/cmake/libhelp/libhelpConfigVersion.cmake"
for kind in models accuracy; do
  for file in data/$kind/*.safetensors; do
    [ -e "$file" ] || continue
    install -D -m 644 "$file" "$root/share/libhelp/$kind/$(basename "$file")"
  done
done
echo "libhelp $version installed in $root"

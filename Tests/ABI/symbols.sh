#!/usr/bin/env bash
# The shared object from outside: exported names, soname, what it needs, and that
# misuse.c has a case for every function.   symbols.sh LIBRARY
set -euo pipefail
cd "$(dirname "$0")/../.."
library=$1
failed=0
complain() { # title, text (none: nothing to complain of)
  [ -z "$2" ] && return
  printf '%s:\n%s\n' "$1" "$2"
  failed=1
}

# Function names of the header, comments aside.
declared=$(sed -e 's|/\*.*\*/||' -e '/\/\*/,/\*\//d' include/help.h | tr '\n' ' ' | tr ';' '\n' |
  sed -nE 's/.*HELP_API .*[ *](help_[a-z0-9_]+)\(.*/\1/p' | sort)
listed=$(sed -nE 's/^ +(help_[a-z0-9_]+);$/\1/p' include/libhelp.map | sort)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sort)
unversioned=$(grep -vE '@@HELP_1\.[0-9]+$' <<<"$exported" || true)
exported=$(sed -E 's/@@HELP_1\.[0-9]+$//' <<<"$exported")

complain "help.h declares, or libhelp.map lists, but not both" "$(comm -3 <(echo "$declared") <(echo "$listed"))"
complain "help.h declares, or the library exports, but not both" "$(comm -3 <(echo "$declared") <(echo "$exported"))"
# The version needs no wrapper, and a preset sets every default.
complain "not in help.hpp" "$(for name in $declared; do grep -q "$name\b" include/help.hpp || echo "$name"; done |
  grep -vxE 'help_(version|abi_version|search_options_init)')"
complain "exported without a version HELP_1.x" "$unversioned"
complain "no case in Tests/ABI/misuse.c" "$(for name in $declared; do grep -q "$name\b" Tests/ABI/misuse.c || echo "$name"; done)"

dynamic=$(readelf -dW "$library")
needed=$(sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' <<<"$dynamic")
complain "needs more than the system's libraries" \
  "$(grep -vE '^(libc|libm|libpthread|ld-linux[-a-z0-9_]*)\.so\.[0-9]+$' <<<"$needed" || true)"
grep -q 'SONAME.*\[libhelp\.so\.1\]' <<<"$dynamic" || complain "soname" "is not libhelp.so.1"
grep -q 'NODELETE' <<<"$dynamic" || complain "flags" "no NODELETE: threads may still hold its last error"
grep -q 'TEXTREL' <<<"$dynamic" && complain "flags" "TEXTREL"
complain "an executable stack" "$(readelf -lW "$library" | grep -E 'GNU_STACK.* RWE ' || true)"

# Every object has weak copies of what it uses of Swift's runtime; the ones compiled for AVX2
# must not be those that the linker kept for everyone.
complain "kept from the AVX2 kernels, besides these" "$(awk '
  /:\(/ { avx2 = /HelpKernelsAVX2[.]o:\([.]text/; next }
  $NF ~ /^[.]/ { avx2 = 0 }
  avx2 && $NF !~ /HelpKernelsAVX2/ { print $NF }' "build/embedded-$(uname -m)/libhelp.map")"

# Wheels for manylinux_2_28; symbols that newer systems renamed: Sources/CHelpEmbedded/old_glibc.c.
complain "needs a glibc after 2.28" "$(readelf -VW "$library" | grep -oE 'GLIBC_2\.[0-9]+' | sort -u |
  awk -F . '$2 > 28')"
complain "has parts of a Swift runtime that reads the environment" "$(grep -aoE 'SWIFT_[A-Z_]{4,}' "$library" | sort -u)"

complain "prints values that Embedded Swift has no text for (Tests/ABI/unprintable.sh names the functions)" \
  "$(grep -ao 'cannot print value in embedded Swift' "$library" | sort -u)"

echo "$(wc -w <<<"$declared") functions"
exit $failed

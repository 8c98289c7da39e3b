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
complain "exported without a version HELP_1.x" "$unversioned"
complain "no case in Tests/ABI/misuse.c" "$(for name in $declared; do grep -q "$name\b" Tests/ABI/misuse.c || echo "$name"; done)"

dynamic=$(readelf -dW "$library")
needed=$(sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' <<<"$dynamic")
complain "needs more than the system's libraries" \
  "$(grep -vE '^(libc|libm|libstdc\+\+|libgcc_s|ld-linux[-a-z0-9_]*|libpthread|libdl)\.so\.[0-9]+$' <<<"$needed" || true)"
grep -q 'SONAME.*\[libhelp\.so\.1\]' <<<"$dynamic" || complain "soname" "is not libhelp.so.1"
grep -q 'NODELETE' <<<"$dynamic" || complain "flags" "no NODELETE: a Swift runtime cannot be unloaded"
grep -q 'TEXTREL' <<<"$dynamic" && complain "flags" "TEXTREL"
complain "an executable stack" "$(readelf -lW "$library" | grep -E 'GNU_STACK.* RWE ' || true)"

# A weak function of the AVX2 kernels that is not theirs alone could be the one the
# linker keeps for everyone, also on a processor without AVX2.
complain "the AVX2 kernels define weak functions" "$(find .build-dist -path '*HelpKernelsAVX2.build*' \
  -name '*.o' -exec nm {} + 2>/dev/null | grep -E ' W ' | grep -v HelpKernelsAVX2 || true)"

echo "$(wc -w <<<"$declared") functions"
exit $failed

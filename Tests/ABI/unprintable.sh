#!/usr/bin/env bash
# unprintable.sh LIBRARY: the functions of an unstripped x86-64 library that print a value for
# which Embedded Swift has no text, such as a list (docs/internals/embedded.md).
set -euo pipefail
# A Swift string's address is stored 32 bytes before it.
bias=32
places=$(grep -abo 'cannot print value in embedded Swift' "$1" | cut -d : -f 1) || exit 0
for place in $places; do
  address=$(printf '%x' $((place - 1 - bias)))
  objdump -d --no-show-raw-insn "$1" |
    awk -v wanted="# $address " '/^[0-9a-f]+ <.*>:$/ { name = $2 } index($0, wanted) { print name }'
done | tr -d '<>:' | sort -u | swift demangle

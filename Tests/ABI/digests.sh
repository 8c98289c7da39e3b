#!/usr/bin/env bash
# Print digests of what build/lib computes, a line each (digests.c): a change that keeps
# every bit keeps every line.   digests.sh >before.txt; ...; digests.sh | diff before.txt -
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/abi
gcc -std=gnu11 -O1 -ffp-contract=off -Wall -Wextra -pedantic -Werror -Iinclude \
  Tests/ABI/digests.c -o build/abi/digests -Lbuild/lib "-Wl,-rpath,$PWD/build/lib" -lhelp
build/abi/digests data

#!/usr/bin/env bash
# Time two builds of the library in one run, function by function: the two forms, or before and
# after a change.   libraries.sh FIRST.so SECOND.so [SECONDS of each function]
set -euo pipefail
first=$(realpath "$1") second=$(realpath "$2") seconds=${3:-1}
cd "$(dirname "$0")/.."
mkdir -p build/benchmarks
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -Iinclude benchmarks/libraries.c -o build/benchmarks/libraries -ldl -lm
build/benchmarks/libraries "$first" "$second" "$seconds" \
  data/models/{nasbench201,fbnet,ofa-mbv3}.safetensors

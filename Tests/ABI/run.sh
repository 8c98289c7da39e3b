#!/usr/bin/env bash
# Compile the C tests against build/lib and run them, a line each.   run.sh [MODEL]
set -euo pipefail
cd "$(dirname "$0")/../.."
model=${1:-data/models/nasbench201-paper.safetensors}
library=$PWD/build/lib/libhelp.so.1
out=build/abi
strict=(-Wall -Wextra -pedantic -Werror -Iinclude)
link=(-Lbuild/lib "-Wl,-rpath,$PWD/build/lib" -lhelp -lpthread -lm)
passed=0 failed=0 skipped=0

for file in "$library" "$model"; do
  [ -e "$file" ] || { echo "Tests/ABI/run.sh: $file is missing"; exit 1; }
done
mkdir -p $out

# check NAME COMMAND...: run it, show its last line, or all it said when it fails.
check() {
  local name=$1 log=$out/$1.log begin=$SECONDS
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok    %-24s %s (%d s)\n' "$name" "$(tail -n 1 "$log")" $((SECONDS - begin))
  else
    printf 'FAIL  %-24s status %d\n' "$name" $?
    head -n 60 "$log" | sed 's/^/      /'
    failed=$((failed + 1))
  fi
}
skip() {
  printf 'skip  %-24s %s\n' "$1" "$2"
  skipped=$((skipped + 1))
}
build() { # name
  gcc -std=gnu11 -O1 -g "${strict[@]}" "Tests/ABI/$1.c" -o "$out/$1" "${link[@]}"
}

check header_c99 gcc -std=c99 "${strict[@]}" -c Tests/ABI/header_c99.c -o $out/header_c99.o
check header_cxx g++ -std=c++11 "${strict[@]}" -c Tests/ABI/header_cxx.cpp -o $out/header_cxx.o
check layout gcc -std=c11 "${strict[@]}" -c Tests/ABI/layout.c -o $out/layout.o
check symbols Tests/ABI/symbols.sh "$library"

programs=(quiet struct_version misuse files threads fork free_order callbacks)
for name in "${programs[@]}"; do
  build "$name"
  check "$name" "$out/$name" "$model"
done
# Not under valgrind, which takes the memory that the test leaves.
build memory
check memory $out/memory "$model"
gcc -std=gnu11 -O1 -g "${strict[@]}" Tests/ABI/load.c -o $out/load -ldl
check load $out/load "$library" "$model"

g++ -std=c++11 -O1 -g "${strict[@]}" Tests/ABI/wrapper.cpp -o $out/wrapper "${link[@]}"
check wrapper $out/wrapper "$model"
g++ -std=c++20 -O1 -g "${strict[@]}" Tests/ABI/wrapper.cpp -o $out/wrapper_cxx20 "${link[@]}"
check wrapper_cxx20 $out/wrapper_cxx20 "$model"

# Without AVX2 the other kernels run: the same answer, and no illegal instruction.
no_avx2() {
  gcc -std=c99 -O1 "${strict[@]}" examples/c/01_predict.c -o $out/predict "${link[@]}"
  $out/predict "$model" >$out/with_avx2.txt
  qemu-x86_64 -cpu Nehalem $out/predict "$model" | diff $out/with_avx2.txt - && tail -n 1 $out/with_avx2.txt
}
if [ "$(uname -m)" = x86_64 ] && command -v qemu-x86_64 >/dev/null; then
  check no_avx2 no_avx2
else
  skip no_avx2 "needs qemu-x86_64"
fi

# Memory errors and leaks, with fewer repetitions (check.h).  "Possibly lost" are only
# tables that the Swift runtime keeps.
if command -v valgrind >/dev/null; then
  for name in "${programs[@]}" wrapper; do
    check "valgrind_$name" env ABI_BRIEF=1 valgrind -q --error-exitcode=99 --leak-check=full \
      --errors-for-leak-kinds=definite --show-leak-kinds=definite "$out/$name" "$model"
  done
else
  skip valgrind "needs valgrind"
fi

[ $skipped -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

#!/usr/bin/env bash
# test_roots.sh [ARCH...]: use the wheel and the library in Debian 11, whose glibc (2.31) is
# older than the one they were linked with; aarch64 under qemu-user, also the kernels beside
# plain loops.  Says how far results of the two processors differ.  Downloads packages.
#   make wheel && make wheel ARCH=aarch64 && scripts/test_roots.sh
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- x86_64 aarch64
clang=$(swiftc -print-target-info | sed -nE 's|.*"runtimeResourcePath": "(.*)/lib/swift".*|\1|p')/bin/clang

# Run a program of the root with its own loader, C library and Python.
inside() { # program, argument...
  local libraries=$root/lib/$triple:$root/usr/lib/$triple
  if [ "$arch" = "$(uname -m)" ]; then
    "$root"/lib64/ld-linux-x86-64.so.2 --library-path "$libraries:$library" "$@"
  else
    qemu-"$arch" -L "$root" -E LD_LIBRARY_PATH="$libraries:$library" "$@"
  fi
}

python() {
  PYTHONHOME=$root/usr PYTHONPATH=$out/wheel:$out/numpy \
    inside "$root/usr/bin/python3" "$@"
}

# The kernels beside plain loops, with the C library that the program was linked with.
kernels() {
  if [ "$arch" = "$(uname -m)" ]; then
    "build/embedded-$arch/kernels"
  else
    qemu-"$arch" -L "build/sysroot-$arch" "build/embedded-$arch/kernels"
  fi
}

# Run a command and print its last line.
said() { # title, command...
  local title=$1 text
  shift
  text=$("$@")
  echo "$title: ${text##*$'\n'}"
}

build() { # test
  "$clang" --target="$triple" --sysroot="$root" -fuse-ld=lld -std=gnu11 -O1 -ffp-contract=off -Iinclude \
    "Tests/ABI/$1.c" -o "$out/$1" -L"$library" -Wl,--as-needed -lhelp -lpthread -lm -ldl
}

computed=()
for arch; do
  triple=$arch-linux-gnu
  root=$PWD/build/roots/$arch
  out=$PWD/build/roots/programs-$arch
  library=$out/wheel/helpnas/_lib
  scripts/debian_root.sh "$arch" bullseye "$root" libc6-dev libgcc-10-dev python3

  rm -rf "$out"
  mkdir -p "$out/wheel"
  python3 -m zipfile -e dist/*_"$arch".whl "$out/wheel"
  # Debian 11's own is older than what the binding needs.
  .venv/bin/python -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: \
    --python-version 3.9 --platform manylinux2014_"$arch" -d "$out" numpy
  python3 -m zipfile -e "$out"/numpy-*.whl "$out/numpy"
  ln -s libhelp.so.1 "$library/libhelp.so"
  echo "== $arch, glibc $(sed -nE 's/.*\(Debian GLIBC ([0-9.]+).*/\1/p' <(strings "$root/lib/$triple/libc.so.6") | head -n 1)"
  for example in predict adapt search pareto train own_space; do
    said "examples/python/$example.py" python "examples/python/$example.py"
  done
  for test in load threads callbacks fork; do
    build $test
    if [ $test = load ]; then arguments=("$library/libhelp.so.1"); else arguments=(); fi
    said $test inside "$out/$test" "${arguments[@]}" data/models/nasbench201-paper.safetensors
  done
  make -s -f scripts/embedded.mk kernels ARCH="$arch"
  said kernels kernels
  build digests
  inside "$out/digests" data "$out/numbers.txt" >"$out/digests.txt"
  echo "digests: $(wc -l <"$out/digests.txt") lines"
  computed+=("$out/digests.txt" "$out/numbers.txt")
done
[ ${#computed[@]} -ne 4 ] || python3 Tests/ABI/differences.py "${computed[@]}"

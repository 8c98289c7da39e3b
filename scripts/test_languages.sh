#!/usr/bin/env bash
# Run the example of each language whose toolchain is here, with the library installed as a user
# installs it.  All do the same and print the same.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.venv/bin/python
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
scripts/install.sh "$prefix"
model=$prefix/share/libhelp/models/nasbench201.safetensors
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib HELP_FFI_H=$prefix/include/help_ffi.h
cp -r examples "$scratch" # nothing is built in the tree
cd "$scratch/examples"
expected=$scratch/expected
passed=0

has() { # command...
  local each
  for each; do command -v "$each" >/dev/null || return; done
}
# Print the path of a Java that has the foreign function and memory API.
java_22() {
  local each version
  for each in java "${JAVA_HOME:-}/bin/java" /usr/lib/jvm/*/bin/java; do
    version=$("$each" -version 2>&1 | sed -nE 's/^.* version "([0-9]+).*$/\1/p') || continue
    if [ "${version:-0}" -ge 22 ]; then echo "$each"; return; fi
  done
  return 1
}
node_headers() { node -p 'require("path").resolve(process.execPath, "../../include/node/node_api.h")'; }

has_cffi() { "$python" -c 'import cffi'; }
run_cffi() { "$python" latency.py "$model"; }
has_rust() { has cargo rustc cc; }
run_rust() { cargo run --quiet --offline --example latency -- "$model"; }
has_go() { has go cc; }
run_go() { go run . "$model"; }
has_java() { java_22; }
run_java() { "$(java_22)" --enable-native-access=ALL-UNNAMED Latency.java "$model"; }
jna=/usr/share/java/jna.jar
has_jna() { has javac java && [ -e $jna ]; }
run_jna() { javac -d . -cp $jna Help.java ../java/Latency.java && java -cp $jna:. Latency "$model"; }
has_csharp() { has mcs mono; }
run_csharp() { mcs -warnaserror Latency.cs Help.cs && mono Latency.exe "$model"; }
has_node() { has node make cc && [ -e "$(node_headers)" ]; }
run_node() { CFLAGS=-Werror make -s && node latency.js "$model"; }
has_r() { has R Rscript make cc; }
run_r() { R CMD SHLIB help.c >&2 && Rscript latency.R "$model"; }
has_julia() { has julia; }
run_julia() { julia latency.jl "$model"; }
has_luajit() { has luajit; }
run_luajit() { luajit latency.lua "$model"; }
has_ruby() { has ruby && ruby -e 'require "fiddle"'; }
run_ruby() { ruby -w latency.rb "$model"; }

# Whatever has printed first is what the others must print, and it went all the way.
agrees() { # output
  [ -e "$expected" ] || cp "$1" "$expected"
  diff "$expected" "$1" && grep -q '^infeasible: ' "$1" && grep -q '^the callback failed: ' "$1"
}
language() { # folder, what its toolchain is
  local status
  if ! "has_$1" >/dev/null 2>&1; then
    echo "skipped: examples/$1 needs $2"
    return
  fi
  set +e # a function called in a condition would not stop at its first failure
  (set -e; cd "$1"; "run_$1") >"$scratch/output" 2>"$scratch/errors"
  status=$?
  set -e
  if [ $status -ne 0 ] || ! agrees "$scratch/output"; then
    cat "$scratch/output" "$scratch/errors"
    echo "test_languages: examples/$1 failed with status $status, or printed something else"
    exit 1
  fi
  echo "examples/$1: passed"
  passed=$((passed + 1))
}

language cffi "Python with cffi"
language rust "cargo and rustc"
language go "go 1.19 or later"
language java "a JDK from 22 on"
language jna "a JDK from 17 on and JNA (libjna-java)"
language csharp "mcs and mono (mono-mcs)"
language node "Node.js with its headers"
language r "R (r-base-dev)"
language julia "julia 1.5 or later"
language luajit "luajit"
language ruby "ruby with fiddle"
cat "$expected"
echo "$passed passed"

#!/usr/bin/env bash
# Every test, stage by stage.  The first stage that fails ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."

model=data/models/nasbench201-paper.safetensors
ofa=(data/models/ofa-mbv3-paper.safetensors data/accuracy/ofa-mbv3.safetensors)
python=$PWD/.venv/bin/python
mkdir -p build
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
summary=() passed=0

stage() { # name, command...
  local name=$1 begin=$SECONDS status
  shift
  echo
  echo "== $name"
  set +e # a function called in a condition would not stop at its first failure
  (set -e; "$@") 2>&1 | tee "$scratch/log"
  status=${PIPESTATUS[0]}
  set -e
  if [ "$status" -ne 0 ]; then
    echo
    echo "make test: stage '$name' failed after $((SECONDS - begin)) s; the reason is above"
    echo "$passed passed, 1 failed"
    exit 1
  fi
  echo "-- $name: $((SECONDS - begin)) s"
}
# Add up what a test runner said: the number in the pattern's last match.
result() { # runner, pattern with the number in \1
  local count
  count=$(sed -nE "s/^.*$2.*$/\1/p" "$scratch/log" | tail -n 1)
  summary+=("$1: ${count:-0} passed")
  passed=$((passed + ${count:-0}))
}

# What the golden Swift tests read, where the published data lie beside the repository.
golden() {
  if [ -d ../shared/golden ] && [ -d ../shared/datasets/help ]; then
    "$python" Tests/HelpGoldenTests/prepare.py ../shared build/golden
  else
    rm -rf build/golden
    echo "skipped: no ../shared/golden and ../shared/datasets"
  fi
}

# Optimised as the library is: a wrong answer has been seen that debug builds did not give.
swift_tests() {
  swift format lint --strict -r Package.swift Sources Tests
  SWIFT_BACKTRACE=enable=no swift test -c release -Xswiftc -enable-testing --scratch-path .build-test
}

c_tests() {
  Tests/ABI/run.sh "$model"
}

# Examples of other frameworks, which are no dependency.
where_installed() { # module, example
  local example=examples/python/integrations/$2.py
  if "$python" -c "import $1" 2>/dev/null; then
    echo "$example"
    "$python" "$example"
  else
    echo "skipped: $example needs $1"
  fi
}

examples() {
  local out=build/examples
  local flags=(-Wall -Wextra -pedantic -Werror -Iinclude)
  local link=(-Lbuild/lib "-Wl,-rpath,$PWD/build/lib" -lhelp)
  local program
  mkdir -p $out
  for source in examples/c/*.c; do
    program=$out/$(basename "$source" .c)
    gcc -std=c99 -O1 "${flags[@]}" "$source" -o "$program" "${link[@]}"
    echo "$source"
    case $source in
      *04_ofa_search.c) "$program" "${ofa[@]}" 20 ;;
      *05_ask_tell.c) # interrupted, then to its end
        "$program" "$model" "$scratch/search" 4
        "$program" "$model" "$scratch/search" ;;
      *) "$program" "$model" ;;
    esac
  done
  $out/02_adapt "$model" "$scratch/predictor" | tail -n 1
  g++ -std=c++11 -O1 "${flags[@]}" examples/cpp/search.cpp -o $out/search "${link[@]}"
  echo examples/cpp/search.cpp
  $out/search "$model"
  for source in predict adapt search pareto train own_space; do
    echo examples/python/$source.py
    "$python" examples/python/$source.py
  done
  "$python" examples/python/pareto.py --output "$scratch/front.csv" | tail -n 1
  echo examples/python/ask_tell.py
  for generations in 4 100; do # interrupted, then to its end
    "$python" examples/python/ask_tell.py --file "$scratch/search.safetensors" --seconds 0.002 \
      --generations $generations
  done
  where_installed helpnas hat_evolution
  where_installed pymoo pymoo_nsga2
  where_installed optuna optuna_study
  where_installed ofa.nas.accuracy_predictor ofa_search
  where_installed nni.nas.hub.pytorch nni_profiler
  "$python" examples/python/heat_map.py --output "$scratch/heat_map.png"
  "$python" examples/python/demo.py --output "$scratch/demo"
}

# As a user of an installed library builds: nothing of this tree but the examples.
packaging() {
  local prefix=$scratch/prefix
  make -s install PREFIX="$prefix"
  cp -r examples/consumer "$scratch"
  cmake -S "$scratch/consumer" -B "$scratch/consumer/build" -DCMAKE_PREFIX_PATH="$prefix"
  cmake --build "$scratch/consumer/build"
  "$scratch/consumer/build/consumer" "$prefix/share/libhelp/models/$(basename $model)"
  PKG_CONFIG_PATH=$prefix/lib/pkgconfig make -s -C "$scratch/consumer"
  LD_LIBRARY_PATH=$prefix/lib "$scratch/consumer/consumer" "$prefix/share/libhelp/models/$(basename $model)"
  make -s install PREFIX=/usr DESTDIR="$scratch/staged"
  grep -qx prefix=/usr "$scratch/staged/usr/lib/pkgconfig/libhelp.pc"
}

python_tests() {
  # A background job ignores SIGINT, which the tests of Ctrl-C raise.
  env --default-signal=INT "$python" -m pytest -q bindings/python/tests
}

# In an environment that has the wheel and nothing of this tree; numpy is lent by .venv.
wheel() {
  scripts/wheel.sh
  python3 -m venv "$scratch/clean"
  "$scratch/clean/bin/python" -m pip install -q --disable-pip-version-check --no-index --no-deps dist/*_"$(uname -m)".whl
  local lent
  lent=$("$python" -c 'import os, numpy; print(os.path.dirname(os.path.dirname(numpy.__file__)))')
  (cd "$scratch" && PYTHONPATH=$lent clean/bin/python - "$scratch/clean" <<'PYTHON'
import sys
import helpnas

assert helpnas.__file__.startswith(sys.argv[1]), helpnas.__file__
model = helpnas.load("nasbench201-paper")
milliseconds = [1.0 + i for i in range(len(model.references))]
predictor = model.adapt(model.references, milliseconds)
print(f"installed from the wheel, helpnas predicts {predictor.predict(model.references)[0]:.2f} ms")
PYTHON
  )
}

begin=$SECONDS
stage "words" scripts/check_words.sh
stage "dependencies" scripts/deps.sh
stage "library" scripts/lib.sh
stage "golden files" golden
stage "Swift tests" swift_tests
result "Swift Testing" 'Test run with ([0-9]+) tests?'
stage "C tests" c_tests
result "C" '\b([0-9]+) passed, 0 failed'
stage "examples" examples
stage "packaging" packaging
stage "Python tests" python_tests
result "pytest" '\b([0-9]+) passed'
stage "wheel" wheel

echo
echo "== all stages passed in $((SECONDS - begin)) s"
printf '%s\n' "${summary[@]}"
echo "$passed passed, 0 failed"

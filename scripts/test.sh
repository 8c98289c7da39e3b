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
logs=build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 skipped=0 reasons=$scratch/reasons
: >"$reasons"

# A line while it runs, its output only if it fails; the output stays in build/test-logs.
stage() { # name, command...
  local name=$1 begin=$SECONDS status waiting
  log=$logs/${1// /-}.log
  shift
  printf '%-15s ' "$name"
  (while sleep 9 >/dev/null 2>&1; do printf .; done) &
  waiting=$!
  set +e # a function called in a condition would not stop at its first failure
  (set -e; "$@") >"$log" 2>&1
  status=$?
  set -e
  kill "$waiting"
  wait "$waiting" 2>/dev/null || true
  if [ "$status" -ne 0 ]; then
    echo
    cat "$log"
    echo "make test: stage '$name' failed after $((SECONDS - begin)) s; the reason is above, and in $log"
    echo "$passed passed, 1 failed, $skipped skipped"
    exit 1
  fi
  printf ' %4d s' $((SECONDS - begin))
}

# Add up what a stage's runner said: the number in the pattern's last match, and a line in
# $reasons for each test that was skipped.
# Skipped ones are in the number where the third is 1.
result() { # pattern with the number in \1, command that prints the reasons of $log, 0 or 1
  local count before=$skipped
  count=$(sed -nE "s/^.*$1.*$/\1/p" "$log" | tail -n 1)
  "$2" >>"$reasons"
  skipped=$(wc -l <"$reasons")
  count=$((${count:-0} - ${3:-0} * (skipped - before)))
  passed=$((passed + count))
  echo ": $count passed, $((skipped - before)) skipped"
}
# A stage without tests of its own, which may still have left something out.
done_with() { # command that prints the reasons of $log
  local before=$skipped
  "$1" >>"$reasons"
  skipped=$(wc -l <"$reasons")
  if [ "$skipped" -gt "$before" ]; then echo ": $((skipped - before)) skipped"; else echo; fi
}
lines_of_skips() { sed -nE 's/^skipped: (.*)$/\1/p' "$log"; }
c_skips() { sed -nE 's/^skip +[^ ]+ +(.*)$/\1/p' "$log"; }
swift_skips() { sed -nE 's/^.*Test .* skipped(: "?(.*[^"])"?)?\.?$/\2/p' "$log" | sed 's/^$/no reason given/'; }
# pytest -rs: SKIPPED [3] file.py:12: reason
pytest_skips() {
  sed -nE 's/^SKIPPED \[([0-9]+)\] [^ ]+ (.*)$/\1 \2/p' "$log" |
    while read -r count reason; do for ((i = 0; i < count; i++)); do echo "$reason"; done; done
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

# Examples that need packages which are no dependency.
where_installed() { # modules, example, arguments...
  local example=examples/python/$2.py modules=$1
  shift 2
  if "$python" -c "import $modules" 2>/dev/null; then
    echo "$example"
    "$python" "$example" "$@"
  else
    echo "skipped: $example needs $modules"
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
  for source in predict adapt search pareto train own_space table_gradient block_table; do
    echo examples/python/$source.py
    "$python" examples/python/$source.py
  done
  "$python" examples/python/pareto.py --output "$scratch/front.csv" | tail -n 1
  echo examples/python/ask_tell.py
  for generations in 4 100; do # interrupted, then to its end
    "$python" examples/python/ask_tell.py --file "$scratch/search.safetensors" --seconds 0.002 \
      --generations $generations
  done
  where_installed onnx,onnxruntime own_networks --rounds 2
  where_installed scipy table_integer_program
  where_installed helpnas integrations/hat_evolution
  where_installed pymoo integrations/pymoo_nsga2
  where_installed optuna integrations/optuna_study
  where_installed ofa.nas.accuracy_predictor integrations/ofa_search
  where_installed nni.nas.hub.pytorch integrations/nni_profiler
  where_installed pyarrow fleet --folder "$scratch/fleet"
  where_installed pyarrow fleet_islands --folder "$scratch/islands"
  where_installed pyarrow,fastapi,uvicorn,onnx,onnxruntime fleet_farm --folder "$scratch/farm"
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
  cmp include/help.json "$scratch/staged/usr/share/libhelp/help.json"
}

python_style() {
  local python_files=(. ../../benchmarks ../../examples ../../experiments ../../scripts ../../Tests)
  (cd bindings/python && "$python" -m ruff check --config pyproject.toml "${python_files[@]}" &&
    "$python" -m ruff format --config pyproject.toml --check "${python_files[@]}" &&
    "$python" -m mypy)
}

python_tests() {
  # A background job ignores SIGINT, which the tests of Ctrl-C raise.
  env --default-signal=INT "$python" -m pytest -q -rs bindings/python/tests
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
stage "words" scripts/check_words.sh; done_with lines_of_skips
stage "dependencies" scripts/deps.sh; done_with lines_of_skips
stage "library" scripts/lib.sh; done_with lines_of_skips
stage "golden files" golden; done_with lines_of_skips
stage "Swift tests" swift_tests; result 'Test run with ([0-9]+) tests?' swift_skips 1
stage "C tests" c_tests; result '\b([0-9]+) passed, 0 failed' c_skips
stage "examples" examples; done_with lines_of_skips
stage "packaging" packaging; done_with lines_of_skips
stage "languages" scripts/test_languages.sh; result '\b([0-9]+) passed' lines_of_skips
stage "Python style" python_style; done_with lines_of_skips
stage "Python tests" python_tests; result '\b([0-9]+) passed' pytest_skips
stage "wheel" wheel; done_with lines_of_skips

echo "all stages passed in $((SECONDS - begin)) s; their output is in $logs"
if [ "$skipped" -gt 0 ]; then
  echo "skipped, and why:"
  sort "$reasons" | uniq -c | sort -rn
fi
echo "$passed passed, 0 failed, $skipped skipped"

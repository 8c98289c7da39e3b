#!/usr/bin/env bash
# Run the benchmarks, which compare with PyTorch: it has an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=.venv-bench/.deps
wanted=$(cksum <.venv/requirements.txt)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  python3 -m venv --clear .venv-bench
  .venv-bench/bin/python -m pip install -q --disable-pip-version-check -r .venv/requirements.txt torch
  echo "$wanted" >"$stamp"
fi
PYTHONPATH=bindings/python/src exec .venv-bench/bin/python benchmarks/bench.py "$@"

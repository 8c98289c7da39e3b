#!/usr/bin/env bash
# Build the Python wheel, with the library and the models inside, into dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -f dist/*.whl
.venv/bin/python -m build --wheel --no-isolation -o dist bindings/python >build/wheel.log 2>&1 || {
  cat build/wheel.log >&2
  exit 1
}
ls dist/*.whl

#!/usr/bin/env bash
# wheel.sh [ARCH]: build the Python wheel, with the library and the models inside, into dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/aloud.sh
arch=${1:-$(uname -m)}
rm -f dist/*_"$arch".whl

build() { ARCH=$arch .venv/bin/python -m build --wheel --no-isolation -o dist bindings/python >build/wheel.log 2>&1; }
aloud "make wheel" build || {
  cat build/wheel.log >&2
  exit 1
}
ls dist/*_"$arch".whl

#!/usr/bin/env bash
# The whole story on this machine; where networks cannot be run here, on the measurements
# of a card.   demo.sh [SPACE]
set -euo pipefail
cd "$(dirname "$0")/.."

if .venv/bin/python -c 'import onnx, onnxruntime' 2>/dev/null; then
  .venv/bin/python -m helpnas quickstart "${1:-ofa-mbv3}" --output build/demo
else
  echo "onnx and onnxruntime are not installed: instead of this machine, the demo takes a card"
  echo "with measurements of another one (examples/python/demo.py)."
  .venv/bin/python examples/python/demo.py
fi

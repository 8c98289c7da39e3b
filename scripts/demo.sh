#!/usr/bin/env bash
# The whole story on this machine; where networks cannot be run here, on the measurements
# of a card.   demo.sh [SPACE]
set -euo pipefail
cd "$(dirname "$0")/.."
space=${1:-ofa-mbv3}

if .venv/bin/python -c 'import onnx, onnxruntime' 2>/dev/null; then
  echo "make demo: measuring networks of $space on this machine, then searching; about a minute"
  .venv/bin/python -m helpnas quickstart "$space" --output build/demo
  echo
  echo "Open build/demo/report.html. Next, a search of your own under another limit:"
  echo "  .venv/bin/python -m helpnas search build/demo/predictor.safetensors --limit 5 --accuracy macs"
else
  echo "onnx and onnxruntime are not installed: instead of this machine, the demo takes a card"
  echo "with measurements of another one (examples/python/demo.py)."
  .venv/bin/python examples/python/demo.py
  echo
  echo "Next, what the library knows, and a model's networks to measure on a device of yours:"
  echo "  .venv/bin/python -m helpnas spaces"
  echo "  .venv/bin/python -m helpnas references nasbench201"
fi

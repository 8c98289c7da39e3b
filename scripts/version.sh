#!/usr/bin/env bash
# Print the library's version, as include/help.h has it.
set -euo pipefail
cd "$(dirname "$0")/.."
awk '$1 == "#define" && $2 ~ /^HELP_VERSION_(MAJOR|MINOR|PATCH)$/ { text = text dot $3; dot = "." }
     END { print text }' include/help.h

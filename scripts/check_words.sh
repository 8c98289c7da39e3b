#!/usr/bin/env bash
# Refuse words in public text that the glossary in CONTRIBUTING.md replaces.
set -euo pipefail
cd "$(dirname "$0")/.."

words=(
  'so many'           # this many, that many
  '(is|are|was) dear' # expensive
  'as of'             # as in, as for; from ... on
  'told of'           # given, that knows
  'to compare with'   # baseline
  'rank alike'        # rank similarly
  'mothers?|fathers?' # parents
  'crosses'           # crossover children
  'which bends'       # is kept above 0
  'the note'          # name the page
)
pattern="\\b($(IFS='|'; echo "${words[*]}"))\\b"
text=(README.md CHANGELOG.md docs data/README.md experiments/README.md include bindings/python/src)
if grep -rnIiE --include='*.md' --include='*.h' --include='*.hpp' --include='*.py' "$pattern" "${text[@]}"; then
  echo "check_words: the lines above have words that CONTRIBUTING.md's glossary replaces" >&2
  exit 1
fi

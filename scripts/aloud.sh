# Sourced: aloud NAME COMMAND... runs a command that may say nothing for long, with a line every
# few seconds that it goes on; its status.
aloud() {
  local name=$1 begin=$SECONDS status=0 ticking
  shift
  (while sleep 8 >/dev/null 2>&1; do echo "$name: still at it after $((SECONDS - begin)) s"; done) &
  ticking=$!
  "$@" || status=$?
  kill "$ticking"
  wait "$ticking" 2>/dev/null || true
  return $status
}

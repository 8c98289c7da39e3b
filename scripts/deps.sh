#!/usr/bin/env bash
# deps.sh [ARCH]: install what is missing for building and testing, and for building the
# library of another processor.  Nothing to do: no network.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:-$(uname -m)}
. scripts/aloud.sh

say() { echo "make deps: $*"; }
die() {
  echo "make deps: $*" >&2
  exit 1
}

command -v swift >/dev/null || die "no Swift toolchain in PATH; 6.3 or later is needed (swift.org/install)"

# A Debian package and the command that shows it is here, however it came.
has_json_c() { pkg-config --exists json-c; }
has_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }
has() { command -v "$1" >/dev/null; }

required=() optional=()
has cc && has c++ && has make || required+=(build-essential)
has pkg-config || required+=(pkg-config)
has pkg-config && has_json_c || required+=(libjson-c-dev)
has cmake || required+=(cmake)
has nm && has readelf && has strip || required+=(binutils)
has python3 && has_venv || required+=(python3-venv)
has valgrind || optional+=(valgrind)
has qemu-x86_64 || optional+=(qemu-user)

install_packages() {
  [ "$(id -u)" -eq 0 ] && has apt-get || return 1
  say "installing with apt-get: $*"
  aloud "make deps" apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive aloud "make deps" apt-get install -y -qq --no-install-recommends "$@"
}

if [ ${#required[@]} -gt 0 ]; then
  install_packages "${required[@]}" >&2 || die "install these packages, then try again: ${required[*]}"
fi
# Without these some tests are skipped; try once, not at every run.
mkdir -p build
if [ ${#optional[@]} -gt 0 ] && [ ! -e build/.optional-tried ]; then
  install_packages "${optional[@]}" >&2 ||
    echo "make deps: tests that use these are skipped without them: ${optional[*]}" >&2
  touch build/.optional-tried
fi

[ "$arch" = "$(uname -m)" ] ||
  aloud "make deps" scripts/debian_root.sh "$arch" bookworm "build/sysroot-$arch" libc6-dev libgcc-12-dev libjson-c-dev

# The virtual environment holds what pyproject.toml asks for, and is remade only
# when that changes.
project=bindings/python/pyproject.toml
stamp=.venv/.deps
wanted="$(cksum <"$project") $(cksum <scripts/deps.sh)"
packages() { # extra...: what they ask for, a line each
  .venv/bin/python - "$project" "$@" <<'PYTHON'
import sys
try:
    import tomllib
except ImportError:  # Python 3.9, 3.10
    from pip._vendor import tomli as tomllib
with open(sys.argv[1], "rb") as file:
    config = tomllib.load(file)
extras = config["project"]["optional-dependencies"]
wanted = [each for name in sys.argv[2:] for each in extras[name]]
if "test" in sys.argv:
    wanted += config["project"]["dependencies"] + config["build-system"]["requires"] + ["build"]
print(*wanted, sep="\n")
PYTHON
}
pip_install() { # file of requirements
  say "installing with pip: $(tr '\n' ' ' <"$1")"
  aloud "make deps" .venv/bin/python -m pip install -q --disable-pip-version-check -r "$1"
}

if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || ! .venv/bin/python -c '' 2>/dev/null; then
  say "making .venv, which takes a minute"
  aloud "make deps" python3 -m venv --clear .venv
  packages test >.venv/requirements.txt
  pip_install .venv/requirements.txt || die "pip could not install the Python packages above"
  # Not for every machine: without them their tests are skipped, and the demo reads a card.
  for extra in measure frameworks fleet; do
    packages $extra >.venv/$extra.txt
    pip_install .venv/$extra.txt ||
      echo "make deps: these Python packages could not be installed: $(tr '\n' ' ' <.venv/$extra.txt)" >&2
  done
  # The binding runs from its sources.
  echo "$PWD/bindings/python/src" >"$(.venv/bin/python -c 'import site; print(site.getsitepackages()[0])')/helpnas-sources.pth"
  echo "$wanted" >"$stamp"
  say "done"
fi

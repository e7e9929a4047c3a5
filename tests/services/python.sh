#!/usr/bin/env bash
# Check that the interpreter can run HarborGuard and create environments; make calls it.
# Usage: python.sh INTERPRETER TARGET
set -u
python=$1 target=$2

fail() {
	echo "$1" >&2
	exit 1
}

command -v "$python" >/dev/null ||
	fail "$python is not installed: HarborGuard needs Python 3.11 or newer."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
	fail "$("$python" --version 2>&1) is too old: HarborGuard needs 3.11 or newer. Try: make $target PYTHON=python3.11"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
	fail "$python cannot create virtual environments. Install python3-venv (apt install python3-venv)."

#!/bin/sh
# Make the virtual environment: system libraries, then pinned packages with pip.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${PYTHON:-}" ]; then
    echo "Python 3.11 or newer was not found. Install it (apt-get install python3 python3-venv), then run make again." >&2
    exit 1
fi
packaging/system.sh
# Debian keeps venv's bootstrap in a package of its own.
if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    packaging/system.sh "python$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
fi
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
echo "Installing Python packages into $VENV (some minutes the first time)"
pip() { "$VENV/bin/python" -m pip --disable-pip-version-check install --quiet -c packaging/constraints.txt "$@"; }
# torch and its pair first and by exact number: pip then has no reason to look for a newer build.
pip $(grep -E '^(torch|torchvision|setuptools)==' packaging/constraints.txt)
pip --no-build-isolation --editable '.[train,sample,test]'

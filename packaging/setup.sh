#!/bin/sh
# Make the virtual environment: system libraries, then pinned packages with pip.
set -eu
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
PYTHON=${PYTHON:-}

if [ -z "$PYTHON" ]; then
    # A bare Debian 12 or later has no Python; its own is new enough.
    if command -v apt-get >/dev/null 2>&1; then packaging/system.sh python3 python3-venv; fi
    PYTHON=$(command -v python3 || true)
fi
if [ -z "$PYTHON" ] || ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer was not found. Install it, or say where it is: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi

# Debian keeps venv's bootstrap in a package of its own.
if "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then packaging/system.sh
else packaging/system.sh "python$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
fi

# One that was broken off, or whose Python is gone, is made anew.
"$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$PYTHON" -m venv --clear "$VENV"
echo "Installing Python packages into $VENV (some minutes the first time)"
pip() { "$VENV/bin/python" -m pip --disable-pip-version-check install --quiet -c packaging/constraints.txt "$@"; }

# torch and its pair first, by exact number: pip then has no reason to look for a newer build.
torch=$(grep -E '^(torch|torchvision)==' packaging/constraints.txt)
# PyPI's Linux builds bring gigabytes of CUDA. Without an NVIDIA card the builds for the processor
# do the same, if their index can be reached and nobody chose another.
cpu_index=${TORCH_CPU_INDEX:-https://download.pytorch.org/whl/cpu}
reaches() { "$VENV/bin/python" -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)' "$1" 2>/dev/null; }
if [ "$(uname -sm)" = "Linux x86_64" ] && [ ! -e /proc/driver/nvidia/version ] && ! command -v nvidia-smi >/dev/null 2>&1 &&
    [ -z "${PIP_INDEX_URL:-}${PIP_FIND_LINKS:-}${PIP_NO_INDEX:-}" ] && reaches "$cpu_index/torch/"
then pip --extra-index-url "$cpu_index" --no-deps $torch
fi
pip $torch "$(grep -E '^setuptools==' packaging/constraints.txt)"
pip --no-build-isolation --editable '.[train,sample,test]'

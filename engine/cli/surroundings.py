"""What the doctor looks at beside models: the computer, and whether a window could open."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil

from engine.cli.version import version
from engine.models.doctor import Row
from engine.store.place import place_of

SECONDS = 60.0
_WINDOW = (
    "from PySide6.QtWidgets import QApplication; from PySide6 import __version__;"
    "QApplication([]); print(__version__)"
)


def about() -> str:
    """The program and the computer in one line, as a report of a fault should have it."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"Maskwright {version()}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.release()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB memory"
    )


def window() -> Row:
    """Whether Qt and the system libraries it needs load; shown nowhere, in a process of its own."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _WINDOW],
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Row("Window", False, f"Qt does not start: {error}")
    if done.returncode != 0:
        return Row("Window", False, _why(done.stderr), optional=True)
    return Row("Window", True, f"Qt {done.stdout.strip()} works.")


def folder() -> Row:
    """Whether a project in the current folder could be kept as anywhere."""
    place = place_of(Path.cwd())
    kind = f" ({place.kind})" if place.kind else ""
    text = f"Projects are safe here{kind}: locks and shared memory work."
    if not place.trusted:
        text = place.words.replace("This project", "A project here", 1)
    return Row("This folder", place.trusted, text, optional=True)


def _why(said: str) -> str:
    last = (said.strip().splitlines() or ["It ended without a word."])[-1]
    if "cannot open shared object file" in last:
        library = last.rpartition("ImportError: ")[2].partition(":")[0]
        return (
            f"A library of the system is missing: {library}. The commands work without. Install "
            "what packaging/debian-packages.txt lists, or run: make setup"
        )
    return f"Qt does not start, so no window can open: {last} Reinstall PySide6-Essentials."

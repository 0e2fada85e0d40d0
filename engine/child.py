"""Command lines and environments of this program's own child processes."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path


def child_command(role: str, *args: str | os.PathLike[str]) -> list[str]:
    """The command line of a process of this program with another role ("job", "model", "decoder").

    In the frozen program that is the program itself; else the running Python with `-P`, so that
    nothing in the current folder can stand in for a module.
    """
    rest = ["--role", role, *(os.fspath(each) for each in args)]
    if getattr(sys, "frozen", False):
        return [sys.executable, *rest]
    return [sys.executable, "-P", "-m", "app", *rest]


def child_environment() -> dict[str, str]:
    """The environment for `child_command`: this one, and from a checkout the way to its code."""
    environment = dict(os.environ)
    # Threads of torch that wait for each other would spin otherwise: on a computer that also does
    # something else a training step took 3 to 4 times as long.
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    root = str(Path(__file__).resolve().parents[1])
    installed = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    # Installed packages are found anyway, and must not come before Python's own.
    if not getattr(sys, "frozen", False) and root not in installed:
        path = environment.get("PYTHONPATH", "")
        if root not in path.split(os.pathsep):
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, path)))
    return environment

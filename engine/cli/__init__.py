"""The command line: the program's jobs by hand, without a screen.

Imports neither Qt nor, unless a command needs it, torch or ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Sequence

DONE, FAILED, USAGE, PARTLY = 0, 1, 2, 3
"""Exit codes."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: What follows the program's name; the process's own by default.

    Returns:
        0 done, 1 failed, 2 wrong usage, 3 partly done.
    """
    from engine.cli.program import run

    return run(argv)


__all__ = ["DONE", "FAILED", "PARTLY", "USAGE", "main"]

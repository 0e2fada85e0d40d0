"""What the operating system refuses, in a sentence: no fault of the program, and no crash of it."""

import errno
import os
from typing import Final

_ADVICE: Final = {
    errno.EACCES: "Change its permissions, or choose another place.",
    errno.EPERM: "Change its permissions, or choose another place.",
    errno.EROFS: "Choose another place.",
    errno.ENAMETOOLONG: "Choose a shorter name, or a folder that lies less deep.",
    errno.ELOOP: "Remove the link.",
    errno.EMFILE: "Allow this program to have more files open (ulimit -n).",
    errno.ENFILE: "Close other programs.",
    errno.ENOSPC: "Free some space.",
    errno.EDQUOT: "Free some space.",
    errno.EFBIG: "Allow larger files (ulimit -f), or choose another place.",
    errno.EIO: "Look whether the disk is sound and still there.",
}
"""What to do, by the number of an error that says something of the machine and not of the code."""

_LONGEST: Final = 120  # characters of a path that are shown; those that are too long are long


def of_the_machine(problem: BaseException) -> str:
    """What the system refused and what to do; "" where the program itself is at fault."""
    if isinstance(problem, RuntimeError) and str(problem).startswith("Symlink loop from "):
        return f"{str(problem)[18:]} is a link that leads back to itself. {_ADVICE[errno.ELOOP]}"
    if type(problem).__name__ == "NoSuchProcess" and not os.path.exists("/proc/self"):
        return "Processes cannot be told apart here: /proc is not there. Mount it."
    if isinstance(problem, MemoryError):
        return "There is not enough memory for this. Close other programs, then try again."
    if not isinstance(problem, OSError):
        return ""
    if isinstance(problem, FileNotFoundError) and problem.filename is None and _is_lost():
        return "The folder this was started in is not there any more. Change to another one."
    advice = _ADVICE.get(problem.errno or 0, "")
    if not advice:
        return ""
    name = (
        _short(os.fsdecode(problem.filename)) if isinstance(problem.filename, str | bytes) else ""
    )
    said = problem.strerror or str(problem)
    return f"{name}: {said}. {advice}" if name else f"{said}. {advice}"


def _is_lost() -> bool:
    """Whether the folder this process is in is gone."""
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def _short(path: str) -> str:
    return path if len(path) <= _LONGEST else f"{path[: _LONGEST // 2]}…{path[-_LONGEST // 2 :]}"

"""The program's one entry: window, model process, job process or command line.

What this process is to be is decided from ``argv`` before Qt, torch or ONNX Runtime is imported,
so that each kind of process carries only what it needs.
"""

import gc
import os
import sys
from collections.abc import Sequence

COMMANDS = (
    "init",
    "import",
    "predict",
    "folds",
    "export",
    "verify",
    "train",
    "evaluate",
    "models",
    "images",
    "versions",
    "split",
    "merge",
    "agreement",
    "classes",
    "check",
    "lint",
    "backup",
    "doctor",
)
SWITCHES = ("-h", "--help", "--version", "--install-completion", "--show-completion")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code.

    Args:
        arguments: what follows the program's name; the process's own by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if os.name == "posix" and not os.path.isabs(os.path.expanduser("~")):
        os.environ["HOME"] = "/nonexistent"  # a user of whom the system knows nothing
    if words[:1] == ["--role"]:
        return _role(words[1:])
    if _for_the_command_line(words):
        try:
            from engine.cli import main as command_line

            return command_line(words)
        except KeyboardInterrupt:  # while it was still starting
            print("Stopped.", file=sys.stderr)
            return 1
    if strange := _strange(words):
        print(f"maskwright: {strange}", file=sys.stderr)
        return 2
    if not _has_display():
        print("maskwright: There is no display; the commands need none: --help", file=sys.stderr)
        return 1
    # Start makes much and drops little: looking for garbage meanwhile took a tenth of it.
    gc.disable()
    try:
        from app.application import run

        return run(words)
    finally:
        gc.enable()


def _for_the_command_line(words: Sequence[str]) -> bool:
    """Whether these words open no window; so it is, too, while a shell completes them."""
    if "_MASKWRIGHT_COMPLETE" in os.environ:
        return True
    return bool(words) and (words[0] in COMMANDS or words[0] in SWITCHES)


def _strange(words: Sequence[str]) -> str:
    """What is wrong with a word that should be a path, in a sentence; "" when nothing is."""
    for word in words:
        if word.startswith("-"):
            return f"{word} is not known; see maskwright --help"
        if not os.path.lexists(word):
            from difflib import get_close_matches

            close = get_close_matches(word, COMMANDS, 1)
            hint = f" Did you mean the command {close[0]}?" if close else ""
            return f"There is no file or folder “{word}”.{hint} See maskwright --help."
    return ""


def _has_display() -> bool:
    """Whether Qt could show a window; without this question it would abort."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(map(os.environ.get, names))


def _role(words: list[str]) -> int:
    match words:
        case ["model", *rest]:
            from engine.serve import main as serve

            return serve(rest)
        case ["job", folder]:
            from pathlib import Path

            from engine.jobs.runner import run_folder

            return run_folder(Path(folder))
        case ["decoder"]:
            from engine.images.worker import main as decode

            return decode()
        case _:
            print("maskwright: --role is for the program's own child processes", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())

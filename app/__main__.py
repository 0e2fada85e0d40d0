"""The program's one entry: window, model process, job process or command line.

What this process is to be is decided from ``argv`` before Qt, torch or ONNX Runtime is imported,
so that each kind of process carries only what it needs.
"""

import sys
from collections.abc import Sequence

COMMANDS = (
    "init",
    "import",
    "predict",
    "export",
    "verify",
    "train",
    "evaluate",
    "models",
    "doctor",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code.

    Args:
        arguments: what follows the program's name; the process's own by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["--role"]:
        return _role(words[1:])
    if words[:1] and (words[0] in COMMANDS or words[0] in ("-h", "--help", "--version")):
        from engine.cli import main as command_line

        return command_line(words)
    from app.application import run

    return run(words)


def _role(words: list[str]) -> int:
    match words:
        case ["model", *rest]:
            from engine.serve import main as serve

            return serve(rest)
        case ["job", folder]:
            from pathlib import Path

            from engine.jobs.runner import run_folder

            return run_folder(Path(folder))
        case _:
            print("maskwright: --role is for the program's own child processes", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())

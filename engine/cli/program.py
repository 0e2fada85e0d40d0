"""The command line's commands put together, and how a command ends."""

from __future__ import annotations

import errno
import functools
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import typer
from typer.core import TyperArgument, TyperCommand

from engine.cli import DONE, FAILED, USAGE
from engine.cli.examples import epilog
from engine.cli.interrupt import as_exceptions
from engine.cli.output import Output, all_said, speakable
from engine.cli.version import version as version_number
from engine.errors import EngineError
from engine.refused import of_the_machine

INTERRUPTED = 130
"""How Typer ends on Ctrl-C; ours are 0 to 3."""

COMPLETING = "_MASKWRIGHT_COMPLETE"
"""Set by the shell while somebody presses Tab."""

COMMANDS: Final = {
    "init": "project:init",
    "import": "transfer:import_",
    "predict": "learn:predict",
    "folds": "folds:folds",
    "export": "transfer:export",
    "verify": "verify:verify",
    "train": "learn:train",
    "evaluate": "evaluate:evaluate",
    "images": "images:images",
    "versions": "versions:versions",
    "split": "hands:split",
    "merge": "merging:merge",
    "agreement": "hands:agreement",
    "classes": "class_list:classes",
    "check": "check:check",
    "lint": "lint:lint",
    "backup": "check:backups",
    "doctor": "project:doctor",
}
"""Command → "module:function" of this package; a module is imported when its command is wanted."""

MODEL_COMMANDS: Final = {
    "list": "model:list_",
    "inspect": "model:inspect",
    "add": "model:add",
    "remove": "model:remove",
}


class _Command(TyperCommand):
    """A command whose help names arguments without the type that Python has for them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.params:
            if isinstance(each, TyperArgument):
                each.display_type_rich = lambda ctx: None  # type: ignore[method-assign]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"maskwright {version_number()}")
        raise typer.Exit


def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


def _ends(place: str) -> Callable[..., None]:
    """The command at a place, its exit code told in Typer's way."""
    module, _, name = place.partition(":")
    command: Callable[..., int] = getattr(importlib.import_module(f"engine.cli.{module}"), name)

    @functools.wraps(command)
    def ending(*args: Any, **kwargs: Any) -> None:
        raise typer.Exit(command(*args, **kwargs))

    return ending


def application(only: str = "") -> typer.Typer:
    """All commands, or one of them, which is ready sooner.

    Args:
        only: The one that is wanted.
    """
    app = typer.Typer(
        name="maskwright",
        no_args_is_help=True,
        rich_markup_mode=None,  # plain help can be copied, and calls no switch "bool"
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        subcommand_metavar="PATH... | COMMAND ...",
        help="Correct segmentation masks: a model proposes, you fix with a brush, it learns.\n\n"
        "Without a command the window opens, on the project, folder, images or COCO file named.\n\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done.",
        epilog=epilog(""),
    )
    app.callback()(_program)
    for name, place in COMMANDS.items():
        if only in ("", name):
            app.command(name, cls=_Command, epilog=epilog(name))(_ends(place))
    if only in ("", "models"):
        app.add_typer(_models(), name="models")
    return app


def _models() -> typer.Typer:
    models = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="List, inspect, add and remove models.",
        epilog=epilog("models"),
    )
    for name, place in MODEL_COMMANDS.items():
        models.command(name, cls=_Command, epilog=epilog(f"models {name}"))(_ends(place))
    return models


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer with its exit code; nothing is raised.

    Args:
        argv: What follows the program's name.
    """
    words = [at_home(word) for word in (sys.argv[1:] if argv is None else argv)]
    speakable()
    try:
        code = _run(words)
    except OSError:  # nobody hears why it failed
        code = FAILED
    return all_said(code)


def _run(words: Sequence[str]) -> int:
    output = Output("--json" in words)
    try:
        with as_exceptions():
            code = application(_wanted(words))(words, "maskwright", standalone_mode=False)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else DONE
    except KeyboardInterrupt:
        code = INTERRUPTED
    except EngineError as error:
        output.outcome("failed", {}, str(error))
        return FAILED
    except Exception as error:
        return _misused(error, output) or _broken(error, output)
    return _stopped(output) if code == INTERRUPTED else int(code or DONE)


def _wanted(words: Sequence[str]) -> str:
    """The one command that must be there for these words; "" where all must be."""
    first = words[0] if words else ""
    known = first in COMMANDS or first in ("models", "--version")
    return first if known and COMPLETING not in os.environ else ""


def at_home(word: str) -> str:
    """A word in which the shell left a "~/", as in `--images=~/photos`."""
    option, equals, path = word.rpartition("=") if word.startswith("--") else ("", "", word)
    if not path.startswith("~/") or os.path.lexists(path):
        return word
    return f"{option}{equals}{os.path.expanduser(path)}"


def _misused(error: Exception, output: Output) -> int:
    """Say what is wrong with the words; 0 for an error of another kind."""
    if getattr(error, "exit_code", None) != USAGE:
        return 0
    error.show()  # type: ignore[attr-defined]
    said = error.format_message()  # type: ignore[attr-defined]
    output.line({"type": "outcome", "outcome": "failed", "error": said, "result": {}})
    return USAGE


def _broken(error: Exception, output: Output) -> int:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        print(f"{error.strerror}, so not all could be said or written.", file=sys.stderr)
        return FAILED
    if said := of_the_machine(error):
        output.outcome("failed", {}, said)
        return FAILED
    text = f"A fault of the program: {type(error).__name__}: {error}. Report it with this:"
    output.outcome("failed", {}, text)
    traceback.print_exception(error)
    return FAILED


def _stopped(output: Output) -> int:
    output.outcome("cancelled", {}, "Stopped.")
    return FAILED

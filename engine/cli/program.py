"""The command line's commands put together, and how a command ends."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from engine.cli import (
    DONE,
    FAILED,
    USAGE,
    check,
    class_list,
    folds,
    hands,
    images,
    learn,
    lint,
    model,
    project,
    transfer,
    verify,
    versions,
)
from engine.cli.examples import epilog
from engine.cli.output import Output
from engine.cli.version import version as version_number
from engine.errors import EngineError

INTERRUPTED = 130
"""How Typer ends on Ctrl-C; ours are 0 to 3."""

app = typer.Typer(
    name="maskwright",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help can be copied, and calls no switch "bool"
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="PATH... | COMMAND ...",
    help="Correct segmentation masks: a model proposes, you fix with a brush, it learns.\n\n"
    "Without a command the window opens, on the project, folder, images or COCO file named.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done.",
    epilog=epilog(""),
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"maskwright {version_number()}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


def _ends(command: Callable[..., int]) -> Callable[..., None]:
    """The command, its exit code told in Typer's way."""

    @functools.wraps(command)
    def ending(*args: Any, **kwargs: Any) -> None:
        raise typer.Exit(command(*args, **kwargs))

    return ending


_COMMANDS: dict[str, Callable[..., int]] = {
    "init": project.init,
    "import": transfer.import_,
    "predict": learn.predict,
    "folds": folds.folds,
    "export": transfer.export,
    "verify": verify.verify,
    "train": learn.train,
    "evaluate": learn.evaluate,
    "images": images.images,
    "versions": versions.versions,
    "split": hands.split,
    "merge": hands.merge,
    "agreement": hands.agreement,
    "classes": class_list.classes,
    "check": check.check,
    "lint": lint.lint,
    "backup": check.backups,
    "doctor": project.doctor,
}
_MODEL_COMMANDS: dict[str, Callable[..., int]] = {
    "list": model.list_,
    "inspect": model.inspect,
    "add": model.add,
    "remove": model.remove,
}

for _name, _command in _COMMANDS.items():
    app.command(_name, epilog=epilog(_name))(_ends(_command))

_models = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, inspect, add and remove models.",
    epilog=epilog("models"),
)
for _name, _command in _MODEL_COMMANDS.items():
    _models.command(_name, epilog=epilog(f"models {_name}"))(_ends(_command))
app.add_typer(_models, name="models")


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer with its exit code; nothing is raised.

    Args:
        argv: What follows the program's name.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    output = Output("--json" in words)
    try:
        app(args=words, prog_name="maskwright")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else DONE
        if code == INTERRUPTED:
            return _stopped(output)
        if code == USAGE:
            output.line({"type": "outcome", "outcome": "failed", "error": "usage", "result": {}})
        return code
    except KeyboardInterrupt:
        return _stopped(output)
    except EngineError as error:
        output.outcome("failed", {}, str(error))
        return FAILED
    except Exception as error:
        text = f"A fault of the program: {type(error).__name__}: {error}. Report it with this:"
        output.outcome("failed", {}, text)
        traceback.print_exc()
        return FAILED
    return DONE


def _stopped(output: Output) -> int:
    output.outcome("cancelled", {}, "Stopped.")
    return FAILED

"""The help: every command with its options, and examples that are read as they stand."""

import shlex

import pytest
import typer

from engine.cli import program
from engine.cli.examples import EXAMPLES
from engine.cli.program import application

OPTIONS = {
    "init": "--classes",
    "import": "--format --images --map --by-name --dry-run",
    "predict": "--model --accept --images --device",
    "folds": "--val --test --by --pattern --column --seed --again",
    "export": "--format --images --only-done --polygons --dialect --splits --images-out --empty",
    "verify": "--project --format --png --deep",
    "train": "--recipe --set --minutes --accept",
    "evaluate": "--model --predictions",
    "models list": "--project",
    "models inspect": "--photo --trust",
    "models add": "--name --set",
    "models remove": "--project",
    "images": "--folder --images --full --dry-run",
    "versions": "",
    "doctor": "",
}


def lines(command):
    """The examples of a command, continued lines joined."""
    return "\n".join(EXAMPLES[command]).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("command", OPTIONS)
def test_help_has_the_options_and_every_example(cli, command):
    code, out, _ = cli(*command.split(), "--help")
    assert code == 0
    words = out.split()
    assert all(option in words for option in [*OPTIONS[command].split(), "--json", "--help"])
    assert all(f"  {line}" in out for line in EXAMPLES[command])
    assert "<bool>" not in out


@pytest.mark.parametrize("command", [each for each in EXAMPLES if each and each != "models"])
def test_examples_are_read_as_the_command_they_explain(command):
    """As far as to the values of its options; nothing is run."""
    root = typer.main.get_command(application())
    for line in lines(command):
        words = shlex.split(line)
        assert words.pop(0) == "maskwright"
        found, info = root, None
        for name in command.split():
            assert words.pop(0) == name
            info = root.make_context(name, [], resilient_parsing=True)
            found = found.get_command(info, name)
        values = found.make_context(command, words).params
        assert values


def test_the_first_help_has_examples_and_short_lines(cli):
    code, out, _ = cli("--help")
    assert code == 0
    assert "..." not in out.partition("Commands:")[2].partition("Examples:")[0]  # none cut short
    assert all(f"  {line}" in out for line in EXAMPLES[""])
    assert max(map(len, out.splitlines())) <= 80


def test_every_command_has_examples():
    names = set(program.COMMANDS) | {f"models {name}" for name in program.MODEL_COMMANDS}
    assert names <= set(EXAMPLES)

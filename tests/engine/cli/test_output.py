"""Words of others on a terminal: shown, never obeyed."""

import pytest

from engine.cli.output import Output, shown

EVIL = "a\x1b]0;title\x07b\x1b[2Jc\x9b31md\re[bold]f\u202egnp"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\rb\x07", "a\\rb\\x07"),
        ("plain é 漢 – “x”\n\tline", "plain é 漢 – “x”\n\tline"),
        ("[bold]x", "\\[bold]x"),
        ("\udcff", "\\udcff"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_text(text, seen):
    assert shown(text) == seen


def test_every_way_of_saying_something_is_safe(capsys):
    output = Output()
    output.say(EVIL)
    output.remark(EVIL, "warning")
    output.table((EVIL, "b"), [(EVIL, 1)], EVIL)
    output.outcome("failed", {}, EVIL)
    said = "".join(capsys.readouterr())
    assert "\x1b]" not in said
    assert "\x1b[2J" not in said
    assert not {"\x07", "\x9b", "\r", "\u202e"} & {*said}
    assert said.count("[bold]f") >= 5

"""The tool and key reference, made from the action table and the tools there are.

``python packaging/reference.py`` writes ``packaging/REFERENCE.md``; with ``--check`` it fails where
that is not up to date.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.action_table import ACTIONS, Action  # noqa: E402
from app.dialogs.keys_sheet import MOUSE  # noqa: E402
from app.dialogs.rebind_list import PLACES  # noqa: E402
from app.key_text import normal  # noqa: E402
from app.keymap import mirrored  # noqa: E402
from app.tools.options import Choice, Number, Option, Switch  # noqa: E402
from app.tools.registry import TOOLS, ToolInfo  # noqa: E402
from engine.document.query_fields import NUMBERS, READY, TEXTS  # noqa: E402
from engine.document.query_help import MADE  # noqa: E402

PAGE = ROOT / "packaging" / "REFERENCE.md"

HEAD = """\
# Tools and keys

Made by `make reference` from the program's own tables. All keys can be changed (`Ctrl+F1`), kept as
a file and carried to another computer; several keys may run one command. The left-handed set is
chosen there too. Single keys can be switched off as a whole. On layouts of another script single
keys go by their place on the keyboard.
"""

FILES = """\
## Keys as a file

A JSON object that *Change keys › Export* writes and *Import* reads:

```json
{
 "format": "maskwright-keys",
 "version": 1,
 "hand": "right",
 "single_keys": true,
 "keys": {
  "tool.brush": ["B"],
  "edit.redo": ["Ctrl+Shift+Z", "Ctrl+Y"]
 }
}
```

`hand` is `right` or `left`: the set that commands which are not named have their keys from. An
empty list leaves a command without a key. Names this version does not know are said, and kept for
later. A key that is wanted twice runs the command that was changed, else the first of the list
above; the sheet names the others.
"""


def key(text: str) -> str:
    """A key as code, also where it is the sign that marks code."""
    return "`` ` ``" if text == "`" else f"`{text.replace('|', chr(92) + '|')}`"


def keys(some: tuple[str, ...]) -> str:
    """Keys of a command, without second spellings of one press."""
    return " ".join(key(each) for each in some if each not in ("{", "}"))


def tools() -> list[str]:
    """A table with a line for each tool."""
    lines = [
        "## Tools",
        "",
        "| tool | key | what the pointer does | options |",
        "|---|---|---|---|",
    ]
    by_id = {action.id: action for action in ACTIONS}
    for info in TOOLS.values():
        action = by_id.get(f"tool.{info.id}")
        bound = keys(action.keys) if action else ""
        held = " (held)" if action and action.held else ""
        lines.append(f"| {info.name} | {bound}{held} | {hint(info)} | {options(info)} |")
    return lines


def hint(info: ToolInfo) -> str:
    """What the status bar says, with the keys of today's table."""
    by_id = {action.id: action for action in ACTIONS}
    return re.sub(
        r"\{([a-z_.0-9]+)\}",
        lambda found: key(by_id[found[1]].keys[0]) if found[1] in by_id else found[0],
        info.hint,
    )


def options(info: ToolInfo) -> str:
    """The options of a tool's strip with their ends and defaults."""
    said = [option(each, each is info.wheel) for each in info.options]
    if info.pointer == "ring":
        said.insert(0, "Size (`Shift`+wheel)")
    return " · ".join(said)


def option(each: Option, wheel: bool) -> str:
    """One option in words."""
    if isinstance(each, Switch):
        return f"{each.words}: {'on' if each.default else 'off'}"
    if isinstance(each, Choice):
        return f"{each.words}: " + ", ".join(words for _, words in each.choices)
    assert isinstance(each, Number)
    turned = " (`Shift`+wheel)" if wheel else ""
    ends = f"{each.text(each.least)} – {each.text(each.most)}"
    return f"{each.words}: {each.text(each.default)}, {ends}{turned}"


def commands() -> list[str]:
    """Tables with a line for each command, by menu."""
    lines = ["## Commands", ""]
    groups = list(dict.fromkeys(action.group for action in ACTIONS))
    for group in groups:
        lines += [f"### {group}", "", "| command | key | left-handed | where | name |"]
        lines += ["|---|---|---|---|---|"]
        lines += [command(action) for action in ACTIONS if action.group == group]
        lines.append("")
    return lines


def command(action: Action) -> str:
    """One command's line."""
    left = tuple(dict.fromkeys(mirrored(normal(each)) for each in action.keys))
    other = "" if left == tuple(map(normal, action.keys)) else keys(left)
    text = action.text.rstrip("…")
    return f"| {text} | {keys(action.keys)} | {other} | {PLACES[action.context]} | `{action.id}` |"


def mouse() -> list[str]:
    """What buttons and wheel do."""
    lines = ["## Mouse and pen", "", "| with | does |", "|---|---|"]
    return lines + [f"| {what} | {does} |" for what, does in MOUSE]


def questions() -> list[str]:
    """The words of the object filter."""
    examples = ", ".join(f"`{each}`" for each in MADE)
    return [
        "## Questions in the object filter",
        "",
        "`/` leads to the filter above the object list. Any text is looked for in class names",
        "and notes, and as an object's number. A question is made of comparisons and ready",
        "phrases with `and`, `or`, `not` and parentheses. List and stepping go through what",
        "passes; the menu beside it lets the canvas draw only that.",
        "",
        f"- Numbers, with `<` `>` `<=` `>=` `=` `!=`: {', '.join(f'`{n}`' for n in NUMBERS)}.",
        "  Areas and lengths are in pixels; `60 %`, `1.5k` and `500 px` may be written.",
        f"- Texts, with `=` `!=` `contains`: {', '.join(f'`{n}`' for n in TEXTS)}.",
        f"- Phrases: {', '.join(f'`{n}`' for n in READY)}.",
        f"- For example: {examples}, `class = cell and (score < 0.6 or edited)`.",
        "",
    ]


def page() -> str:
    """The whole reference."""
    parts = [HEAD, *tools(), "", *commands(), *mouse(), "", *questions(), FILES]
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Check or write; returns the exit code."""
    text = page()
    if "--check" in arguments:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("the reference is up to date" if fresh else "run make reference", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"{len(TOOLS)} tools, {len(ACTIONS)} commands")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

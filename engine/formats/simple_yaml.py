"""The little of YAML that `data.yaml` of YOLO uses: keys, strings, lists and numbered names.

Not a YAML reader: anchors, tags and documents are not known, so nothing in a file can run or grow.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

# YAML 1.2, 5.7: escapes of strings in double quotes.
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_SIGNS = {
    **dict(zip("0abtnvfre", "\0\a\b\t\n\v\f\r\x1b", strict=True)),
    **{"N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"},
}

Value = str | list[str] | dict[str, str]


class _Line(NamedTuple):
    """What stands in a line: "  - key: rest", each part but the last optional."""

    indented: bool
    dash: bool
    key: str | None
    rest: str


def parse(text: str) -> dict[str, Value]:
    """The top-level fields; lists and mappings of one level below them.

    Lines that are none of these are passed over. The time grows with the length of the text,
    whatever stands in it.
    """
    found: dict[str, Value] = {}
    last = ""
    flow: list[str] = []
    for line in _unfolded(text):
        if flow:
            flow.append(line.strip())
            if _closed(flow[0], line):
                found[last], flow = _value(_joined(flow)), []
            continue
        if not line.strip() or line.strip() in ("---", "..."):
            continue
        parts = _taken_apart(line)
        if parts.dash or (parts.indented and last):
            _below(found, last, parts)
        elif parts.key is not None:
            last = _plain(parts.key)
            if parts.rest[:1] in ("[", "{") and not _closed(parts.rest, parts.rest):
                flow = [parts.rest]
            else:
                found[last] = _value(parts.rest)
    return found


def _unfolded(text: str) -> Iterator[str]:
    """The lines without remarks; what goes on in deeper lines is one (YAML 1.2, 7.3 and 6.5)."""
    parts: list[str] = []
    depth, opened = 0, False
    for raw in re.split(r"\r\n?|\n", text):
        line = _uncommented(raw).rstrip()
        rest = line.lstrip()
        taken = _taken_apart(line)
        deeper = len(line) - len(rest) > depth
        if parts and opened and rest and deeper and not taken.dash and taken.key is None:
            parts.append(rest)
            continue
        if parts:
            yield _joined(parts)
        # A value that stands in this line and is no list may go on in the next.
        opened = (taken.key is not None or taken.dash) and taken.rest[:1] not in ("", "[", "{")
        parts, depth = [line], len(line) - len(rest)
    yield _joined(parts)


def _joined(parts: list[str]) -> str:
    """Lines as one: an end of line is a space, or nothing behind a backslash."""
    found = []
    for at, part in enumerate(parts):
        bare = part.rstrip("\\")
        cut = at + 1 < len(parts) and (len(part) - len(bare)) % 2 == 1
        found.append(part[:-1] if cut else part if at + 1 == len(parts) else f"{part} ")
    return "".join(found)


def _taken_apart(line: str) -> _Line:
    rest = line.lstrip()
    indented = len(rest) < len(line)
    dash = rest[:1] == "-" and rest[1:2].isspace()
    if dash:
        rest = rest[1:].lstrip()
    end = rest.find(rest[0], 1) + 1 if rest[:1] in ('"', "'") else rest.find(":")
    after = rest[end:].lstrip()
    key = rest[:end].rstrip()
    if not key or after[:1] != ":" or not (after[1:2] or " ").isspace():
        return _Line(indented, dash, None, rest)
    return _Line(indented, dash, key, after[1:].lstrip())


def _below(found: dict[str, Value], last: str, line: _Line) -> None:
    """Take a line below the key `last`."""
    there = found.get(last)
    if line.dash:
        item = line.rest if line.key is None else f"{line.key}: {line.rest}"
        if not isinstance(there, list):
            there = found[last] = []
        there.append(_plain(item))
    elif line.key is not None:
        if not isinstance(there, dict):
            there = found[last] = {}
        there[_plain(line.key)] = _plain(line.rest)


def _uncommented(line: str) -> str:
    quote = ""
    for at, sign in enumerate(line):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "#" and (at == 0 or line[at - 1].isspace()):
            return line[:at]
    return line


def _closed(begin: str, end: str) -> bool:
    """Whether what begins with a bracket ends with its counterpart."""
    return end.rstrip().endswith("]" if begin.startswith("[") else "}")


def _value(text: str) -> Value:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [_plain(part) for part in _split(text[1:-1])]
    if text.startswith("{") and text.endswith("}"):
        pairs = (part.partition(":") for part in _split(text[1:-1]))
        return {_plain(key): _plain(value) for key, _, value in pairs}
    return _plain(text)


def _split(text: str) -> list[str]:
    """The parts between commas that stand outside of quotes."""
    parts, begin, at = [], 0, 0
    open_for_good: set[str] = set()  # quotes of which no second one follows
    before = ","
    while at < len(text):
        sign = text[at]
        if sign in "\"'" and before in ",:" and sign not in open_for_good:
            end = _end_of_quote(text, at)
            if end < 0:
                open_for_good.add(sign)
            else:
                at = end
        elif sign == ",":
            parts.append(text[begin:at])
            begin = at + 1
        before = before if sign.isspace() else sign
        at += 1
    return [part for part in (*parts, text[begin:]) if part.strip()]


def _end_of_quote(text: str, at: int) -> int:
    """Where the quote that opens at `at` closes; -1 for nowhere."""
    quote = text[at]
    end = text.find(quote, at + 1)
    while end >= 0:
        if quote == "'" and text[end + 1 : end + 2] == "'":
            end = text.find(quote, end + 2)  # two of them are one that is meant
        elif quote == '"' and _escaped(text, at, end):
            end = text.find(quote, end + 1)
        else:
            break
    return end


def _escaped(text: str, first: int, at: int) -> bool:
    """Whether an odd number of backslashes stands before `at`."""
    count = 0
    while at - count - 1 > first and text[at - count - 1] == "\\":
        count += 1
    return count % 2 == 1


def _plain(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _ESCAPE.sub(_meant, text[1:-1])
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def _meant(found: re.Match[str]) -> str:
    """The sign of an escape; what is none stays as it is."""
    sign = found[1]
    if sign[0] in "xuU" and len(sign) > 1:
        number = int(sign[1:], 16)
        return chr(number) if number <= sys.maxunicode else found[0]
    return _SIGNS.get(sign, sign if sign in ' "/\\' else found[0])


def quoted(text: str) -> str:
    """A string that YAML reads back as it is; signs that end lines or are unseen are escaped."""
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(s if s.isprintable() or ord(s) > 0xFFFF else f"\\u{ord(s):04x}" for s in plain)

"""The little of YAML that `data.yaml` of YOLO uses: keys, strings, lists and numbered names.

Not a YAML reader: anchors, tags and documents are not known, so nothing in a file can run or grow.
"""

from __future__ import annotations

import json
import re

_KEY = re.compile(r"^(\s*)(-\s+)?(?:(\"[^\"]*\"|'[^']*'|[^\s:#\"'][^:#]*?)\s*:(?:\s+|$))?(.*)$")


def parse(text: str) -> dict[str, str | list[str] | dict[str, str]]:
    """The top-level fields; lists and mappings of one level below them.

    Lines that are none of these are passed over.
    """
    found: dict[str, str | list[str] | dict[str, str]] = {}
    last = ""
    flow = ""
    for raw in text.splitlines():
        if flow:
            flow += " " + _uncommented(raw).strip()
            if _closed(flow):
                found[last], flow = _value(flow), ""
            continue
        line = _uncommented(raw).rstrip()
        if not line.strip() or line.strip() in ("---", "..."):
            continue
        match = _KEY.match(line)
        if match is None:
            continue
        indent, dash, key, rest = match.groups()
        if dash or (indent and last):
            _below(found, last, bool(dash), key, rest)
        elif key is not None:
            last = _plain(key)
            if rest[:1] in ("[", "{") and not _closed(rest):
                flow = rest
            else:
                found[last] = _value(rest)
    return found


def _below(
    found: dict[str, str | list[str] | dict[str, str]],
    last: str,
    dash: bool,
    key: str | None,
    rest: str,
) -> None:
    """Take a line below the key `last`."""
    there = found.get(last)
    if dash:
        items = there if isinstance(there, list) else []
        found[last] = [*items, _plain(f"{key}: {rest}" if key is not None else rest)]
    elif key is not None:
        fields = there if isinstance(there, dict) else {}
        found[last] = {**fields, _plain(key): _plain(rest)}


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


def _closed(text: str) -> bool:
    return text.rstrip().endswith("]" if text.startswith("[") else "}")


def _value(text: str) -> str | list[str] | dict[str, str]:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [_plain(part) for part in _split(text[1:-1])]
    if text.startswith("{") and text.endswith("}"):
        pairs = (part.partition(":") for part in _split(text[1:-1]))
        return {_plain(key): _plain(value) for key, _, value in pairs}
    return _plain(text)


def _split(text: str) -> list[str]:
    """The parts between commas that stand outside of quotes."""
    parts = re.findall(r"(?:\"(?:\\.|[^\"])*\"|'(?:''|[^'])*'|[^,])+", text)
    return [part for part in parts if part.strip()]


def _plain(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def quoted(text: str) -> str:
    """A string that YAML reads back as it is."""
    return json.dumps(text, ensure_ascii=False)

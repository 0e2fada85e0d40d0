"""What the pixel values of index masks mean.

A value is, in this order: what the user said it is; what `classes.json` beside the masks says;
the id of a class of the project; 0 for background; 255 (65,535 in 16-bit files) for void, if a
class of the project occurs too (else 0 and 255 are likelier a mask of one class). Anything else is
unknown and asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.formats.base import BACKGROUND_KEY, FoundClass

CLASSES_FILE = "classes.json"
VOID = {1: 255, 2: 65535}
"""Value of pixels nobody labelled, by bytes of a pixel."""

NOTHING = frozenset(("", "ignore", "void", "unlabelled", "unlabeled"))
"""Words that say a value is left unlabelled."""


class ValueEntry(msgspec.Struct):
    """One line of `classes.json`."""

    value: int
    name: str
    color: str | None = None
    thing: bool = False


class ValueTable(msgspec.Struct):
    """`classes.json`, written beside exported masks."""

    classes: list[ValueEntry]


@dataclass(frozen=True, slots=True)
class Meanings:
    """What values mean.

    Attributes:
        keys: Value → class key; `BACKGROUND_KEY` for background, None for unlabelled.
        classes: The classes behind the keys.
        assumed: Values whose meaning nobody said: 0 and those of void.
    """

    keys: Mapping[int, int | None]
    classes: list[FoundClass]
    assumed: frozenset[int] = frozenset()

    def unknown(self, values: Iterable[int]) -> list[int]:
        """Those of `values` that mean nothing, sorted; `values` are all that occur."""
        there = set(values)
        unknown = there - set(self.keys)
        classes = {value for value in there - unknown if (self.keys[value] or -1) > BACKGROUND}
        if not classes:
            unknown |= there & self.assumed & set(VOID.values())
        return sorted(unknown)

    def keys_of(self, array: NDArray[np.integer]) -> NDArray[np.uint16]:
        """Every pixel's class key + 1: 0 unlabelled, 1 background … as `layer_key` undoes."""
        table = np.zeros(65536, np.uint16)
        for value, key in self.keys.items():
            table[value] = 0 if key is None else 1 if key == BACKGROUND_KEY else key
        keys: NDArray[np.uint16] = table[array]
        return keys


def read_table(folder: Path) -> list[ValueEntry]:
    """The lines of `classes.json` in `folder`; none where there is no such file.

    Raises:
        EngineError: The file is there and is something else.
    """
    path = folder / CLASSES_FILE
    try:
        data = path.read_bytes()
    except OSError:
        return []
    try:
        return msgspec.json.decode(data, type=ValueTable).classes
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineError(
            f"{path} does not list classes as this program writes them ({error}). Remove it, or "
            "say with --map what the values mean."
        ) from error


def meanings(
    taxonomy: Taxonomy, said: Mapping[int, str], table: Iterable[ValueEntry] = ()
) -> Meanings:
    """Put together what is known about values.

    Args:
        taxonomy: The project's classes.
        said: What the user said: value → class name, "background", or "ignore".
        table: Lines of `classes.json`.

    Raises:
        EngineError: A value is outside 0..65,535.
    """
    known: dict[int, str] = {}
    colors: dict[str, str | None] = {}
    things: dict[str, bool] = {}
    # Background and void first: a class of the project, or the user, may claim 0 or 255.
    defaults = {0: "background", VOID[1]: "ignore", VOID[2]: "ignore"}
    known.update(defaults)
    listed = list(table)
    if not listed:
        known.update({each.id: each.name for each in taxonomy.classes})
    assumed = {value for value, name in defaults.items() if known[value] == name} - set(said)
    for entry in listed:
        assumed.discard(entry.value)
        known[entry.value] = entry.name
        colors[entry.name.casefold()] = entry.color
        things[entry.name.casefold()] = entry.thing
    known.update(said)
    wrong = [value for value in known if not 0 <= value <= VOID[2]]
    if wrong:
        raise EngineError(f"A mask's pixel cannot have the value {wrong[0]}; 0 to 65,535 can be.")
    keys: dict[int, int | None] = {}
    classes: dict[str, FoundClass] = {}
    for value, name in sorted(known.items()):
        word = name.strip().casefold()
        if word in NOTHING:
            keys[value] = None
        elif word == "background":
            keys[value] = BACKGROUND_KEY
        else:
            found = classes.setdefault(
                word,
                FoundClass(
                    key=len(classes) + BACKGROUND + 1,
                    name=name.strip(),
                    color=colors.get(word),
                    thing=things.get(word, False),
                ),
            )
            keys[value] = found.key
    return Meanings(keys, list(classes.values()), frozenset(assumed))


def parse_map(text: str) -> dict[int, str]:
    """The meaning of values as written on a command line: "0=background,128=cytoplasm".

    Raises:
        EngineError: It is not written like that.
    """
    said: dict[int, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        value, equals, name = part.partition("=")
        if not equals or not value.strip().isdigit():
            raise EngineError(
                f"“{part}” does not say what a value means. Write VALUE=CLASS, as in "
                "0=background,128=cytoplasm,255=ignore."
            )
        said[int(value)] = name.strip()
    return said


def layer_key(number: int) -> int:
    """The class key behind a number of `Meanings.keys_of`."""
    return BACKGROUND_KEY if number == BACKGROUND else number


__all__ = [
    "BACKGROUND",
    "CLASSES_FILE",
    "UNLABELLED",
    "VOID",
    "Meanings",
    "ValueEntry",
    "ValueTable",
    "layer_key",
    "meanings",
    "parse_map",
    "read_table",
]

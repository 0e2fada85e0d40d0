"""What the pixel values of index masks mean.

A value is, in this order: what the user said it is; what `classes.json` beside the masks says;
the id of a class of the project; 0 for background; 255 (65,535 in 16-bit files) for void, if a
class of the project occurs too (else 0 and 255 are likelier a mask of one class). Anything else is
unknown and asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import hexdigits

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.palette import is_color
from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.formats.base import BACKGROUND_KEY, FoundClass
from engine.images.plain_file import open_plain

CLASSES_FILE = "classes.json"
LIST_FILE = "classes.list"
"""The same where every *.json file is taken for an image's."""

COLOR = 1 << 24
"""What is added to R + 256 G + 65,536 B of a colour where values may be colours as well."""

VOID_COLOR = (224, 224, 192)
"""The colour PASCAL VOC gives to void."""
VOID = {1: 255, 2: 65535}
"""Value of pixels nobody labelled, by bytes of a pixel."""

BACKGROUND_WORD = "background"

NOTHING = frozenset(("", "ignore", "void", "unlabelled", "unlabeled"))
"""Words that say a value is left unlabelled."""


class ValueEntry(msgspec.Struct):
    """One line of `classes.json`."""

    value: int
    name: str
    color: str | None = None
    thing: bool = False


class ValueTable(msgspec.Struct, omit_defaults=True):
    """`classes.json`, written beside exported masks.

    Attributes:
        classes: What there is.
        colors: Whether the masks hold the colours of classes, not their values.
        literal: Values of classes whose names would otherwise mean background or void.
    """

    classes: list[ValueEntry]
    colors: bool = False
    literal: list[int] = []


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
        if array.dtype.itemsize > 2:  # colours
            there, places = np.unique(array, return_inverse=True)
            few = np.array([self._number(value) for value in there.tolist()], np.uint16)
            found: NDArray[np.uint16] = few[places.reshape(array.shape)]
            return found
        table = np.zeros(65536, np.uint16)
        for value in self.keys:
            if value < COLOR:
                table[value] = self._number(value)
        keys: NDArray[np.uint16] = table[array]
        return keys

    def _number(self, value: int) -> int:
        key = self.keys.get(value)
        return 0 if key is None else 1 if key == BACKGROUND_KEY else key


def read_table(folder: Path, file: str = "") -> list[ValueEntry]:
    """The lines of `classes.json` in `folder`; none where there is no such file.

    Args:
        folder: Where.
        file: `CLASSES_FILE` or `LIST_FILE`; "" for the one that is there.

    Raises:
        EngineError: The file is there and is something else.
    """
    return read_value_table(folder, file).classes


def read_value_table(folder: Path, file: str = "") -> ValueTable:
    """`classes.json` in `folder`; an empty one where there is no such file. See `read_table`."""
    path = folder / (file or CLASSES_FILE)
    path = path if file or path.is_file() else folder / LIST_FILE
    try:
        with open_plain(path) as opened:
            data = opened.read()
    except OSError:
        return ValueTable([])
    try:
        table = msgspec.json.decode(data, type=ValueTable)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineError(
            f"{path} does not list classes as this program writes them ({error}). Remove it, or "
            "say with --map what the values mean."
        ) from error
    for each in table.classes:
        each.color = each.color if is_color(each.color) else None
    return table


def meanings(
    taxonomy: Taxonomy,
    said: Mapping[int, str],
    table: Iterable[ValueEntry] = (),
    literal: Collection[int] = (),
) -> Meanings:
    """Put together what is known about values.

    Args:
        taxonomy: The project's classes.
        said: What the user said: value → class name, "background", or "ignore".
        table: Lines of `classes.json`.
        literal: See `ValueTable`.

    Raises:
        EngineError: A value is outside 0..65,535.
    """
    listed = list(table)
    known = {**_known_values(taxonomy, listed), **_known_colors(taxonomy, listed)}
    assumed = {value for value, name in _DEFAULTS.items() if known[value] == name} - set(said)
    assumed -= {entry.value for entry in listed}
    known.update(said)
    wrong = [value for value in known if not (0 <= value <= VOID[2] or COLOR <= value < 2 * COLOR)]
    if wrong:
        raise EngineError(f"A mask's pixel cannot have the value {wrong[0]}; 0 to 65,535 can be.")
    # A class may be called as void is; the line of the class tells its colour and kind.
    lines = sorted(listed, key=lambda entry: entry.value in literal)
    colors = {entry.name.casefold(): entry.color for entry in lines}
    things = {entry.name.casefold(): entry.thing for entry in lines}
    meant = {*literal, *(color_value(e.color or "") for e in listed if e.value in literal)}
    meant -= {0, *said}
    keys: dict[int, int | None] = {}
    classes: dict[str, FoundClass] = {}
    for value, name in sorted(known.items()):
        word = name.strip().casefold()
        if word in NOTHING and value not in meant:
            keys[value] = None
        elif word == BACKGROUND_WORD and value not in meant:
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


# Background and void first: a class of the project, or the user, may claim 0 or 255.
_DEFAULTS = {0: "background", VOID[1]: "ignore", VOID[2]: "ignore"}


def _known_values(taxonomy: Taxonomy, listed: list[ValueEntry]) -> dict[int, str]:
    """Value → name, as `classes.json` says, else as the project numbers its classes."""
    named = {entry.value: entry.name for entry in listed}
    return {**_DEFAULTS, **(named or {each.id: each.name for each in taxonomy.classes})}


def _known_colors(taxonomy: Taxonomy, listed: list[ValueEntry]) -> dict[int, str]:
    """Colour → name, likewise; black is background, and void has the colour VOC gives it."""
    red, green, blue = VOID_COLOR
    known = {COLOR: "background", COLOR + (red | green << 8 | blue << 16): "ignore"}
    named = {entry.color: entry.name for entry in listed if entry.color}
    named = named or {each.color: each.name for each in taxonomy.classes}
    known.update({color_value(color): name for color, name in named.items() if color_value(color)})
    return known


def color_value(text: str) -> int:
    """The value of a colour "#RRGGBB", see `COLOR`; 0 where it is none."""
    digits = text.strip().removeprefix("#")
    if len(digits) != 6 or not text.strip().startswith("#") or not set(digits) <= set(hexdigits):
        return 0
    red, green, blue = bytes.fromhex(digits)
    return COLOR + (red | green << 8 | blue << 16)


def value_name(value: int) -> str:
    """A value for people: "128", or "#FF8000" for a colour."""
    if value < COLOR:
        return str(value)
    return f"#{value & 255:02X}{value >> 8 & 255:02X}{value >> 16 & 255:02X}"


def parse_map(text: str) -> dict[int, str]:
    """The meaning of values as written on a command line: "0=background,128=cytoplasm".

    Colours are values too: "#FF0000=cat".

    Raises:
        EngineError: It is not written like that.
    """
    said: dict[int, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        value, equals, name = part.partition("=")
        color = color_value(value)
        if not equals or not (value.strip().isdecimal() or color):
            raise EngineError(
                f"“{part}” does not say what a value means. Write VALUE=CLASS, as in "
                "0=background,128=cytoplasm,255=ignore, or #FF0000=cytoplasm for colours."
            )
        said[color or int(value)] = name.strip()
    return said


def layer_key(number: int) -> int:
    """The class key behind a number of `Meanings.keys_of`."""
    return BACKGROUND_KEY if number == BACKGROUND else number


__all__ = [
    "BACKGROUND",
    "BACKGROUND_WORD",
    "CLASSES_FILE",
    "COLOR",
    "LIST_FILE",
    "UNLABELLED",
    "VOID",
    "VOID_COLOR",
    "Meanings",
    "ValueEntry",
    "ValueTable",
    "color_value",
    "layer_key",
    "meanings",
    "parse_map",
    "read_table",
    "read_value_table",
    "value_name",
]

"""`classes.json` beside mask files: what their values mean, and which classes have objects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.formats.base import live_classes
from engine.formats.png_values import (
    BACKGROUND_WORD,
    CLASSES_FILE,
    NOTHING,
    ValueEntry,
    ValueTable,
)
from engine.formats.whole import write_whole


def write_classes(
    folder: Path,
    taxonomy: Taxonomy,
    values: Mapping[int, int],
    *,
    zero: str,
    void: int | None,
    colors: Mapping[int, str] | None = None,
    file: str = CLASSES_FILE,
) -> None:
    """Write the file.

    Args:
        folder: Where.
        taxonomy: The project's classes.
        values: Class id → value.
        zero: What 0 means; "" to leave it out.
        void: The value of unlabelled pixels, None where there is none.
        colors: Class id → colour in the masks, `UNLABELLED` included, where these hold colours.
        file: What it is called, `CLASSES_FILE` or `LIST_FILE`.

    Raises:
        EngineError: It cannot be written.
    """
    lines = [ValueEntry(0, zero, "#000000")] if zero else []
    shown = colors or {}
    lines += [
        ValueEntry(values[each.id], each.name, shown.get(each.id, each.color), each.thing)
        for each in live_classes(taxonomy)
        if each.id in values
    ]
    if void is not None:
        lines.append(ValueEntry(void, "ignore", shown.get(UNLABELLED)))
    words = {*NOTHING, BACKGROUND_WORD}
    literal = [
        values[each.id]
        for each in live_classes(taxonomy)
        if each.id in values and each.name.strip().casefold() in words
    ]
    table = ValueTable(lines, colors=colors is not None, literal=literal)
    data = msgspec.json.format(msgspec.json.encode(table), indent=1)
    write_whole(folder / file, data)


def few(taxonomy: Taxonomy, most: int, words: str) -> None:
    """Refuse projects of more classes than a format has numbers for.

    Raises:
        EngineError: There are more than `most`.
    """
    count = len(live_classes(taxonomy))
    if count > most:
        raise EngineError(
            f"{words} can hold {most} classes and this project has {count}. Merge or delete "
            "classes, or choose another format."
        )

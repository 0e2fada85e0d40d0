"""Whether what is stored of masks, class maps and undo can be read, and lies in its image."""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import numpy as np

from engine.document import commands, taxonomy_commands
from engine.document.taxonomy import FIRST_CLASS
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.mask import Mask
from engine.masks.tiles import SIDE
from engine.store import check_rules
from engine.store.check_rules import UNDO, Finding, counted, forget_undo
from engine.store.states import classes_text

Watch = Callable[[int, int, str], None]
Size = tuple[int, int]
Row = tuple[Any, ...]

_FAR: Final = 1 << 24  # pixels a side; no mask that can be read leaves such an image
_EVERY: Final = 1000  # rows between two words on how far it is


def look(db: sqlite3.Connection, watch: Watch) -> list[Finding]:
    """Read everything that is stored of pixels.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    sizes: dict[int, Size] = {
        number: (height, width)
        for number, height, width in db.execute(
            "SELECT id, height, width FROM images WHERE height > 0 AND width > 0"
        )
    }
    return [
        *_masks(db, sizes, watch),
        *_mask_tiles(db, sizes, watch),
        *_layers(db, sizes, watch),
        *_journal(db, sizes, watch),
    ]


def _counted(
    db: sqlite3.Connection, table: str, columns: str, what: str, watch: Watch
) -> Iterator[tuple[Any, ...]]:
    """Rows one after another, telling how far it is."""
    total = int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    for at, row in enumerate(db.execute(f"SELECT {columns} FROM {table}")):
        if at % _EVERY == 0:
            watch(at, total, what)
        yield row


def _masks(db: sqlite3.Connection, sizes: dict[int, Size], watch: Watch) -> list[Finding]:
    """Masks that are kept in one piece."""
    broken: list[Row] = []
    outside: list[Row] = []
    rows = _counted(db, "annotations", "id, image, mask", "Reading masks", watch)
    for number, image, blob in rows:
        size = sizes.get(image)
        if blob is None or size is None:
            continue
        try:
            codec.from_bytes(blob, size)
        except EngineError:
            (outside if _readable(blob) else broken).append((number, image))
    found = []
    if broken:
        found.append(
            Finding(
                "broken-masks",
                f"{counted(len(broken), 'mask', 'masks')} cannot be read.",
                f"Repairing removes those objects{UNDO}",
                partial(_remove, broken),
            )
        )
    if outside:
        one, many = "mask reaches out of its image", "masks reach out of their images"
        found.append(
            Finding(
                "outside",
                f"{counted(len(outside), one, many)}.",
                f"Repairing cuts off what lies outside{UNDO}",
                partial(_cut, outside, sizes),
            )
        )
    return found


def _readable(blob: bytes) -> bool:
    try:
        codec.from_bytes(blob, (_FAR, _FAR))
    except EngineError:
        return False
    return True


def _remove(objects: list[Row], db: sqlite3.Connection) -> None:
    db.executemany("DELETE FROM annotations WHERE id = ? AND image = ?", objects)
    forget_undo(db, {image for _, image in objects})


def _cut(objects: list[Row], sizes: dict[int, Size], db: sqlite3.Connection) -> None:
    for number, image in objects:
        blob = db.execute("SELECT mask FROM annotations WHERE id = ?", (number,)).fetchone()[0]
        height, width = sizes[image]
        mask = codec.from_bytes(blob, (_FAR, _FAR)).clip((0, 0, width, height))
        if not mask or mask.is_tiled:  # tiles have rows of their own; such a mask was never small
            db.execute("DELETE FROM annotations WHERE id = ?", (number,))
        else:
            row = codec.to_bytes(mask), number
            db.execute("UPDATE annotations SET mask = ? WHERE id = ?", row)
    forget_undo(db, {image for _, image in objects})


def _mask_tiles(db: sqlite3.Connection, sizes: dict[int, Size], watch: Watch) -> list[Finding]:
    """Pieces of large masks."""
    wrong: list[Row] = []
    columns = 'rowid, image, "row", "column", bits'
    for key, image, row, column, bits in _counted(
        db, "mask_tiles", columns, "Reading large masks", watch
    ):
        size = sizes.get(image)
        if size is not None and not _tile_fits(row, column, bits, size):
            wrong.append((key, image))
    if not wrong:
        return []
    text = f"{counted(len(wrong), 'piece of a large mask', 'pieces of large masks')} cannot be read"
    return [
        Finding(
            "broken-tiles",
            f"{text} or lies outside its image.",
            f"Repairing removes those pieces{UNDO}",
            lambda db: _delete(db, "mask_tiles", wrong),
        )
    ]


def _tile_fits(row: int, column: int, bits: bytes, size: Size) -> bool:
    try:
        tile = codec.mask_tile_from_bytes(bits)
        mask = Mask.from_tiles({(row, column): tile})
    except (EngineError, TypeError, ValueError, OverflowError):
        return False
    box = mask.box
    return min(box) >= 0 and box[2] <= size[1] and box[3] <= size[0]


def _layers(db: sqlite3.Connection, sizes: dict[int, Size], watch: Watch) -> list[Finding]:
    """Pieces of class maps: whether they can be read, their classes, and what is said of these."""
    known = {number for (number,) in db.execute("SELECT id FROM classes")}
    broken: list[Row] = []
    said: list[Row] = []
    missing: set[int] = set()
    columns = 'rowid, image, "row", "column", classes, pixels'
    for key, image, row, column, text, pixels in _counted(
        db, "layer_tiles", columns, "Reading class maps", watch
    ):
        size = sizes.get(image)
        if size is None:
            continue
        try:
            tile = codec.class_tile_from_bytes(pixels)
            inside = 0 <= row * SIDE < size[0] and 0 <= column * SIDE < size[1]
        except (EngineError, TypeError):
            inside = False
        if not inside:
            broken.append((key, image))
            continue
        present = {tile} if isinstance(tile, int) else set(np.unique(tile).tolist())
        missing |= {value for value in present if value >= FIRST_CLASS} - known
        if text != classes_text(tile):
            said.append((classes_text(tile), key))
    return _of_layers(broken, said, missing)


def _of_layers(broken: list[Row], said: list[Row], missing: set[int]) -> list[Finding]:
    found = []
    if broken:
        what = counted(len(broken), "piece of a class map", "pieces of class maps")
        found.append(
            Finding(
                "broken-layers",
                f"{what} cannot be read or lies outside its image.",
                f"Repairing makes those pixels unlabelled{UNDO}",
                lambda db: _delete(db, "layer_tiles", broken),
            )
        )
    found += [
        Finding(
            "lost-class",
            f"Pixels have the class {number}, which is not there.",
            f"Repairing makes a class “recovered {number}”, which can be renamed or merged.",
            partial(check_rules.make_class, class_id=number, thing=False),
        )
        for number in sorted(missing)
    ]
    if said:
        what = counted(len(said), "piece of a class map says", "pieces of class maps say")
        found.append(
            Finding(
                "layer-classes",
                f"{what} wrongly which classes are in it.",
                "Repairing corrects it.",
                lambda db: _say(db, said),
            )
        )
    return found


def _say(db: sqlite3.Connection, said: list[Row]) -> None:
    db.executemany("UPDATE layer_tiles SET classes = ? WHERE rowid = ?", said)


def _delete(db: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    db.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(key,) for key, _ in rows])
    forget_undo(db, {image for _, image in rows})


def _journal(db: sqlite3.Connection, sizes: dict[int, Size], watch: Watch) -> list[Finding]:
    """Steps that could not be undone or redone."""
    wrong: dict[int, list[int]] = {}
    columns = "image, number, kind, label, payload"
    for image, number, kind, label, data in _counted(db, "journal", columns, "Reading undo", watch):
        size = sizes.get(image)
        if image != 0 and size is None:
            continue
        try:
            if size is None:
                taxonomy_commands.from_payload(kind, data, label)
            else:
                commands.from_payload(kind, data, size, label)
        except EngineError:
            wrong.setdefault(image, []).append(number)
    return [
        Finding(
            "broken-steps",
            f"{counted(len(numbers), 'step', 'steps')} of undo of "
            f"{'the project' if image == 0 else f'image {image}'} cannot be read.",
            "Repairing forgets them, and those that could only be reached through them.",
            partial(_forget, image, numbers),
        )
        for image, numbers in wrong.items()
    ]


def _forget(image: int, numbers: list[int], db: sqlite3.Connection) -> None:
    """Steps in force go with all before them, undone ones with all after them."""
    row = db.execute("SELECT number FROM heads WHERE image = ?", (image,)).fetchone()
    head = 0 if row is None else int(row[0])
    before = max((each for each in numbers if each <= head), default=-1)
    after = min((each for each in numbers if each > head), default=None)
    db.execute("DELETE FROM journal WHERE image = ? AND number <= ?", (image, before))
    if after is not None:
        db.execute("DELETE FROM journal WHERE image = ? AND number >= ?", (image, after))

"""Annotations, proposals and the class map of an image as rows; only what changed is written."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from engine.document.annotation import Annotation
from engine.document.document import State, Status
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.values import Tile
from engine.store.rows import pack_extra, unpack_extra

_COLUMNS: Final = (
    "id, image, class, position, score, source, edited, proposal, crowd, locked, hidden, "
    "doubtful, note, coco_id, created, modified, seconds, added, removed, extra, mask"
)
_READ: Final = f"SELECT {_COLUMNS} FROM annotations WHERE image = ?"
_WRITE: Final = f"INSERT OR REPLACE INTO annotations ({_COLUMNS}) VALUES ({', '.join('?' * 21)})"
_UPDATE: Final = (
    f"UPDATE annotations SET ({', '.join(_COLUMNS.split(', ')[2:-1])}) = "
    f"({', '.join('?' * 18)}) WHERE id = ?"
)

Tiles = dict[tuple[int, int], Any]


def read_state(
    db: sqlite3.Connection, image_id: int, size: tuple[int, int], status: Status
) -> tuple[list[Annotation], ClassMap]:
    """All annotations and proposals of an image, and its class map.

    Raises:
        EngineError: something stored is damaged; the sentence says so.
    """
    try:
        tiled = _mask_tiles(db, image_id)
        found = [_annotation(row, size, tiled) for row in db.execute(_READ, (image_id,))]
        return found, read_layer(db, image_id, size)
    except (TypeError, ValueError, KeyError, OverflowError) as problem:
        raise EngineError(
            f"The annotations of image {image_id} are damaged and cannot be read ({problem})."
        ) from problem


def read_layer(db: sqlite3.Connection, image_id: int, size: tuple[int, int]) -> ClassMap:
    """The class map of an image."""
    rows = db.execute(
        'SELECT "row", "column", pixels FROM layer_tiles WHERE image = ?', (image_id,)
    )
    tiles = {(row, column): codec.class_tile_from_bytes(pixels) for row, column, pixels in rows}
    return ClassMap.from_tiles(size, tiles)


def write_state(db: sqlite3.Connection, image_id: int, before: State, after: State) -> None:
    """Bring the rows of an image from ``before`` to ``after``; what both share is not touched."""
    old = {**before.annotations, **before.proposals}
    new = {**after.annotations, **after.proposals}
    gone = [key for key in old if key not in new]
    if gone:
        keys = [(image_id, key) for key in gone]
        db.executemany("DELETE FROM annotations WHERE image = ? AND id = ?", keys)
        tiled = [key for key in keys if old[key[1]].mask.is_tiled]
        db.executemany("DELETE FROM mask_tiles WHERE image = ? AND annotation = ?", tiled)
    for key, annotation in new.items():
        was = old.get(key)
        if was is not annotation:
            _write(db, image_id, was, annotation)
    if new:
        note_highest(db, "annotation", max(new))
    if before.layer is not after.layer:
        _write_layer(db, image_id, before.layer, after.layer)


def note_highest(db: sqlite3.Connection, kind: str, number: int) -> None:
    """Remember that numbers up to ``number`` were given out."""
    db.execute(
        "INSERT INTO counters (kind, value) VALUES (?, ?) ON CONFLICT (kind) "
        "DO UPDATE SET value = excluded.value WHERE excluded.value > value",
        (kind, number),
    )


def delete_images(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Remove all rows of images."""
    keys = [(image_id,) for image_id in ids]
    parts = ("annotations", "mask_tiles", "layer_tiles", "journal", "heads", "origins", "seen")
    for table in parts:
        db.executemany(f"DELETE FROM {table} WHERE image = ?", keys)
    db.executemany("DELETE FROM images WHERE id = ?", keys)


def _annotation(
    row: tuple[Any, ...], size: tuple[int, int], tiled: Mapping[int, Tiles]
) -> Annotation:
    blob = row[20]
    mask = Mask.from_tiles(tiled[row[0]]) if blob is None else codec.from_bytes(blob, size)
    if blob is None and (mask.box[2] > size[1] or mask.box[3] > size[0] or min(mask.box) < 0):
        raise ValueError(f"object {row[0]} lies outside its image")
    return Annotation(
        id=row[0],
        class_id=row[2],
        mask=mask,
        order=row[3],
        score=row[4],
        source=row[5],
        edited=bool(row[6]),
        proposal=bool(row[7]),
        crowd=bool(row[8]),
        locked=bool(row[9]),
        hidden=bool(row[10]),
        doubtful=bool(row[11]),
        note=row[12],
        coco_id=row[13],
        created=row[14],
        modified=row[15],
        seconds=row[16],
        added=row[17],
        removed=row[18],
        extra=unpack_extra(row[19]),
    )


def _mask_tiles(db: sqlite3.Connection, image_id: int) -> dict[int, Tiles]:
    found: dict[int, Tiles] = {}
    rows = db.execute(
        'SELECT annotation, "row", "column", bits FROM mask_tiles WHERE image = ?', (image_id,)
    )
    for annotation, row, column, bits in rows:
        found.setdefault(annotation, {})[row, column] = codec.mask_tile_from_bytes(bits)
    return found


def _write(db: sqlite3.Connection, image_id: int, was: Annotation | None, a: Annotation) -> None:
    values = (
        a.id, image_id, a.class_id, a.order, a.score, a.source, a.edited, a.proposal, a.crowd,
        a.locked, a.hidden, a.doubtful, a.note, a.coco_id, a.created, a.modified, a.seconds,
        a.added, a.removed, pack_extra(a.extra),
    )  # fmt: skip
    if was is not None and was.mask is a.mask:
        db.execute(_UPDATE, (*values[2:], a.id))
        return
    blob = None if a.mask.is_tiled else codec.to_bytes(a.mask)
    db.execute(_WRITE, (*values, blob))
    if a.mask.is_tiled or (was is not None and was.mask.is_tiled):
        _write_tiles(db, image_id, a.id, Mask.EMPTY if was is None else was.mask, a.mask)


def _write_tiles(
    db: sqlite3.Connection, image_id: int, annotation: int, before: Mask, after: Mask
) -> None:
    old = before.tiles() if before.is_tiled else {}
    new = after.tiles() if after.is_tiled else {}
    db.executemany(
        'DELETE FROM mask_tiles WHERE image = ? AND annotation = ? AND "row" = ? AND "column" = ?',
        ((image_id, annotation, *key) for key in old if key not in new),
    )
    db.executemany(
        "INSERT OR REPLACE INTO mask_tiles VALUES (?, ?, ?, ?, ?)",
        (
            (image_id, annotation, *key, codec.tile_to_bytes(tile))
            for key, tile in new.items()
            if old.get(key) is not tile
        ),
    )


def _write_layer(db: sqlite3.Connection, image_id: int, before: ClassMap, after: ClassMap) -> None:
    old, new = before.tiles(), after.tiles()
    db.executemany(
        'DELETE FROM layer_tiles WHERE image = ? AND "row" = ? AND "column" = ?',
        ((image_id, *key) for key in old if key not in new),
    )
    db.executemany(
        "INSERT OR REPLACE INTO layer_tiles VALUES (?, ?, ?, ?, ?)",
        (
            (image_id, *key, _classes(tile), codec.tile_to_bytes(tile))
            for key, tile in _changed(old, new)
        ),
    )


def _changed(
    old: Mapping[tuple[int, int], Tile], new: Mapping[tuple[int, int], Tile]
) -> Iterator[tuple[tuple[int, int], Tile]]:
    for key, tile in new.items():
        was = old.get(key)
        same = was is tile or (isinstance(was, int) and isinstance(tile, int) and was == tile)
        if not same:
            yield key, tile


def _classes(tile: Tile) -> str:
    if isinstance(tile, int):
        return f",{tile},"
    present = np.flatnonzero(np.bincount(tile.ravel())).tolist()
    return f",{','.join(map(str, present))},"

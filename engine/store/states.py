"""Annotations, proposals and the class map of an image as rows; only what changed is written."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from engine.document.annotation import Annotation
from engine.document.document import State, Status
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.class_map import ClassMap
from engine.masks.codec_many import many_from_bytes
from engine.masks.mask import Mask
from engine.masks.values import Tile
from engine.store.rows import pack_extra, unpack_extra

_COLUMNS: Final = (
    "id, image, class, position, score, source, edited, proposal, crowd, locked, hidden, "
    "doubtful, note, coco_id, created, modified, seconds, added, removed, extra, mask, person"
)
_READ: Final = f"SELECT {_COLUMNS} FROM annotations WHERE image = ?"
_READ_OLD: Final = _READ.replace("person", "''")
_WRITE: Final = f"INSERT OR REPLACE INTO annotations ({_COLUMNS}) VALUES ({', '.join('?' * 22)})"
_KEPT: Final = [each for each in _COLUMNS.split(", ")[2:] if each != "mask"]
_UPDATE: Final = (
    f"UPDATE annotations SET ({', '.join(_KEPT)}) = ({', '.join('?' * len(_KEPT))}) WHERE id = ?"
)

_NAMED: Final = 4  # the version of the file's tables from which objects have a person's name
_KNOWN: Final = 256  # class maps kept to be shared
_ONE_VALUE: Final = 6  # bytes of a stored tile that has one class throughout

Tiles = dict[tuple[int, int], Any]
Size = tuple[int, int]
Read = tuple[list[Annotation], ClassMap]


def read_state(db: sqlite3.Connection, image_id: int, size: Size, status: Status) -> Read:
    """All annotations and proposals of an image, and its class map.

    Raises:
        EngineError: something stored is damaged; the sentence says so.
    """
    return read_states(db, {image_id: size}, {})[image_id]


def read_states(
    db: sqlite3.Connection,
    sizes: Mapping[int, Size],
    layers: dict[Any, ClassMap],
    packed: dict[int, bytes | None] | None = None,
) -> dict[int, Read]:
    """As ``read_state`` for some images at once, whose masks are unpacked together.

    Args:
        db: the connection.
        sizes: (height, width) by image.
        layers: class maps that were read before, to be shared by images that have the same; a
            mapping of the caller's, empty at first.
        packed: is given the packed bits of small masks, by object; None where they are not at
            hand. See ``many_from_bytes``.
    """
    asked = f"IN ({', '.join('?' * len(sizes))})"
    try:
        tiled = _mask_tiles(db, sizes, asked)
        # A project that is only read may be of before people had names.
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        query = (_READ if version >= _NAMED else _READ_OLD).replace("= ?", asked)
        rows = db.execute(query, [*sizes]).fetchall()
        small = [row for row in rows if row[20] is not None]
        told: list[bytes | None] | None = None if packed is None else []
        shapes = [sizes[row[1]] for row in small]
        unpacked = many_from_bytes([row[20] for row in small], shapes, told)
        masks = {row[0]: mask for row, mask in zip(small, unpacked, strict=True)}
        if packed is not None and told is not None:
            packed.update(zip((row[0] for row in small), told, strict=True))
        found: dict[int, list[Annotation]] = {image_id: [] for image_id in sizes}
        for row in rows:
            mask = masks.get(row[0])
            if mask is None:
                mask = _from_tiles(row[0], tiled[row[0]], sizes[row[1]])
            found[row[1]].append(_annotation(row, mask))
        maps = read_layers(db, sizes, layers)
        return {image_id: (found[image_id], maps[image_id]) for image_id in sizes}
    except (TypeError, ValueError, KeyError, OverflowError) as problem:
        some = ", ".join(map(str, sizes))
        raise EngineError(
            f"The annotations of image {some} are damaged and cannot be read ({problem})."
        ) from problem


def read_layers(
    db: sqlite3.Connection, sizes: Mapping[int, Size], known: dict[Any, ClassMap]
) -> dict[int, ClassMap]:
    """The class maps of some images; see ``read_states``."""
    asked = f"IN ({', '.join('?' * len(sizes))})"
    stored: dict[int, list[tuple[int, int, bytes]]] = {image_id: [] for image_id in sizes}
    for image_id, row, column, pixels in db.execute(
        f'SELECT image, "row", "column", pixels FROM layer_tiles WHERE image {asked}', [*sizes]
    ):
        stored[image_id].append((row, column, pixels))
    found = {}
    for image_id, tiles in stored.items():
        even = all(len(pixels) == _ONE_VALUE for _, _, pixels in tiles)
        key = (sizes[image_id], *tiles) if even else None
        layer = known.get(key) if key else None
        if layer is None:
            values = {(row, column): codec.class_tile_from_bytes(p) for row, column, p in tiles}
            layer = ClassMap.from_tiles(sizes[image_id], values)
            if key and len(known) < _KNOWN:
                known[key] = layer
        found[image_id] = layer
    return found


def even_tiles(db: sqlite3.Connection) -> dict[int, int]:
    """How many tiles of one class throughout each class map has that has no others."""
    rows = db.execute(
        "SELECT image, COUNT(*) FROM layer_tiles GROUP BY image HAVING MAX(LENGTH(pixels)) = ?",
        (_ONE_VALUE,),
    )
    return dict(rows.fetchall())


def hold_anything(db: sqlite3.Connection, ids: Collection[int]) -> set[int]:
    """Those of some images that have objects, proposals, a class map or a history."""
    asked = ", ".join("?" * len(ids))
    parts = (
        f"SELECT image FROM {table} WHERE image IN ({asked})"
        for table in ("annotations", "layer_tiles", "journal")
    )
    return {row[0] for row in db.execute(" UNION ".join(parts), [*ids] * 3)}


def write_new(
    db: sqlite3.Connection,
    image_id: int,
    annotations: Sequence[Annotation],
    stored: Sequence[bytes],
    layer: ClassMap,
) -> None:
    """Write what an image holds that held nothing.

    Args:
        db: the connection.
        image_id: the image.
        annotations: its objects.
        stored: the mask of each by ``codec.to_bytes``.
        layer: its class map.
    """
    db.executemany(
        _WRITE,
        [
            (*_values(image_id, a), None if a.mask.is_tiled else blob, a.person)
            for a, blob in zip(annotations, stored, strict=True)
        ],
    )
    for a in annotations:
        if a.mask.is_tiled:
            _write_tiles(db, image_id, a.id, Mask.EMPTY, a.mask)
    if annotations:
        note_highest(db, "annotation", max(a.id for a in annotations))
    _write_layer(db, image_id, ClassMap(layer.size), layer)


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
    """Remember that numbers up to ``number`` were given out; others' are no concern of a part."""
    db.execute(
        "INSERT INTO counters (kind, value) SELECT ?1, ?2 WHERE NOT EXISTS "
        "(SELECT 1 FROM counters WHERE kind = ?1 || '.last' AND value < ?2) ON CONFLICT (kind) "
        "DO UPDATE SET value = excluded.value WHERE excluded.value > value",
        (kind, number),
    )


def delete_images(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Remove all rows of images."""
    keys = [(image_id,) for image_id in ids]
    held = ("annotations", "mask_tiles", "layer_tiles", "journal", "heads", "origins", "seen")
    beside = ("files", "contents", "bases", "conflicts", "layer_sources")
    for table in (*held, *beside):
        db.executemany(f"DELETE FROM {table} WHERE image = ?", keys)
    db.executemany("DELETE FROM images WHERE id = ?", keys)


def _from_tiles(number: int, tiles: Tiles, size: Size) -> Mask:
    mask = Mask.from_tiles(tiles)
    if mask.box[2] > size[1] or mask.box[3] > size[0] or min(mask.box) < 0:
        raise ValueError(f"object {number} lies outside its image")
    return mask


def _annotation(row: tuple[Any, ...], mask: Mask) -> Annotation:
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
        person=row[21],
    )


def _mask_tiles(db: sqlite3.Connection, images: Collection[int], asked: str) -> dict[int, Tiles]:
    found: dict[int, Tiles] = {}
    rows = db.execute(
        f'SELECT annotation, "row", "column", bits FROM mask_tiles WHERE image {asked}', [*images]
    )
    for annotation, row, column, bits in rows:
        found.setdefault(annotation, {})[row, column] = codec.mask_tile_from_bytes(bits)
    return found


def _values(image_id: int, a: Annotation) -> tuple[Any, ...]:
    return (
        a.id, image_id, a.class_id, a.order, a.score, a.source, a.edited, a.proposal, a.crowd,
        a.locked, a.hidden, a.doubtful, a.note, a.coco_id, a.created, a.modified, a.seconds,
        a.added, a.removed, pack_extra(a.extra),
    )  # fmt: skip


def _write(db: sqlite3.Connection, image_id: int, was: Annotation | None, a: Annotation) -> None:
    values = _values(image_id, a)
    if was is not None and was.mask is a.mask:
        db.execute(_UPDATE, (*values[2:], a.person, a.id))
        return
    blob = None if a.mask.is_tiled else codec.to_bytes(a.mask)
    db.execute(_WRITE, (*values, blob, a.person))
    if a.mask.is_tiled or (was is not None and was.mask.is_tiled):
        _write_tiles(db, image_id, a.id, Mask.EMPTY if was is None else was.mask, a.mask)


def _write_tiles(
    db: sqlite3.Connection, image_id: int, annotation: int, before: Mask, after: Mask
) -> None:
    old = before.kept() if before.is_tiled else {}
    new = after.kept() if after.is_tiled else {}
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
            (image_id, *key, classes_text(tile), codec.tile_to_bytes(tile))
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


def classes_text(tile: Tile) -> str:
    """The classes in a tile of a class map, as its row says them: ",2,5,"."""
    if isinstance(tile, int):
        return f",{tile},"
    present = np.flatnonzero(np.bincount(tile.ravel())).tolist()
    return f",{','.join(map(str, present))},"

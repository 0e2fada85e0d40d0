"""Digests of what an image holds: for telling whether it changed, cheaply and on any machine.

An object's digest covers its class, whether it is a crowd, and its pixels in the one canonical form
masks have; never how they happen to be compressed. So it depends neither on the machine nor on the
order of things. A digest is kept with the project until the image is written again; a stamp counts
those writes, so that what a job worked out can be taken over only where it still holds.
"""

import hashlib
import sqlite3
import struct
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np

from engine.document.annotation import Annotation
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.tiles import FULL

SIDE: Final = 8
"""Bytes of a digest of an object, a class map or an image."""

NOTHING: Final = bytes(SIDE)
"""The digest of a class map without a labelled pixel."""

SINCE: Final = 4
"""The version of the file's tables from which they are there."""

_head = struct.Struct("<qBiiii").pack
_TILE: Final = struct.Struct("<iiiB")
_hash = hashlib.blake2b


class Content(NamedTuple):
    """What an image holds.

    Attributes:
        layer: digest of its class map.
        objects: digest of each accepted object, by its id.
    """

    layer: bytes
    objects: Mapping[int, bytes]

    def digest(self) -> bytes:
        """Of all of it, whatever the ids and the order."""
        found = _hash(self.layer, digest_size=SIDE)
        for each in sorted(self.objects.values()):
            found.update(each)
        return found.digest()


def content_of(
    objects: Iterable[Annotation], layer: ClassMap, packed: Mapping[int, bytes | None] | None = None
) -> Content:
    """The digests of what an image holds; proposals and empty masks are no part of it.

    Args:
        objects: accepted ones and others.
        layer: the class map.
        packed: what the file has of small masks, by object, where it was just read; see
            ``engine.store.states.read_states``. Packing them again costs more than the hash.
    """
    known = packed if packed is not None else {}
    found = {}
    for each in objects:  # the loop of an export: a mask costs little more than its hash
        mask = each.mask
        crop = mask.crop
        if each.proposal:
            continue
        if crop is not None:
            left, top, bits = crop
            height, width = bits.shape
            body = known.get(each.id)
            if body is None:
                body = np.packbits(bits).tobytes()
            head = _head(each.class_id, each.crowd, left, top, width, height)
            found[each.id] = _hash(head + body, digest_size=SIDE).digest()
        elif mask:
            found[each.id] = _tiled(mask, _head(each.class_id, each.crowd, *mask.box))
    return Content(_layer(layer), found)


def _tiled(mask: Mask, head: bytes) -> bytes:
    found = _hash(head, digest_size=SIDE)
    for (row, column), tile in sorted(mask.tiles().items(), key=_key):
        full = tile is FULL
        found.update(_TILE.pack(row, column, full, 0))
        if not full:
            found.update(np.packbits(tile).tobytes())
    return found.digest()


def _layer(layer: ClassMap) -> bytes:
    tiles = layer.tiles()
    if not tiles:
        return NOTHING
    found = _hash(digest_size=SIDE)
    for (row, column), tile in sorted(tiles.items(), key=_key):
        if isinstance(tile, int):
            found.update(_TILE.pack(row, column, tile, 0))
        else:
            found.update(_TILE.pack(row, column, 0, tile.itemsize))
            found.update(tile.astype(tile.dtype.newbyteorder("<"), copy=False).tobytes())
    return found.digest()


def _key(entry: tuple[tuple[int, int], object]) -> tuple[int, int]:
    return entry[0]


def pack(content: Content) -> bytes:
    """The digests as bytes: that of the class map, then the ids, then the objects' in that order.

    Returns:
        8 + 16 · objects bytes; ids are little-endian signed 64-bit integers.
    """
    ids = np.fromiter(content.objects, "<i8", len(content.objects)).tobytes()
    return content.layer + ids + b"".join(content.objects.values())


def unpack(data: bytes) -> Content:
    """What ``pack`` wrote.

    Raises:
        ValueError: it is damaged.
    """
    count, rest = divmod(len(data) - SIDE, 8 + SIDE)
    if count < 0 or rest:
        raise ValueError("digests are cut short")
    ids = np.frombuffer(data, "<i8", count, SIDE).tolist()
    first = SIDE + 8 * count
    found = (data[at : at + SIDE] for at in range(first, len(data), SIDE))
    return Content(bytes(data[:SIDE]), dict(zip(ids, found, strict=True)))


# -- kept with the project ---------------------------------------------------------------------


def forget(db: sqlite3.Connection, image_id: int) -> None:
    """The image is being written: what was known of it holds no more."""
    db.execute(
        "INSERT INTO contents VALUES (?, 1, NULL) ON CONFLICT (image) "
        "DO UPDATE SET stamp = stamp + 1, digests = NULL",
        (image_id,),
    )


def keep(db: sqlite3.Connection, found: Iterable[tuple[int, int, bytes]]) -> None:
    """Keep digests, (image, stamp, packed), where the image was not written since, or removed."""
    db.executemany(
        "INSERT INTO contents SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM images WHERE id = ?1) "
        "ON CONFLICT (image) DO UPDATE SET digests = excluded.digests WHERE stamp = excluded.stamp",
        found,
    )


def known(
    db: sqlite3.Connection, ids: Collection[int] | None = None
) -> dict[int, tuple[int, bytes | None]]:
    """Stamp and packed digests of images that were ever written or looked at.

    An image that is missing has the stamp 0; a file of an older version knows none.

    Args:
        db: the connection.
        ids: some images, None for all.
    """
    if int(db.execute("PRAGMA user_version").fetchone()[0]) < SINCE:
        return {}
    where = "" if ids is None else f" WHERE image IN ({', '.join('?' * len(ids))})"
    rows = db.execute(f"SELECT image, stamp, digests FROM contents{where}", [*(ids or ())])
    return {image: (stamp, digests) for image, stamp, digests in rows}

"""Versions of the dataset as rows, and what is there today to compare them with."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.store import contents, states
from engine.store.classes import images_with
from engine.store.many import NONE, Size, groups
from engine.store.versions import Frozen, Item, Version

MOST: Final = 1 << 30
"""Bytes that a version may unpack to."""

_TOGETHER: Final = 256  # images asked for at once


class Now(NamedTuple):
    """Images as the file holds them.

    Attributes:
        items: the images.
        stamps: of each.
        fresh: image, stamp and digests of those that had to be worked out.
    """

    items: list[Item]
    stamps: list[int]
    fresh: list[tuple[int, int, bytes]]


def now(db: sqlite3.Connection, ids: Iterable[int]) -> Now:
    """Images as a snapshot of the file holds them, and the stamp of each.

    What is known is taken as it is, everything else is worked out from the masks.

    Args:
        db: a connection inside a transaction.
        ids: those that are not in the project are left out.

    Raises:
        EngineError: something stored is damaged.
    """
    found = Now([], [], [])
    wanted = iter(ids)
    while some := list(islice(wanted, _TOGETHER)):
        asked = f"IN ({', '.join('?' * len(some))})"
        rows = db.execute(
            f"SELECT id, file_name, height, width FROM images WHERE id {asked}", some
        ).fetchall()
        known = contents.known(db, some)
        sizes = {key: (height, width) for key, _, height, width in rows if height is not None}
        missing = [key for key in some if key in sizes and known.get(key, NONE)[1] is None]
        fresh = _worked_out(db, missing, sizes)
        by_id = {row[0]: row for row in rows}
        for key in some:
            if key in by_id:
                stamp, packed = known.get(key, NONE)
                # An image nobody has looked at has no size, and holds nothing.
                content = packed or fresh.get(key, contents.NOTHING)
                found.items.append(Item(key, by_id[key][1], *sizes.get(key, (0, 0)), content))
                found.stamps.append(stamp)
                if packed is None:
                    found.fresh.append((key, stamp, content))
    return found


def _worked_out(
    db: sqlite3.Connection, ids: Sequence[int], sizes: Mapping[int, Size]
) -> dict[int, bytes]:
    """Packed digests of images, from their masks."""
    found = {}
    layers: dict[Any, ClassMap] = {}
    for group in groups(ids, lambda key: sizes[key]):
        packed: dict[int, bytes | None] = {}
        for key, (objects, layer) in states.read_states(db, group, layers, packed).items():
            found[key] = contents.pack(contents.content_of(objects, layer, packed))
    return found


def still_in(db: sqlite3.Connection, version: Version, items: Sequence[Item]) -> list[int]:
    """Images that the same choice would take today: those of then, and those it takes since."""
    ids, facts = [item.image for item in items], version.facts
    if facts.get("chosen") or version.kind == "train":
        return ids
    where = ["status = 'done'"] if facts.get("only_done") else []
    where += ["fold != ''"] if facts.get("splits") else []
    query = f"SELECT id, height FROM images WHERE {' AND '.join(where) or '1'}"
    there = set(ids)
    today = {int(key): height for key, height in db.execute(query) if key not in there}
    absent = facts.get("absent")
    for key in absent if isinstance(absent, list) else ():
        if key in today and today[key] is None:  # it cannot be read as little as then
            del today[key]
    if facts.get("empty") == "skip":
        live = [int(key) for (key,) in db.execute("SELECT id FROM classes WHERE NOT deleted")]
        held = set[int]().union(*(images_with(db, key, waiting=False) for key in live))
        return ids + [key for key in today if key in held]
    return [*ids, *today]


def packed(frozen: Frozen) -> tuple[str, str, bytes]:
    """Snapshot hash, facts as JSON and the packed content; may take long, on any thread."""
    facts = {**frozen.facts, "images": len(frozen.items), "objects": frozen.objects}
    content = msgspec.msgpack.encode((frozen.classes, frozen.items))
    return frozen.digest, json.dumps(facts, ensure_ascii=False), zlib.compress(content, 1)


def insert(
    db: sqlite3.Connection, frozen: Frozen, job: str, values: tuple[str, str, bytes]
) -> None:
    """Keep a version, once for each job, and what it says of images that are as they were."""
    digest, facts, content = values
    db.execute(
        "INSERT OR IGNORE INTO versions (digest, made, kind, job, facts, content) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (digest, frozen.made, frozen.kind, job, facts, content),
    )
    pairs = zip(frozen.items, frozen.stamps, strict=False)
    contents.keep(db, [(item.image, stamp, item.content) for item, stamp in pairs])


def rows(db: sqlite3.Connection) -> list[Version]:
    """All versions, the newest first."""
    if int(db.execute("PRAGMA user_version").fetchone()[0]) < contents.SINCE:
        return []
    found = db.execute("SELECT id, digest, made, kind, job, facts FROM versions ORDER BY id DESC")
    return [
        Version(id=key, digest=digest, made=made, kind=kind, job=job, facts=_facts(facts))
        for key, digest, made, kind, job, facts in found
    ]


def content(db: sqlite3.Connection, version_id: int) -> tuple[bytes, tuple[Item, ...]]:
    """Digest of the class list, and the images, of a version.

    Raises:
        EngineError: it is not there, or damaged.
    """
    row = db.execute("SELECT content FROM versions WHERE id = ?", (version_id,)).fetchone()
    if row is None:
        raise EngineError(f"There is no version {version_id} in this project.")
    try:
        raw = zlib.decompressobj().decompress(row[0], MOST)
        read = msgspec.msgpack.decode(raw, type=tuple[bytes, tuple[Item, ...]])
        for item in read[1]:
            contents.unpack(item.content)
    except (zlib.error, msgspec.MsgspecError, ValueError) as problem:
        raise EngineError(f"Version {version_id} is damaged and cannot be compared.") from problem
    return read


def _facts(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

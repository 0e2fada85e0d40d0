"""Versions of the dataset as rows, and what is there today to compare them with."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from engine.document.document import Status
from engine.errors import EngineError
from engine.store import contents, states
from engine.store.versions import Frozen, Item, Version

MOST: Final = 1 << 30
"""Bytes that a version may unpack to."""


def now(db: sqlite3.Connection, ids: Iterable[int]) -> tuple[list[Item], list[int]]:
    """Images as a snapshot of the file holds them, and the stamp of each.

    What is known is taken as it is, everything else is worked out from the masks.

    Args:
        db: a connection inside a transaction.
        ids: those that are not in the project are left out.

    Raises:
        EngineError: something stored is damaged.
    """
    known = contents.known(db)
    items, stamps = [], []
    for image_id in ids:
        row = db.execute(
            "SELECT file_name, height, width, status FROM images WHERE id = ?", (image_id,)
        ).fetchone()
        if row is None:
            continue
        name, *size, status = row
        stamp, packed = known.get(image_id, (0, None))
        if packed is None and size[0] is not None:
            found, layer = states.read_state(db, image_id, (size[0], size[1]), Status(status))
            packed = contents.pack(contents.content_of(found, layer))
        # An image nobody has looked at has no size, and holds nothing.
        items.append(Item(image_id, name, size[0] or 0, size[1] or 0, packed or contents.NOTHING))
        stamps.append(stamp)
    return items, stamps


def still_in(db: sqlite3.Connection, version: Version, items: Sequence[Item]) -> list[int]:
    """Images that the same choice would take today: those of then, and those it takes since."""
    ids = [item.image for item in items]
    if version.facts.get("chosen") or version.kind == "train":
        return ids
    where = "WHERE status = 'done'" if version.facts.get("only_done") else ""
    today = [int(key) for (key,) in db.execute(f"SELECT id FROM images {where}")]
    there = set(ids)
    return ids + [key for key in today if key not in there]


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

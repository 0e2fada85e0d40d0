"""Other files for images: worked out on any thread, done as one change in a moment."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.images.picture import page_name
from engine.store.files import Identity
from engine.store.paths import stored
from engine.store.rows import ImageRow


@dataclass(frozen=True, slots=True)
class Relocation:
    """Which images get which files.

    Attributes:
        ids: of images.
        paths: as stored, of each.
        names: the file names shown, of each.
        found: what the files are; noted anew where that is missing.
    """

    ids: tuple[int, ...]
    paths: tuple[str, ...]
    names: tuple[str, ...]
    found: Mapping[int, Identity]


def relocation(
    rows: Iterable[ImageRow], paths: Mapping[int, Path], found: Mapping[int, Identity]
) -> Relocation:
    """What giving images other files means; may take long for very many.

    A name that was only the file's own goes along; one that came with an import stays.

    Args:
        rows: those images.
        paths: image id → file.
        found: what those files are.
    """
    ids, places, names = [], [], []
    for row in rows:
        path = paths[row.id].absolute()
        ids.append(row.id)
        places.append(stored(path, row.project))
        own = page_name(row.path.name, row.page)
        names.append(page_name(path.name, row.page) if row.file_name == own else row.file_name)
    return Relocation(tuple(ids), tuple(places), tuple(names), found)


def write(db: sqlite3.Connection, wish: Relocation) -> None:
    """Write the rows. Two images may have changed places, so all leave theirs first."""
    aside = "UPDATE images SET path = ':' || id WHERE id = ?"
    db.executemany(aside, [(number,) for number in wish.ids])
    db.executemany(
        "UPDATE images SET path = ?, file_name = ? WHERE id = ?",
        zip(wish.paths, wish.names, wish.ids, strict=True),
    )

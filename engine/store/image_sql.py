"""The rows of images in the file: read by column, written by statements that loop in SQLite."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from engine.document.document import Status
from engine.errors import EngineError
from engine.store import states
from engine.store.connection import damaged
from engine.store.image_table import ImageTable
from engine.store.rows import ImageRow

_COLUMNS: Final = (
    "id, path, file_name, height, width, status, position, lowest_score, proposals, objects, "
    "fold, coco_id, orientation, extra, page, tone"
)
_PIECE: Final = 4_096  # rows read at once
_INSERT: Final = (
    "INSERT INTO images (path, file_name, height, width, status, position, lowest_score, "
    f"proposals, objects, fold, coco_id, orientation, extra, page, tone, id) "
    f"VALUES ({', '.join('?' * 16)})"
)
# One statement for all: the interpreter is let go once, and not for every row, which would keep the
# window from drawing. The inner expression takes the name, a path without slashes, off the end.
_INSERT_PLAIN: Final = (
    "INSERT INTO images (path, file_name, status, position, proposals, objects, fold, orientation, "
    "page, id) SELECT value, substr(value, 1 + length(rtrim(value, replace(value, '/', '')))), "
    "?2, ?3 + key, 0, 0, '', 1, 0, ?4 + key FROM json_each(?1)"
)


def read(db: sqlite3.Connection, project: Path) -> ImageTable:
    """All rows of a project file.

    Raises:
        EngineError: a row is damaged.
    """
    words = {str(status): status for status in Status}
    table = ImageTable(project)
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    # A project that is only read may be of before there were pages.
    columns = _COLUMNS if version >= 2 else _COLUMNS.replace("page, tone", "0, NULL")
    found = db.execute(f"SELECT {columns} FROM images ORDER BY id")
    try:
        while rows := found.fetchmany(_PIECE):
            (
                ids, paths, names, heights, widths, said, orders, scores, proposals, objects,
                folds, coco_ids, orientations, extra, pages, tones,
            ) = zip(*rows, strict=True)  # fmt: skip
            statuses = [words[status] for status in said]
            figures = (orders, scores, proposals, objects, orientations, pages)
            sparse = (folds, coco_ids, extra, tones)
            table.extend_columns(ids, paths, names, (heights, widths), statuses, figures, sparse)
    except KeyError as problem:
        raise EngineError(
            f"{project.name} is damaged: an image has the status {problem}. "
            "Open a copy of it made before."
        ) from problem
    except (TypeError, ValueError, OverflowError) as problem:
        raise damaged(project, "its list of images") from problem
    return table


def insert(db: sqlite3.Connection, rows: Sequence[ImageRow]) -> None:
    """Write new rows."""
    db.executemany(_INSERT, map(_values, rows))
    states.note_highest(db, "image", max(row.id for row in rows))


def insert_plain(first: int, order: int, paths: Sequence[str], db: sqlite3.Connection) -> None:
    """Rows of images of which only the path is known."""
    text = json.dumps(paths, ensure_ascii=False)
    db.execute(_INSERT_PLAIN, (text, str(Status.NEW), order, first))
    states.note_highest(db, "image", first + len(paths) - 1)


def update(db: sqlite3.Connection, row: ImageRow) -> None:
    """Write what can be changed of a row."""
    values = _values(row)
    db.execute(
        "UPDATE images SET path = ?, file_name = ?, height = ?, width = ?, position = ?, fold = ?, "
        "coco_id = ?, orientation = ?, extra = ?, page = ?, tone = ? WHERE id = ?",
        (*values[:4], values[5], *values[9:]),
    )


def _values(row: ImageRow) -> tuple[Any, ...]:
    height, width = row.size or (None, None)
    return (
        row.stored_path, row.file_name, height, width, str(row.status), row.order,
        row.lowest_score, row.proposals, row.objects, row.fold, row.coco_id, row.orientation,
        row.extra_json or None, row.page, row.tone_json or None, row.id,
    )  # fmt: skip

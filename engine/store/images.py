"""The images of a project: a list of light rows, kept in memory and written behind."""

import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from engine.document.document import State, Status
from engine.errors import EngineError
from engine.store import states
from engine.store.paths import stored
from engine.store.rows import ImageRow, pack_extra
from engine.store.store import Store

_COLUMNS: Final = (
    "id, path, file_name, height, width, status, position, lowest_score, proposals, objects, "
    "fold, coco_id, orientation, extra"
)
FIELDS: Final = frozenset(
    {"path", "file_name", "size", "order", "fold", "coco_id", "orientation", "extra"}
)
Size = tuple[int, int]


class Images:
    """All image rows of an open project."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[int, ImageRow] | None = None
        self._by_path: dict[str, int] = {}
        self._highest = 0

    def rows(self) -> list[ImageRow]:
        """All rows, in the order of the list."""
        return sorted(self._all().values(), key=lambda row: (row.order, row.id))

    def get(self, image_id: int) -> ImageRow:
        """One row.

        Raises:
            EngineError: there is no such image.
        """
        row = self._all().get(image_id)
        if row is None:
            raise EngineError(f"Image {image_id} is not in “{self._store.name}”.")
        return row

    def find(self, path: Path) -> ImageRow | None:
        """The row of an image file, if it is in the project."""
        rows = self._all()
        found = self._by_path.get(stored(path, self._store.path))
        return None if found is None else rows[found]

    def add(
        self,
        paths: Sequence[Path],
        sizes: Sequence[Size | None] | None,
        fields: Sequence[dict[str, Any]] | None,
    ) -> list[ImageRow]:
        """Add files that are not in the project yet; answer with the row of each given path."""
        rows, project = self._all(), self._store.path
        new: list[ImageRow] = []
        answer: list[int] = []
        order = 1 + max((row.order for row in rows.values()), default=-1)
        for at, path in enumerate(paths):
            text = stored(path, project)
            known = self._by_path.get(text)
            if known is None:
                self._highest += 1
                known = self._highest
                row = ImageRow(
                    known, text, project, path.name, sizes[at] if sizes else None, order=order
                )
                if fields:
                    row = _changed(row, fields[at], project)
                order += 1
                self._by_path[text], rows[known] = known, row
                new.append(row)
            answer.append(known)
        if new:
            self._store.submit(lambda db: _insert(db, new))
        return [rows[key] for key in answer]

    def set(self, image_id: int, **fields: Any) -> ImageRow:
        """Change columns of a row; see ``FIELDS``."""
        old = self.get(image_id)
        row = _changed(old, fields, self._store.path)
        if row != old:
            self._put(row)
            self._store.submit(lambda db: _update(db, row))
        return row

    def remove(self, ids: Collection[int]) -> None:
        """Take images and all that belongs to them out of the project; files stay."""
        gone = [self.get(image_id).id for image_id in ids]
        for image_id in gone:
            row = self._all().pop(image_id)
            self._by_path.pop(row.stored_path, None)
        self._store.submit(lambda db: states.delete_images(db, gone))

    def count(self, image_id: int, state: State) -> ImageRow:
        """Bring the figures of a row in line with what the image now holds; memory only."""
        scores = [
            a.score
            for some in (state.annotations, state.proposals)
            for a in some.values()
            if a.score is not None
        ]
        row = self.get(image_id)._replace(
            status=state.status,
            objects=len(state.annotations),
            proposals=len(state.proposals),
            lowest_score=min(scores, default=None),
        )
        self._put(row)
        return row

    def forget(self) -> None:
        """Read the rows again at the next question."""
        self._rows = None

    def _put(self, row: ImageRow) -> None:
        old = self._all()[row.id]
        self._by_path.pop(old.stored_path, None)
        self._by_path[row.stored_path] = row.id
        self._all()[row.id] = row

    def _all(self) -> dict[int, ImageRow]:
        if self._rows is None:
            with self._store.reading() as db:
                self._rows = {row.id: row for row in _read(db, self._store.path)}
                used = db.execute("SELECT value FROM counters WHERE kind = 'image'").fetchone()
            self._by_path = {row.stored_path: row.id for row in self._rows.values()}
            self._highest = max(max(self._rows, default=0), used[0] if used else 0)
        return self._rows


def write_counts(db: sqlite3.Connection, row: ImageRow) -> None:
    """Write the figures ``Images.count`` set."""
    db.execute(
        "UPDATE images SET status = ?, objects = ?, proposals = ?, lowest_score = ? WHERE id = ?",
        (str(row.status), row.objects, row.proposals, row.lowest_score, row.id),
    )


def _read(db: sqlite3.Connection, project: Path) -> list[ImageRow]:
    words = {str(status): status for status in Status}
    try:
        rows = db.execute(f"SELECT {_COLUMNS} FROM images").fetchall()
        return [
            ImageRow(
                number, path, project, name, None if height is None else (height, width),
                words[status], order, lowest, proposals, objects, fold, coco_id, orientation,
                extra or "",
            )
            for (
                number, path, name, height, width, status, order, lowest, proposals, objects,
                fold, coco_id, orientation, extra,
            ) in rows
        ]  # fmt: skip
    except KeyError as problem:
        raise EngineError(
            f"{project.name} is damaged: an image has the status {problem}. "
            "Open a copy of it made before."
        ) from problem


def _changed(row: ImageRow, fields: dict[str, Any], project: Path) -> ImageRow:
    unknown = fields.keys() - FIELDS
    if unknown:
        raise TypeError(f"not a field of an image: {', '.join(sorted(unknown))}")
    values = dict(fields)
    if "path" in values:
        values["stored_path"] = stored(values.pop("path"), project)
    if "extra" in values:
        values["extra_json"] = pack_extra(values.pop("extra")) or ""
    return row._replace(**values)


def _values(row: ImageRow) -> tuple[Any, ...]:
    height, width = row.size or (None, None)
    return (
        row.stored_path, row.file_name, height, width, str(row.status), row.order,
        row.lowest_score, row.proposals, row.objects, row.fold, row.coco_id, row.orientation,
        row.extra_json or None, row.id,
    )  # fmt: skip


def _insert(db: sqlite3.Connection, rows: Sequence[ImageRow]) -> None:
    db.executemany(
        "INSERT INTO images (path, file_name, height, width, status, position, lowest_score, "
        f"proposals, objects, fold, coco_id, orientation, extra, id) VALUES ({_marks(14)})",
        map(_values, rows),
    )
    states.note_highest(db, "image", max(row.id for row in rows))


def _update(db: sqlite3.Connection, row: ImageRow) -> None:
    values = _values(row)
    db.execute(
        "UPDATE images SET path = ?, file_name = ?, height = ?, width = ?, position = ?, fold = ?, "
        "coco_id = ?, orientation = ?, extra = ? WHERE id = ?",
        (*values[:4], values[5], *values[9:]),
    )


def _marks(count: int) -> str:
    return ", ".join("?" * count)

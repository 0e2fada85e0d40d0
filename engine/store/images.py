"""The images of a project: kept in memory by column, and written behind."""

import json
import os
import sqlite3
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from engine.document.document import State, Status
from engine.errors import EngineError
from engine.images.picture import page_name, split_page
from engine.store import relocation, states
from engine.store.connection import damaged
from engine.store.image_table import ImageRows, ImageTable
from engine.store.paths import stored
from engine.store.relocation import Relocation
from engine.store.rows import ImageRow, pack_extra
from engine.store.store import Store

_COLUMNS: Final = (
    "id, path, file_name, height, width, status, position, lowest_score, proposals, objects, "
    "fold, coco_id, orientation, extra, page, tone"
)
FIELDS: Final = frozenset(
    {"path", "file_name", "size", "order", "fold", "coco_id", "orientation", "extra", "tone"}
)
Size = tuple[int, int]
_Key: TypeAlias = str | tuple[str, int]
"""The stored path of a file's first page; with the page for the others."""
_PIECE: Final = 4_096  # rows read or written at once
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


class Images:
    """All image rows of an open project."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table: ImageTable | None = None
        self._by_path: dict[_Key, int] | None = None  # → id; made when first asked for
        self._highest = 0

    def rows(self) -> ImageRows:
        """All rows, in the order of the list."""
        return ImageRows(self._all())

    def get(self, image_id: int) -> ImageRow:
        """One row.

        Raises:
            EngineError: there is no such image.
        """
        table = self._all()
        return table.row(self._place(table, image_id))

    def glimpse(self, image_id: int) -> tuple[Size | None, Status]:
        """Size and status of one row, without the rest of it; see ``get``."""
        table = self._all()
        return table.glimpse(self._place(table, image_id))

    def find(self, path: Path, page: int = 0) -> ImageRow | None:
        """The row of a page of an image file, if it is in the project."""
        found = self._paths().get(_key(stored(path, self._store.path), page))
        return None if found is None else self.get(found)

    def add_pages(self, image_id: int, pages: Sequence[int]) -> list[ImageRow]:
        """Add other pages of the file of an image, beside it in the list; the row of each."""
        table, by_path, base = self._all(), self._paths(), self.get(image_id)
        name = split_page(base.file_name)[0] if base.page else base.file_name
        new: list[ImageRow] = []
        answer: list[int] = []
        for page in pages:
            key = _key(base.stored_path, page)
            known = by_path.get(key)
            if known is None:
                self._highest += 1
                known = by_path[key] = self._highest
                new.append(
                    ImageRow(
                        known, base.stored_path, base.project, page_name(name, page), None,
                        order=base.order, page=page,
                    )
                )  # fmt: skip
            answer.append(known)
        table.extend(new)
        for at in range(0, len(new), _PIECE):
            self._store.submit(partial(_insert, rows=new[at : at + _PIECE]))
        return table.rows_of(answer)

    def add(
        self,
        paths: Sequence[Path],
        sizes: Sequence[Size | None] | None,
        fields: Sequence[dict[str, Any]] | None,
    ) -> list[ImageRow]:
        """Add files that are not in the project yet; answer with the row of each given path."""
        table, by_path, project = self._all(), self._paths(), self._store.path
        new: list[ImageRow] = []
        answer: list[int] = []
        order = table.next_order()
        for at, path in enumerate(paths):
            text = stored(path, project)
            known = by_path.get(text)
            if known is None:
                self._highest += 1
                known = self._highest
                row = ImageRow(
                    known, text, project, path.name, sizes[at] if sizes else None, order=order
                )
                if fields:
                    row = _changed(row, fields[at], project)
                order += 1
                by_path[text] = known
                new.append(row)
            answer.append(known)
        if new:
            table.extend(new)
            self._store.submit(lambda db: _insert(db, new))
        return table.rows_of(answer)

    def add_listed(self, folder: Path, names: Sequence[str]) -> int:
        """Add those files of a folder (relative names) that are not there yet; how many were."""
        table, by_path, project = self._all(), self._paths(), self._store.path
        before = stored(folder / "x", project)[:-1]
        if os.sep != "/" and Path(before).is_absolute():
            names = [name.replace("/", os.sep) for name in names]
        texts = [before + name for name in names] if before else names
        new = [text for text in texts if text not in by_path]
        if not new:
            return 0
        first, order = self._highest + 1, table.next_order()
        self._highest += len(new)
        by_path.update(zip(new, range(first, self._highest + 1), strict=True))
        table.extend_plain(first, order, new)
        for at in range(0, len(new), _PIECE):
            part = new[at : at + _PIECE]
            self._store.submit(partial(_insert_plain, first + at, order + at, part))
        return len(new)

    def set(self, image_id: int, **fields: Any) -> ImageRow:
        """Change columns of a row; see ``FIELDS``."""
        old = self.get(image_id)
        row = _changed(old, fields, self._store.path)
        if row != old:
            self._put(row)
            if row.stored_path != old.stored_path and self._by_path is not None:
                self._by_path.pop(_key(old.stored_path, old.page), None)
                self._by_path[_key(row.stored_path, row.page)] = row.id
            self._store.submit(lambda db: _update(db, row))
        return row

    def relocate(self, wish: Relocation) -> Relocation:
        """Give images other files, all or none; answers with what takes it back.

        Raises:
            EngineError: a file is another image's, or there is no such image.
        """
        table, by_path = self._all(), self._paths()
        column = table.column("id")
        places = np.searchsorted(column, wish.ids).clip(max=len(column) - 1).tolist()
        for number, at in zip(wish.ids, column[places].tolist(), strict=True):
            if number != at:
                self._place(table, number)  # says that there is no such image
        pages = table.column("page")[places].tolist()
        before = [table.paths[at] for at in places], [table.names[at] for at in places]
        keys = list(map(_key, wish.paths, pages)) if any(pages) else list[_Key](wish.paths)
        others = {by_path.get(key) for key in keys} - {None} - set(wish.ids)
        if others or len(set(keys)) < len(keys):
            raise EngineError(
                f"A file would belong to two images of “{self._store.name}”. Nothing was relinked."
            )
        for at, text, name in zip(places, wish.paths, wish.names, strict=True):
            table.paths[at], table.names[at] = text, name
        self._by_path = None
        self._store.submit(lambda db: relocation.write(db, wish))
        return Relocation(wish.ids, tuple(before[0]), tuple(before[1]), {})

    def adopt(self, rows: Sequence[ImageRow]) -> None:
        """Add rows under the numbers they have, which nobody has here."""
        if not rows:
            return
        old, table = self._all(), ImageTable(self._store.path)
        every = [*old.rows(np.arange(len(old))), *rows]
        table.extend(sorted(every, key=lambda row: row.id))
        self._table, self._by_path = table, None
        self._highest = max(self._highest, *(row.id for row in rows))
        self._store.submit(lambda db: _insert(db, rows))

    def number_from(self, highest: int) -> None:
        """Give out no number up to ``highest`` any more."""
        self._all()
        self._highest = max(self._highest, highest)

    def remove(self, ids: Collection[int]) -> None:
        """Take images and all that belongs to them out of the project; files stay."""
        gone = [self.get(image_id) for image_id in ids]
        numbers = [row.id for row in gone]
        self._table = self._all().without(numbers)
        self._by_path = None
        self._store.submit(lambda db: states.delete_images(db, numbers))

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
        self._table = self._by_path = None

    def _put(self, row: ImageRow) -> None:
        table = self._all()
        table.put(self._place(table, row.id), row)

    def _place(self, table: ImageTable, image_id: int) -> int:
        place = table.position(image_id)
        if place is None:
            raise EngineError(f"Image {image_id} is not in “{self._store.name}”.")
        return place

    def _paths(self) -> dict[_Key, int]:
        if self._by_path is None:
            table = self._all()
            pages, keys = table.column("page"), list[_Key](table.paths)
            for at in np.flatnonzero(pages).tolist():
                keys[at] = _key(table.paths[at], int(pages[at]))
            self._by_path = dict(zip(keys, table.column("id").tolist(), strict=True))
        return self._by_path

    def _all(self) -> ImageTable:
        if self._table is None:
            with self._store.reading() as db:
                self._table = _read(db, self._store.path)
                used = db.execute("SELECT value FROM counters WHERE kind = 'image'").fetchone()
            highest = self._table.column("id")[-1:].tolist()
            self._highest = max([0, *highest, *(used or ())])
        return self._table


def write_counts(db: sqlite3.Connection, row: ImageRow) -> None:
    """Write the figures ``Images.count`` set."""
    db.execute(
        "UPDATE images SET status = ?, objects = ?, proposals = ?, lowest_score = ? WHERE id = ?",
        (str(row.status), row.objects, row.proposals, row.lowest_score, row.id),
    )


def _read(db: sqlite3.Connection, project: Path) -> ImageTable:
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


def _key(text: str, page: int) -> _Key:
    return (text, page) if page else text


def _changed(row: ImageRow, fields: dict[str, Any], project: Path) -> ImageRow:
    unknown = fields.keys() - FIELDS
    if unknown:
        raise TypeError(f"not a field of an image: {', '.join(sorted(unknown))}")
    values = dict(fields)
    if "path" in values:
        values["stored_path"] = stored(values.pop("path"), project)
    if "extra" in values:
        values["extra_json"] = pack_extra(values.pop("extra")) or ""
    if "tone" in values:
        tone = values.pop("tone")
        values["tone_json"] = "" if tone is None else json.dumps(tone.as_json())
    return row._replace(**values)


def _values(row: ImageRow) -> tuple[Any, ...]:
    height, width = row.size or (None, None)
    return (
        row.stored_path, row.file_name, height, width, str(row.status), row.order,
        row.lowest_score, row.proposals, row.objects, row.fold, row.coco_id, row.orientation,
        row.extra_json or None, row.page, row.tone_json or None, row.id,
    )  # fmt: skip


def _insert(db: sqlite3.Connection, rows: Sequence[ImageRow]) -> None:
    db.executemany(_INSERT, map(_values, rows))
    states.note_highest(db, "image", max(row.id for row in rows))


def _insert_plain(first: int, order: int, paths: Sequence[str], db: sqlite3.Connection) -> None:
    """Rows of images of which only the path is known."""
    text = json.dumps(paths, ensure_ascii=False)
    db.execute(_INSERT_PLAIN, (text, str(Status.NEW), order, first))
    states.note_highest(db, "image", first + len(paths) - 1)


def _update(db: sqlite3.Connection, row: ImageRow) -> None:
    values = _values(row)
    db.execute(
        "UPDATE images SET path = ?, file_name = ?, height = ?, width = ?, position = ?, fold = ?, "
        "coco_id = ?, orientation = ?, extra = ?, page = ?, tone = ? WHERE id = ?",
        (*values[:4], values[5], *values[9:]),
    )

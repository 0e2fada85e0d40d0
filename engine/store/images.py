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
from engine.images.folder import must_be_text
from engine.images.picture import page_name, split_page
from engine.store import image_sql, ranges, relocation, states
from engine.store.image_table import ImageRows, ImageTable
from engine.store.paths import stored
from engine.store.relocation import Relocation
from engine.store.rows import ImageRow, pack_extra
from engine.store.store import Store

FIELDS: Final = frozenset(
    {"path", "file_name", "size", "order", "fold", "coco_id", "orientation", "extra", "tone"}
)
Size = tuple[int, int]
_Key: TypeAlias = str | tuple[str, int]
"""The stored path of a file's first page; with the page for the others."""
_PIECE: Final = 4_096  # rows written at once


class Images:
    """All image rows of an open project."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table: ImageTable | None = None
        self._by_path: dict[_Key, int] | None = None  # → id; made when first asked for
        self._highest = 0
        self._last: int | None = None  # of the numbers that are this project's own

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
        by_path, base = self._paths(), self.get(image_id)
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
        self._extend(new)
        for at in range(0, len(new), _PIECE):
            self._store.submit(partial(image_sql.insert, rows=new[at : at + _PIECE]))
        return self._all().rows_of(answer)

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
                must_be_text(path)
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
            self._extend(new)
            self._store.submit(lambda db: image_sql.insert(db, new))
        return self._all().rows_of(answer)

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
        if table.column("id")[-1:].tolist() < [first]:
            table.extend_plain(first, order, new)
        else:
            self._table = None  # see ``_extend``: it is read again, in the order of numbers
        for at in range(0, len(new), _PIECE):
            part = new[at : at + _PIECE]
            self._store.submit(partial(image_sql.insert_plain, first + at, order + at, part))
        if self._table is None:
            self._store.flush()
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
            self._store.submit(lambda db: image_sql.update(db, row))
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
        self._extend(rows)
        self._by_path = None
        self._highest = max([self._highest, *self._own([row.id for row in rows])])
        self._store.submit(lambda db: image_sql.insert(db, rows))

    def _extend(self, rows: Sequence[ImageRow]) -> None:
        """Put rows into the table, which is by number; a part may hold higher ones of others."""
        old = self._all()
        numbers = [row.id for row in rows]
        if old.column("id")[-1:].tolist() < numbers[:1] and numbers == sorted(numbers):
            old.extend(rows)
        elif rows:
            self._table = ImageTable(self._store.path)
            every = [*old.rows(np.arange(len(old))), *rows]
            self._table.extend(sorted(every, key=lambda row: row.id))

    @property
    def highest(self) -> int:
        """The highest number that was given out here."""
        self._all()
        return self._highest

    def _own(self, ids: Sequence[int]) -> list[int]:
        """Those numbers that are the project's own; others' lead no part out of its range."""
        last = self._last
        return [number for number in ids if last is None or number <= last]

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
                self._table = image_sql.read(db, self._store.path)
                used = db.execute("SELECT value FROM counters WHERE kind = 'image'").fetchone()
                self._last = ranges.own(db, "image")
            ids = self._table.column("id")
            own = ids if self._last is None else ids[ids <= self._last]
            self._highest = max([0, *own[-1:].tolist(), *(used or ())])
        return self._table


def write_counts(db: sqlite3.Connection, row: ImageRow) -> None:
    """Write the figures ``Images.count`` set."""
    db.execute(
        "UPDATE images SET status = ?, objects = ?, proposals = ?, lowest_score = ? WHERE id = ?",
        (str(row.status), row.objects, row.proposals, row.lowest_score, row.id),
    )


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

"""The images of a project by column: 100,000 of them are listed, sorted and counted at once.

A row object exists only while someone looks at it; what lists need of all images (status, scores,
names) is read from the columns.
"""

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from engine.document.document import Status
from engine.store.rows import ImageRow

STATUSES: Final = tuple(Status)
"""The status of each number in a status column."""

NUMBER_OF: Final = {status: number for number, status in enumerate(STATUSES)}
"""The number of each status in a status column."""

_NONE: Final = -1  # stands for "no size" in the columns of heights and widths
_PIECE: Final = 4_096  # rows made at once by an iteration
_COLUMNS: Final = {
    "id": np.int64,
    "height": np.int64,
    "width": np.int64,
    "status": np.uint8,
    "order": np.int64,
    "score": np.float64,
    "proposals": np.int64,
    "objects": np.int64,
    "orientation": np.int64,
    "page": np.int64,
}
_FIGURES: Final = ("order", "score", "proposals", "objects", "orientation", "page")


class ImageTable:
    """All images, by ascending number. Rows are added at the end and changed in place.

    Attributes:
        project: the project file that paths are relative to.
        paths: as stored. names: the file names shown.
    """

    def __init__(self, project: Path) -> None:
        self.project = project
        self.paths: list[str] = []
        self.names: list[str] = []
        self._columns = {name: np.zeros(0, kind) for name, kind in _COLUMNS.items()}
        # What few images have, by image id.
        self._folds: dict[int, str] = {}
        self._coco: dict[int, int] = {}
        self._extra: dict[int, str] = {}
        self._tones: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.paths)

    def column(self, name: str) -> NDArray[Any]:
        """A column as it is now; the table's own: read it, and do not keep it over a change.

        Args:
            name: id, height, width (-1 for none), status (see ``STATUSES``), order, score (NaN for
                none), proposals, objects or orientation.
        """
        return self._columns[name][: len(self)]

    def position(self, image_id: int) -> int | None:
        """Where an image stands; None where there is no such image."""
        ids = self.column("id")
        at = image_id - ids.item(0) if len(ids) else 0  # where none was taken out
        if 0 <= at < len(ids) and ids.item(at) == image_id:
            return at
        at = int(np.searchsorted(ids, image_id))
        return at if at < len(ids) and ids[at] == image_id else None

    @property
    def nbytes(self) -> int:
        """About what the columns take in memory."""
        arrays = sum(column.nbytes for column in self._columns.values())
        return arrays + sum(map(sys.getsizeof, self.paths)) + 16 * len(self)

    def next_order(self) -> int:
        """A place in the list behind all others."""
        orders = self.column("order")
        return 1 + int(orders.max()) if len(orders) else 0

    def extend(self, rows: Sequence[ImageRow]) -> None:
        """Add rows whose ids are above all others."""
        places = self._room(len(rows))
        self.paths += [row.stored_path for row in rows]
        self.names += [row.file_name for row in rows]
        self._fill(places, rows)

    def extend_plain(self, first_id: int, first_order: int, paths: Sequence[str]) -> None:
        """Add images of which nothing is known but their (stored) path."""
        places = self._room(len(paths))
        self.paths += paths
        flat = "/" not in "".join(paths)  # one question for all: most folders have no others
        self.names += paths if flat else [path[path.rfind("/") + 1 :] for path in paths]
        columns, count = self._columns, len(paths)
        columns["id"][places] = np.arange(first_id, first_id + count)
        columns["order"][places] = np.arange(first_order, first_order + count)
        columns["height"][places] = columns["width"][places] = _NONE
        columns["status"][places] = NUMBER_OF[Status.NEW]
        columns["score"][places] = np.nan
        columns["proposals"][places] = columns["objects"][places] = 0
        columns["orientation"][places] = 1
        columns["page"][places] = 0

    def extend_columns(
        self,
        ids: Sequence[int],
        paths: Sequence[str],
        names: Sequence[str],
        sizes: tuple[Sequence[int | None], Sequence[int | None]],
        statuses: Sequence[Status],
        figures: Sequence[Sequence[Any]],
        sparse: tuple[
            Sequence[str], Sequence[int | None], Sequence[str | None], Sequence[str | None]
        ],
    ) -> None:
        """Add rows as a file has them, a column at a time.

        Args:
            ids: above all others, ascending.
            paths: as stored.
            names: as shown.
            sizes: heights and widths.
            statuses: of each.
            figures: order, lowest score, proposals, objects, orientation, page.
            sparse: fold, coco id, extra, tone.
        """
        places = self._room(len(ids))
        self.paths += paths
        # One string where both are the same: half the memory of a plain folder.
        self.names += [
            path if name == path else name for path, name in zip(paths, names, strict=True)
        ]
        columns = self._columns
        columns["id"][places] = ids
        for name, values in zip(("height", "width"), sizes, strict=True):
            columns[name][places] = [_NONE if value is None else value for value in values]
        columns["status"][places] = [NUMBER_OF[status] for status in statuses]
        for name, values in zip(_FIGURES, figures, strict=True):
            columns[name][places] = np.array(values, _COLUMNS[name])  # None is NaN in a score
        folds, coco, extra, tones = sparse
        self._folds.update((number, text) for number, text in zip(ids, folds, strict=True) if text)
        self._coco.update(
            (number, one) for number, one in zip(ids, coco, strict=True) if one is not None
        )
        self._extra.update((number, text) for number, text in zip(ids, extra, strict=True) if text)
        self._tones.update((number, text) for number, text in zip(ids, tones, strict=True) if text)

    def put(self, at: int, row: ImageRow) -> None:
        """Change a row; its id stays."""
        self.paths[at], self.names[at] = row.stored_path, row.file_name
        for sparse in (self._folds, self._coco, self._extra, self._tones):
            sparse.pop(row.id, None)
        columns = self._columns
        columns["height"][at], columns["width"][at] = row.size or (_NONE, _NONE)
        columns["status"][at] = NUMBER_OF[row.status]
        columns["order"][at] = row.order
        columns["score"][at] = math.nan if row.lowest_score is None else row.lowest_score
        columns["proposals"][at], columns["objects"][at] = row.proposals, row.objects
        columns["orientation"][at], columns["page"][at] = row.orientation, row.page
        self._note_sparse([row])

    def without(self, ids: Iterable[int]) -> "ImageTable":
        """Another table in which these images are missing."""
        keep = np.isin(self.column("id"), list(ids), invert=True)
        left = ImageTable(self.project)
        left.extend(list(self.rows(np.flatnonzero(keep))))
        return left

    def row(self, at: int) -> ImageRow:
        """The row at a place."""
        number, height, width, status, order, score, proposals, objects, turned, page = (
            column.item(at) for column in self._columns.values()
        )
        return ImageRow(
            number, self.paths[at], self.project, self.names[at],
            None if height == _NONE else (height, width), STATUSES[status],
            order, None if math.isnan(score) else score, proposals,
            objects, self._folds.get(number, ""), self._coco.get(number),
            turned, self._extra.get(number, ""), page,
            self._tones.get(number, ""),
        )  # fmt: skip

    def glimpse(self, at: int) -> tuple[tuple[int, int] | None, Status]:
        """Size and status of the row at a place."""
        columns = self._columns
        height = columns["height"].item(at)
        size = None if height == _NONE else (height, columns["width"].item(at))
        return size, STATUSES[columns["status"].item(at)]

    def rows_of(self, ids: Sequence[int]) -> list[ImageRow]:
        """Rows of images that are there, by id."""
        return list(self.rows(np.searchsorted(self.column("id"), ids)))

    def rows(self, places: NDArray[np.intp]) -> Iterator[ImageRow]:
        """Rows of some places, in that order."""
        cut = {name: column[places].tolist() for name, column in self._columns.items()}
        at = places.tolist()
        sizes = (
            None if height == _NONE else (height, width)
            for height, width in zip(cut["height"], cut["width"], strict=True)
        )
        scores = (None if math.isnan(score) else score for score in cut["score"])
        parts = zip(
            cut["id"],
            map(self.paths.__getitem__, at),
            map(self.names.__getitem__, at),
            sizes,
            map(STATUSES.__getitem__, cut["status"]),
            cut["order"],
            scores,
            cut["proposals"],
            cut["objects"],
            cut["orientation"],
            cut["page"],
            strict=True,
        )
        folds, coco, extra, project = self._folds, self._coco, self._extra, self.project
        tones = self._tones
        for number, path, name, size, status, order, score, waiting, objects, turned, page in parts:
            yield ImageRow(
                number, path, project, name, size, status, order, score, waiting, objects,
                folds.get(number, ""), coco.get(number), turned, extra.get(number, ""),
                page, tones.get(number, ""),
            )  # fmt: skip

    def _fill(self, places: slice, rows: Sequence[ImageRow]) -> None:
        columns, sizes = self._columns, [row.size or (_NONE, _NONE) for row in rows]
        columns["id"][places] = [row.id for row in rows]
        columns["height"][places] = [size[0] for size in sizes]
        columns["width"][places] = [size[1] for size in sizes]
        columns["status"][places] = [NUMBER_OF[row.status] for row in rows]
        columns["order"][places] = [row.order for row in rows]
        columns["score"][places] = [
            math.nan if row.lowest_score is None else row.lowest_score for row in rows
        ]
        columns["proposals"][places] = [row.proposals for row in rows]
        columns["objects"][places] = [row.objects for row in rows]
        columns["orientation"][places] = [row.orientation for row in rows]
        columns["page"][places] = [row.page for row in rows]
        self._note_sparse(rows)

    def _note_sparse(self, rows: Sequence[ImageRow]) -> None:
        self._folds.update((row.id, row.fold) for row in rows if row.fold)
        self._coco.update((row.id, row.coco_id) for row in rows if row.coco_id is not None)
        self._extra.update((row.id, row.extra_json) for row in rows if row.extra_json)
        self._tones.update((row.id, row.tone_json) for row in rows if row.tone_json)

    def _room(self, count: int) -> slice:
        """Make room for more rows; answers with their places."""
        used, there = len(self), len(self._columns["id"])
        if used + count > there:
            more = max(used + count, there + there // 2, 64)
            for name, kind in _COLUMNS.items():
                grown = np.zeros(more, kind)
                grown[:used] = self._columns[name][:used]
                self._columns[name] = grown
        return slice(used, used + count)


class ImageRows(Sequence[ImageRow]):
    """The images in the order of the list, read from the table when they are asked for.

    Which images there are, and their order, are those of the moment this was made; what a row says
    is always what the project knows now.
    """

    def __init__(self, table: ImageTable) -> None:
        self._table = table
        ids, pages, orders = (table.column(name) for name in ("id", "page", "order"))
        self._places = np.lexsort((ids, pages, orders))
        self._at: NDArray[np.intp] | None = None  # by place in the table: index here

    @classmethod
    def of(cls, rows: Iterable[ImageRow]) -> "ImageRows":
        """Rows that stand in no project."""
        some = sorted(rows, key=lambda row: row.id)
        table = ImageTable(some[0].project if some else Path())
        table.extend(some)
        return cls(table)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> ImageRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[ImageRow]: ...

    def __getitem__(self, index: int | slice) -> ImageRow | list[ImageRow]:
        if isinstance(index, slice):
            return list(self._table.rows(self._places[index]))
        return self._table.row(int(self._places[index]))

    def __iter__(self) -> Iterator[ImageRow]:
        for first in range(0, len(self), _PIECE):
            yield from self._table.rows(self._places[first : first + _PIECE])

    def index_of(self, image_id: int) -> int | None:
        """The index of an image; None where it is not in the list."""
        place = self._table.position(image_id)
        if place is None:
            return None
        if self._at is None:
            self._at = np.empty(len(self), np.intp)
            self._at[self._places] = np.arange(len(self))
        return int(self._at[place]) if place < len(self._at) else None

    def column(self, name: str) -> NDArray[Any]:
        """A copy of a column (see ``ImageTable.column``) in the order of the list."""
        return self._table.column(name)[self._places]

    def folded_names(self) -> list[str]:
        """The file names without regard to case, in the order of the list."""
        names = self._table.names
        return [names[place].casefold() for place in self._places.tolist()]

    @property
    def nbytes(self) -> int:
        """About what the list and its table take in memory."""
        return self._table.nbytes + 2 * self._places.nbytes

    def counts(self) -> dict[Status, int]:
        """How many images there are of each status."""
        found = np.bincount(self.column("status"), minlength=len(STATUSES))
        return dict(zip(STATUSES, found.tolist(), strict=True))

    def folds(self) -> dict[int, str]:
        """The fold of every image that has one, by id."""
        return dict(self._table._folds)

    def ids(self) -> list[int]:
        """The image ids in the order of the list."""
        found: list[int] = self.column("id").tolist()
        return found

"""The objects of the open image as a flat list.

While proposals are looked through they stand below headings of their classes. Two thousand rows
are sorted in a few milliseconds and painted only where they are seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from app.listing import ORDERS, Order, Show
from app.panels.common import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.session import Session
    from engine.document.annotation import Annotation
    from engine.document.document import Changed

Index = QModelIndex | QPersistentModelIndex
Kind = Literal["group", "object", "section"]

SORTS = ORDERS


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        kind: an object; a class of proposals; or a plain heading.
        key: what keeps a row the same row: the annotation's id, or the class's, or the heading.
        annotation: of an object.
        class_id: of a group.
        count: objects below a group or heading.
        hidden: proposals of a group that the limits keep from the screen.
        folded: whether the group's objects are left out.
    """

    kind: Kind
    key: tuple[str, int]
    annotation: Annotation | None = None
    class_id: int = 0
    count: int = 0
    hidden: int = 0
    folded: bool = False
    text: str = ""


class ObjectsModel(QAbstractListModel):
    """See the module."""

    counted = Signal()  # the figures for headings and filters changed

    def __init__(self, session: Session, parent: Any = None) -> None:
        super().__init__(parent)
        self._session = session
        self.rows: list[Row] = []
        self._listing = session.listing
        self.counts: dict[Show, int] = {"all": 0, "todo": 0, "doubtful": 0}
        self._folded: set[int] = set()
        self.passed = 0  # objects that are listed while something is asked for
        self.in_groups = False  # proposals stand by class now
        self._place: dict[int, int] = {}  # annotation id → row
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(40)
        self._later.timeout.connect(self.rebuild)
        session.image_changed.connect(self._on_image)
        session.document_changed.connect(self._on_document)
        session.taxonomy_changed.connect(self._later.start)  # hiding a class is painted first
        session.filter_changed.connect(self._later.start)
        session.tool_changed.connect(self._on_tool)
        session.selection_changed.connect(self._on_selection)
        session.listing.changed.connect(self.rebuild)
        self.rebuild()

    # -- choosing ----------------------------------------------------------------------------

    @property
    def order(self) -> Order:
        """How the rows are sorted; see ``app.listing``."""
        return self._listing.order

    def set_sort(self, order: Order) -> None:
        """Another order."""
        self._listing.set_order(order)

    def set_show(self, show: Show) -> None:
        """All objects, those to do (proposals), or the doubtful ones."""
        self._listing.set_show(show)

    def set_search(self, text: str) -> None:
        """Only objects a question asks for; see ``engine.document.query``."""
        self._listing.set_text(text)

    def fold(self, class_id: int) -> None:
        """Fold or unfold a class of proposals."""
        self._folded ^= {class_id}
        self.rebuild()

    def grouped(self) -> bool:
        """Whether proposals stand by class, with a button for the whole class."""
        document = self._session.document
        if self._session.tool != "select" or document is None:
            return False
        return bool(document.proposals) and not self._listing.active

    # -- contents ----------------------------------------------------------------------------

    def index_of(self, annotation_id: int) -> QModelIndex:
        """The row of an object; an invalid index where it is not listed."""
        place = self._place.get(annotation_id)
        return QModelIndex() if place is None else self.index(place, 0)

    def objects_of(self, class_id: int) -> list[int]:
        """Ids of the listed proposals of a class."""
        shown = self._session.visible_proposals()
        return [each.id for each in shown if each.class_id == class_id]

    def rebuild(self) -> None:
        """Make the rows anew; views keep their place where the rows are the same."""
        self._later.stop()
        self.in_groups = self.grouped()
        rows = self._grouped_rows() if self.in_groups else self._plain_rows()
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
        else:
            self.beginResetModel()
            self.rows = rows
            self._place = {
                row.annotation.id: at for at, row in enumerate(rows) if row.annotation is not None
            }
            self.endResetModel()
        self.counted.emit()

    def _everything(self) -> list[Annotation]:
        document = self._session.document
        if document is None:
            return []
        return [*self._session.visible_proposals(), *document.annotations.values()]

    def _plain_rows(self) -> list[Row]:
        every, limits = self._everything(), self._session.filter
        todo = [each for each in every if each.proposal]
        doubtful = [each for each in every if limits.doubts(each)]
        self.counts = {"all": len(every), "todo": len(todo), "doubtful": len(doubtful)}
        passes = self._listing.passes
        rows = self._object_rows(each for each in every if passes(each))
        self.passed = len(rows)
        return rows

    def _object_rows(self, objects: Iterable[Annotation]) -> list[Row]:
        ordered = self._listing.sorted(objects)
        return [Row("object", ("o", each.id), each, each.class_id) for each in ordered]

    def _grouped_rows(self) -> list[Row]:
        document = self._session.document
        if document is None:
            return []
        proposals, rows = self._session.visible_proposals(), []
        doubtful = sum(map(self._session.filter.doubts, proposals))
        every = len(proposals) + len(document.annotations)
        self.counts = {"all": every, "todo": len(proposals), "doubtful": doubtful}
        by_class: dict[int, list[Annotation]] = {}
        for each in proposals:
            by_class.setdefault(each.class_id, []).append(each)
        waiting = Counter(each.class_id for each in document.proposals.values())
        for class_id in sorted(waiting, key=self._listing.class_order):
            members, folded = by_class.get(class_id, []), class_id in self._folded
            key, hidden = ("g", class_id), waiting[class_id] - len(members)
            rows.append(Row("group", key, None, class_id, len(members), hidden, folded))
            if not folded:
                rows += self._object_rows(members)
        accepted = document.annotations.values()
        text = "Accepted" if accepted else "Nothing accepted yet"
        rows.append(Row("section", ("s", 0), count=len(accepted), text=text))
        return rows + self._object_rows(accepted)

    # -- following ---------------------------------------------------------------------------

    def _on_image(self) -> None:
        self._folded.clear()
        self.rebuild()

    def _on_tool(self) -> None:
        if self.grouped() != self.in_groups:
            self.rebuild()

    def _on_selection(self) -> None:
        listing = self._session.listing
        if listing.on_canvas and listing.active:  # the selected are drawn whatever is asked for
            self._later.start()

    def _on_document(self, change: Changed) -> None:
        if change.what & {"objects", "proposals", "attributes"}:
            self._later.start()
            return
        document = self._session.document
        for number in change.objects:
            place = self._place.get(number)
            annotation = document.find(number) if document is not None else None
            if place is not None and annotation is not None:
                row = self.rows[place]
                self.rows[place] = Row("object", row.key, annotation, annotation.class_id)
                self.dataChanged.emit(self.index(place, 0), self.index(place, 0))

    # -- QAbstractListModel ------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        flag = Qt.ItemFlag
        if not index.isValid() or index.row() >= len(self.rows):
            return flag.NoItemFlags
        if self.rows[index.row()].kind == "section":
            return flag.ItemNeverHasChildren
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractItemModel."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text or self._session.taxonomy.name(row.class_id)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._say(row)
        return None

    def _say(self, row: Row) -> str:
        name = row.text or self._session.taxonomy.name(row.class_id)
        if row.kind == "group":
            hidden = f", {row.hidden:,} hidden by its limits" if row.hidden else ""
            folded = ", folded" if row.folded else ""
            return f"{name}, {plural(row.count, 'proposal')}{hidden}{folded}"
        each = row.annotation
        if each is None:
            return f"{name}, {row.count}"
        words = [name, f"number {each.id}"]
        words.append("proposal" if each.proposal else "edited" if each.edited else "accepted")
        words += ["doubtful"] if self._session.filter.doubts(each) else []
        words += ["locked"] if each.locked else []
        words += ["hidden"] if each.hidden else []
        words += [] if each.score is None else [f"score {each.score:.2f}"]
        words.append(plural(each.mask.area, "pixel"))
        return ", ".join(words)

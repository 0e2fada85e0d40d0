"""The class list as a model: classes in their order, with what the open image has of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from app.panels.common import plural, short_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.session import Session
    from engine.document.document import Changed
    from engine.document.taxonomy import LabelClass

_MIME = "application/x-maskwright-class"
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class, its place from 0, its objects in the image, and its pixels in the class map."""

    label_class: LabelClass
    place: int
    objects: int
    pixels: int

    @property
    def count_text(self) -> str:
        """The figure of the list: objects, or pixels of a class without objects."""
        if self.label_class.thing:
            return f"{self.objects:,}"
        return f"{short_count(self.pixels)} px" if self.pixels else "0"


class ClassesModel(QAbstractListModel):
    """See the module.

    Counting runs a moment after the last change, so that it never delays a stroke.
    """

    moved = Signal(list)  # class ids in their new order

    def __init__(self, session: Session, parent: Any = None) -> None:
        super().__init__(parent)
        self._session = session
        self._classes: tuple[LabelClass, ...] = ()
        self._objects: Counter[int] = Counter()
        self._pixels: dict[int, int] = {}
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(60)
        self._later.timeout.connect(self.count)
        session.taxonomy_changed.connect(self._on_classes)
        session.class_changed.connect(self._repaint)
        session.image_changed.connect(self.count)
        session.filter_changed.connect(self._later.start)
        session.listing.changed.connect(self._later.start)
        session.selection_changed.connect(self._on_selection)
        session.document_changed.connect(self._on_document)
        self._on_classes()

    # -- contents ----------------------------------------------------------------------------

    def row(self, index: Index) -> ClassRow:
        """What stands in a row."""
        label_class = self._classes[index.row()]
        number = label_class.id
        return ClassRow(
            label_class, index.row(), self._objects[number], self._pixels.get(number, 0)
        )

    def index_of(self, class_id: int | None) -> QModelIndex:
        """The row of a class; an invalid index where there is none."""
        for place, each in enumerate(self._classes):
            if each.id == class_id:
                return self.index(place, 0)
        return QModelIndex()

    def count(self) -> None:
        """Count what the open image has of each class."""
        self._later.stop()
        document = self._session.document
        if document is None:
            self._objects, self._pixels = Counter(), {}
        else:
            shown = [*document.annotations.values(), *self._session.visible_proposals()]
            self._objects = Counter(each.class_id for each in shown)
            self._pixels = dict(document.layer.areas())
        self._repaint()

    def _on_classes(self) -> None:
        classes = self._session.taxonomy.classes
        if [each.id for each in classes] == [each.id for each in self._classes]:
            self._classes = classes
            self._repaint()
            self._later.start()  # proposals of a class that was hidden are no longer counted
            return
        self.beginResetModel()
        self._classes = classes
        self.endResetModel()
        self.count()

    def _on_document(self, change: Changed) -> None:
        if change.what & {"objects", "layer", "proposals", "attributes"}:
            self._later.start()

    def _on_selection(self) -> None:
        listing = self._session.listing
        if listing.on_canvas and listing.active:  # the selected are drawn whatever is asked for
            self._later.start()

    def _repaint(self) -> None:
        if self._classes:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._classes) - 1, 0))

    # -- QAbstractListModel ------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._classes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractItemModel."""
        if not index.isValid() or index.row() >= len(self._classes):
            return None
        row = self.row(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.label_class.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._say(row)
        return None

    def _say(self, row: ClassRow) -> str:
        each = row.label_class
        words = [each.name]
        if row.place < 9:
            words.append(f"key {row.place + 1}")
        unit = plural(row.objects, "object") if each.thing else plural(row.pixels, "pixel")
        words.append(unit)
        if each.id == self._session.current_class:
            words.append("current class")
        words += ["locked"] if each.locked else []
        words += [] if each.visible else ["hidden"]
        return ", ".join(words)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        shown = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren
        if self._session.taxonomy.lock is not None:
            return shown
        return shown | flag.ItemIsEditable | flag.ItemIsDragEnabled

    # -- dragging into another order ---------------------------------------------------------

    def supportedDropActions(self) -> Qt.DropAction:
        """See QAbstractItemModel."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """See QAbstractItemModel."""
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """See QAbstractItemModel."""
        data = QMimeData()
        data.setData(_MIME, QByteArray(str(indexes[0].row()).encode()))
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Announce the new order; the taxonomy moves the rows, not the view."""
        if not data.hasFormat(_MIME):
            return False
        start = int(bytes(data.data(_MIME).data()).decode())
        target = row if row >= 0 else parent.row() if parent.isValid() else len(self._classes)
        ids = [each.id for each in self._classes]
        moved = ids.pop(start)
        ids.insert(target - 1 if target > start else target, moved)
        if ids != [each.id for each in self._classes]:
            self.moved.emit(ids)
        return False

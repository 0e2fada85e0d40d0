"""The objects of the open image: sorted, searched, chosen, and proposals by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractItemView, QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.panels.class_limits import ClassLimits
from app.panels.common import bind, plural
from app.panels.objects_delegate import ObjectsDelegate
from app.panels.objects_filter import ObjectsFilter
from app.panels.objects_header import ColumnHeads
from app.panels.objects_model import SORTS, ObjectsModel
from app.panels.row_view import RowView
from app.theme.paint import menu_text
from app.theme.theme import theme
from app.theme.widgets import Button, EmptyState, IconButton, SectionHeader
from engine.document import edits

if TYPE_CHECKING:
    from app.services import Services

LONG = 40  # from here on rows are low, and search and filter show


class _List(RowView):
    def minimumSizeHint(self) -> QSize:
        """Two rows at least."""
        return QSize(theme().px(120), 2 * theme().size("row"))


class ObjectsPanel(QWidget):
    """See the module."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session
        self._filtering = False  # the filter was asked for in a short list
        self._echo = False  # the selection is being carried over; do not carry it back
        self.setAccessibleName("Objects in this image")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.header = SectionHeader("Objects in this image")
        self.funnel = IconButton("funnel", "Filter objects")
        bind(self.funnel, services, "list.filter")
        self.header.add(self.funnel)
        self._restore_order()
        self.model = ObjectsModel(self._session, self)
        self.tools = ObjectsFilter(self._session)
        self.search, self.filter = self.tools.search, self.tools.segments
        self.view = _List("Objects", self)
        self.heads = ColumnHeads(self.view, self)
        self.heads.sort_asked.connect(self._sort_menu)
        self.view.setItemDelegate(ObjectsDelegate(self._session, self.view))
        self.view.setModel(self.model)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        propose = Button("Propose")
        bind(propose, services, "model.propose", cap=True)
        self.empty = EmptyState(
            "stack", "No objects yet", "Let the model propose, or draw one.", propose
        )
        clear = Button("Clear the filter", "x")
        clear.clicked.connect(self.tools.clear)
        self.none = EmptyState("funnel", "No object passes the filter", "", clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        large = (self.view, self.empty, self.none)
        for part in (self.header, self.tools, self.heads, *large):
            column.addWidget(part, 1 if part in large else 0)
        column.addStretch(0)  # keeps the heading at the top while there is nothing below it
        self._connect()
        self._on_counts()
        self._take_selection()

    def _restore_order(self) -> None:
        settings, listing = self._services.settings, self._session.listing
        kept = settings.value("objects_order", listing.order)
        if kept in SORTS:
            listing.set_order(kept)
        listing.changed.connect(self._keep_order)

    def _keep_order(self) -> None:
        settings, order = self._services.settings, self._session.listing.order
        if settings.value("objects_order", "doubt") != order:
            settings.set("objects_order", order)

    def _connect(self) -> None:
        session = self._session
        self.model.modelReset.connect(self._take_selection)
        self.model.counted.connect(self._on_counts)
        self.view.selectionModel().selectionChanged.connect(self._on_chosen)
        self.view.part_pressed.connect(self._on_part)
        self.view.doubleClicked.connect(
            lambda _: self._services.actions.trigger("view.zoom_object")
        )
        self.view.focus_changed.connect(self.header.set_active)
        session.selection_changed.connect(self._take_selection)
        session.image_changed.connect(self._on_counts)
        self.tools.emptied.connect(self._leave_filter)
        theme().changed.connect(self.view.doItemsLayout)

    # -- contents ----------------------------------------------------------------------------

    def _on_counts(self) -> None:
        counts, image = self.model.counts, self._session.image
        listing = self._session.listing
        every = counts["all"]
        self.header.set_title(
            "Proposals by class" if self.model.in_groups else "Objects in this image"
        )
        shown, active = counts["todo"] if self.model.in_groups else every, listing.active
        words = f"{self.model.passed:,} of {every:,}" if active else f"{shown:,}"
        self.header.set_count(words if image else "")
        self.funnel.set_role("accent.base" if active else "text.secondary")
        self.tools.setVisible(every > LONG or active or bool(listing.text) or self._filtering)
        self.tools.set_counts(every, counts["todo"], counts["doubtful"])
        self.view.set_dense(self.model.rowCount() > LONG)
        none = active and every > 0 and self.model.passed == 0
        self.heads.setVisible(every > 0 and not self.model.in_groups and not none)
        self.heads.set_sort(SORTS[self.model.order])
        listed = (every > 0 or self._own_limits()) and not none
        there = "There is 1" if every == 1 else f"There are {every:,}"
        self.none.set_words("No object passes the filter", f"{there} in this image.")
        self.none.setVisible(none)
        self.view.setVisible(listed)
        self.empty.setVisible(not listed and not none and image is not None)
        self._on_empty()

    def _own_limits(self) -> bool:
        """Whether a listed class has limits of its own, which are changed from its heading."""
        limits = self._session.filter
        groups = (row for row in self.model.rows if row.kind == "group")
        return any(limits.own_limits(row.class_id) for row in groups)

    def _on_empty(self) -> None:
        document = self._session.document
        hidden = len(document.proposals) if document is not None else 0
        if hidden:
            limit = self._session.filter.show_above
            title = "No proposals"
            text = f"The model found nothing above {limit:.2f} here. Lower the threshold, or draw."
        else:
            title, text = "No objects yet", "Let the model propose, or draw one."
        self.empty.set_words(title, text)

    def _sort_menu(self) -> None:
        menu = QMenu(self)
        for key, words in SORTS.items():
            entry = menu.addAction(words)
            entry.setCheckable(True)
            entry.setChecked(key == self.model.order)
            entry.triggered.connect(lambda _on=False, sort=key: self.model.set_sort(sort))
        menu.popup(self.heads.mapToGlobal(QPoint(8, self.heads.height())))

    # -- selection ---------------------------------------------------------------------------

    def _on_chosen(self, *_: QItemSelection) -> None:
        if self._echo:
            return
        rows = [self.model.rows[index.row()] for index in self.view.selectionModel().selectedRows()]
        chosen = [row.annotation.id for row in rows if row.annotation is not None]
        self._echo = True
        self._session.set_selection(chosen)
        self._echo = False
        self.view.viewport().update()

    def _take_selection(self) -> None:
        self.view.viewport().update()
        if self._echo:
            return
        self._echo = True
        wanted, first = QItemSelection(), QModelIndex()
        for number in self._session.selection:
            index = self.model.index_of(number)
            if index.isValid():
                wanted.select(index, index)
                if not first.isValid() or index.row() < first.row():
                    first = index
        keep = self.view.selectionModel()
        flag = QItemSelectionModel.SelectionFlag
        keep.select(wanted, flag.ClearAndSelect)
        if first.isValid():
            keep.setCurrentIndex(first, flag.NoUpdate)
            self.view.scrollTo(first)
        self._echo = False

    # -- acting ------------------------------------------------------------------------------

    def _on_part(self, index: QModelIndex, part: str) -> None:
        row, session = self.model.rows[index.row()], self._session
        document = session.document
        if document is None:
            return
        if part == "fold":
            self.model.fold(row.class_id)
        elif part == "limits":
            self.open_limits(index)
        elif part == "accept":
            ids = self.model.objects_of(row.class_id)
            session.do(edits.accept(document, ids, session.taxonomy))
        elif part == "reject":
            ids = self.model.objects_of(row.class_id)
            if session.do(edits.reject(document, ids)):
                words = f"Rejected {plural(len(ids), 'proposal')}."
                session.say(words + " {edit.undo} brings them back.")
        elif part == "show" and row.annotation is not None:
            command = edits.set_attributes(
                document, [row.annotation.id], label="Show object", hidden=False
            )
            session.do(command)

    def open_limits(self, index: QModelIndex) -> None:
        """Show the limits of a group's class below its heading."""
        class_id = self.model.rows[index.row()].class_id
        corner = self.view.visualRect(index).bottomRight() - QPoint(8, 0)
        ClassLimits(self._session, class_id, self).open_at(self.view.viewport().mapToGlobal(corner))

    def _group_menu(self, index: QModelIndex, place: QPoint) -> None:
        row, menu = self.model.rows[index.row()], QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        name = self._session.taxonomy.name(row.class_id)
        for part, words in (("accept", f"Accept all {name}"), ("reject", f"Reject all {name}")):
            entry = menu.addAction(menu_text(words))
            entry.setEnabled(row.count > 0)
            entry.triggered.connect(lambda _on=False, one=part: self._on_part(index, one))
        limits = menu.addAction(menu_text(f"Limits of {name}…"))
        limits.triggered.connect(lambda: self.open_limits(index))
        menu.popup(place)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done to the selection."""
        index, place = self.view.menu_place(event)
        row = self.model.rows[index.row()] if index.isValid() else None
        if row is not None and row.kind == "group":
            self._group_menu(index, place)
        if row is None or row.annotation is None:
            return
        if row.annotation.id not in self._session.selection:
            self._session.set_selection([row.annotation.id])
        menu = QMenu(self)
        actions = self._services.actions
        for name in _MENU:
            if not name:
                menu.addSeparator()
                continue
            entry = menu.addAction(actions.get(name).text)
            entry.setEnabled(not actions.missing(name))
            entry.triggered.connect(lambda _on=False, one=name: actions.trigger(one))
        menu.popup(place)

    def focus_search(self) -> None:
        """Show the search field and put the cursor there."""
        self._filtering = True
        self.tools.show()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _leave_filter(self) -> None:
        self._filtering = False
        self._on_counts()


_MENU = (
    "proposal.accept",
    "view.zoom_object",
    "",
    "object.lock",
    "object.hide",
    "object.doubtful",
    "object.note",
    "",
    "object.merge",
    "object.fill_gaps",
    "object.front",
    "object.back",
    "object.copy",
    "",
    "object.delete",
)

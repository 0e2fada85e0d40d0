"""The class list: choose, hide, lock, rename in place, recolour, reorder, merge, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.panels import class_edits
from app.panels.class_delete import ClassDelete
from app.panels.classes_delegate import ClassesDelegate
from app.panels.classes_model import ClassesModel
from app.panels.color_menu import ColorMenu
from app.panels.common import bind
from app.panels.row_view import RowView
from app.theme.paint import menu_text
from app.theme.theme import theme
from app.theme.widgets import Button, IconButton, SectionHeader, TextBlock

if TYPE_CHECKING:
    from app.services import Services
    from engine.document.taxonomy import LabelClass

LONG = 40  # from here on rows are low
OPACITIES: dict[str, float | None] = {  # of a class's fill; its line stays as it is
    "As the others": None,
    "15 %": 0.15,
    "30 %": 0.3,
    "50 %": 0.5,
    "75 %": 0.75,
    "100 %": 1.0,
}


class _List(RowView):
    """The list itself: as high as its rows, up to what the panel gives."""

    move_asked = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl and arrows move the current class in the list."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.move_asked.emit(step)
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(200), self.rows_height() + 2)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        least = min(self.rows_height(), 2 * theme().size("row"))
        return QSize(theme().px(120), least + 2)


class ClassesPanel(QWidget):
    """See the module."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session
        self.setAccessibleName("Classes")
        self.header = SectionHeader("Classes")
        add = IconButton("plus", "Add a class")
        bind(add, services, "class.add")
        self.more = IconButton("dots-three", "More about the class")
        self.more.clicked.connect(self._more)
        self.fixed = IconButton("lock-simple", "The class list is locked")
        bind(self.fixed, services, "class.lock")
        self.header.add(self.fixed)
        self.header.add(add)
        self.header.add(self.more)
        self.model = ClassesModel(self._session, self)
        self.view = _List("Classes", self)
        self.view.setItemDelegate(ClassesDelegate(self._session, self._rename, self.view))
        self.view.setModel(self.model)
        self.view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.view.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.view.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.empty = TextBlock("No classes yet. Add the first one, or import annotations.")
        self.first = Button("Add a class", "plus")
        bind(self.first, services, "class.add")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(2)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        note = QVBoxLayout()
        note.setContentsMargins(14, 0, 14, 6)
        note.setSpacing(8)
        note.addWidget(self.empty)
        note.addWidget(self.first, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(note)
        self._connect()
        self._on_rows()

    def _connect(self) -> None:
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(self._choose)
        self.view.doubleClicked.connect(self._edit)
        self.view.part_pressed.connect(self._on_part)
        self.view.move_asked.connect(self._move_current)
        self.view.focus_changed.connect(self.header.set_active)
        self.model.modelReset.connect(self._on_rows)
        self.model.moved.connect(lambda ids: class_edits.reorder(self._session, ids))
        self._session.class_changed.connect(self._show_current)
        self._session.taxonomy_changed.connect(self._show_lock)
        self._session.project_changed.connect(self._on_rows)
        theme().changed.connect(self.view.doItemsLayout)

    # -- contents ----------------------------------------------------------------------------

    def _on_rows(self) -> None:
        count = self.model.rowCount()
        self.view.set_dense(count > LONG)
        self.view.setVisible(count > 0)
        for part in (self.empty, self.first):
            part.setVisible(count == 0)
        self.more.setEnabled(count > 0)
        self.view.updateGeometry()
        self._show_lock()
        self._show_current()

    def _show_lock(self) -> None:
        """The lock shows while it is on; names and order then stay what they are."""
        on = self._session.taxonomy.lock is not None
        self.fixed.setVisible(on)
        mode = QAbstractItemView.DragDropMode
        self.view.setDragDropMode(mode.NoDragDrop if on else mode.InternalMove)

    def _show_current(self) -> None:
        index = self.model.index_of(self._session.current_class)
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)

    def _edit(self, index: QModelIndex) -> None:
        self.view.edit(index)

    def _class(self, index: QModelIndex) -> LabelClass:
        return self.model.row(index).label_class

    def _choose(self, index: QModelIndex) -> None:
        """Choose the class as its number key does: for the selection, else the next stroke."""
        row = self.model.row(index)
        if row.place < 9:
            self._services.actions.trigger(f"class.{row.place + 1}")
        else:
            class_edits.give(self._session, row.label_class.id)

    def _on_part(self, index: QModelIndex, part: str) -> None:
        each = self._class(index)
        if part == "eye":
            only = self._session.only_class
            if only is not None:
                self._session.set_only_class(None if only == each.id else each.id)
            else:
                class_edits.change(self._session, each, visible=not each.visible)
        elif part == "lock":
            class_edits.change(self._session, each, locked=not each.locked)
        elif part == "swatch" and self._session.taxonomy.lock is None:
            self._recolor(index)
        elif part == "swatch":
            self._session.say(self._services.actions.missing("class.rename"), "warning")

    # -- changing ----------------------------------------------------------------------------

    def add_class(self) -> None:
        """Add a class and let its name be typed at once."""
        number = class_edits.add(self._session)
        if number is not None:
            self._session.set_class(number)
            self.rename_class()

    def rename_class(self) -> None:
        """Type another name for the current class."""
        index = self.model.index_of(self._session.current_class)
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
            editor = self.view.indexWidget(index)
            if editor is None:
                self.view.edit(index)
            else:  # asked for again while it is typed in
                editor.setFocus()

    def _rename(self, class_id: int, name: str) -> None:
        found = self._session.taxonomy.get(class_id)
        if found is not None:
            class_edits.change(self._session, found, name=name)

    def _recolor(self, index: QModelIndex) -> None:
        each = self._class(index)
        used = {
            other.color.upper() for other in self._session.taxonomy.classes if other.id != each.id
        }
        menu = ColorMenu(used, each.color, self)

        def take(color: str, hatch: int) -> None:
            class_edits.change(self._session, each, color=color, hatch=hatch)

        menu.chosen.connect(take)
        rect = self.view.visualRect(index)
        menu.open_at(self.view.viewport().mapToGlobal(rect.bottomLeft() + QPoint(30, 2)))

    def merge_class(self) -> None:
        """Offer the classes that the current one can be merged into."""
        index = self.model.index_of(self._session.current_class)
        if not index.isValid():
            return
        menu = self._merge_menu(self._class(index), QMenu(self))
        rect = self.view.visualRect(index)
        menu.popup(self.view.viewport().mapToGlobal(rect.bottomLeft() + QPoint(30, 2)))

    def _merge_menu(self, each: LabelClass, menu: QMenu) -> QMenu:
        for other in self._session.taxonomy.classes:
            if other.id != each.id:
                entry = menu.addAction(menu_text(other.name))
                entry.triggered.connect(
                    lambda _on=False, into=other: class_edits.merge(self._session, each, into)
                )
        menu.setEnabled(not menu.isEmpty())
        return menu

    def _opacity_menu(self, each: LabelClass, menu: QMenu) -> None:
        for words, value in OPACITIES.items():
            entry = menu.addAction(words)
            entry.setCheckable(True)
            entry.setChecked(each.opacity == value)
            entry.triggered.connect(
                lambda _on=False, one=value: class_edits.change(self._session, each, opacity=one)
            )

    def delete_class(self) -> None:
        """Delete the current class, after saying what happens to its masks."""
        found = self._session.label_class(self._session.current_class)
        if found is not None:
            layer = ClassDelete(self._session, found, self)
            layer.merge_asked.connect(self.merge_class)
            rect = self.view.visualRect(self.model.index_of(found.id))
            layer.open_at(self.view.viewport().mapToGlobal(rect.bottomLeft() + QPoint(12, 4)))

    # -- menus -------------------------------------------------------------------------------

    def _more(self) -> None:
        index = self.model.index_of(self._session.current_class)
        if index.isValid():
            corner = self.more.mapToGlobal(QPoint(0, self.more.height() + 2))
            self._menu(index).popup(corner)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the class that was pointed at, which becomes the current one."""
        index, place = self.view.menu_place(event)
        if index.isValid():
            self._session.set_class(self._class(index).id)
            self._menu(index).popup(place)

    def _menu(self, index: QModelIndex) -> QMenu:
        each, menu, session = self._class(index), QMenu(self), self._session
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        free = session.taxonomy.lock is None
        menu.addAction("Guideline…", lambda: self._services.actions.trigger("class.guideline"))
        menu.addAction("Rename…", self.rename_class).setEnabled(free)
        menu.addAction("Change colour…", lambda: self._recolor(index)).setEnabled(free)
        line = menu.addAction("Draw the line only")
        line.setCheckable(True)
        line.setChecked(each.contour_only)
        line.triggered.connect(lambda on: class_edits.change(session, each, contour_only=bool(on)))
        self._opacity_menu(each, menu.addMenu("Fill opacity"))
        menu.addSeparator()
        words = "Unlock" if each.locked else "Lock"
        menu.addAction(words, lambda: class_edits.change(session, each, locked=not each.locked))
        words = "Hide" if each.visible else "Show"
        menu.addAction(words, lambda: class_edits.change(session, each, visible=not each.visible))
        alone = session.only_class == each.id
        words = "Show all classes" if alone else "Show only this class"
        menu.addAction(words, lambda: session.set_only_class(None if alone else each.id))
        menu.addSeparator()
        kind = "Label it as areas, without objects" if each.thing else "Label it as objects"
        kinds = menu.addAction(
            kind, lambda: class_edits.change(session, each, thing=not each.thing)
        )
        merge = self._merge_menu(each, menu.addMenu("Merge into"))
        merge.setEnabled(merge.isEnabled() and free)
        for entry in (kinds, menu.addAction("Delete…", self.delete_class)):
            entry.setEnabled(free)
        return menu

    def _move_current(self, step: int) -> None:
        ids = [each.id for each in self._session.taxonomy.classes]
        if self._session.current_class in ids:
            at = ids.index(self._session.current_class)
            to = min(len(ids) - 1, max(0, at + step))
            ids.insert(to, ids.pop(at))
            class_edits.reorder(self._session, ids)

"""What belongs to a class: its guideline and an example; and whether the class list is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from app.dialogs.example_view import ExampleView
from app.dialogs.fields import Choice, StateLine
from app.dialogs.sheet import Sheet
from app.panels import class_edits
from app.theme.theme import theme
from app.theme.widgets import Button

if TYPE_CHECKING:
    from app.services import Services
    from engine.document.taxonomy import LabelClass

KEEP_MS = 700
"""After the last letter before a guideline is kept."""

LOCKED = (
    "Nobody adds, renames, recolours, orders, merges or deletes classes here or in parts of this "
    "project. It guards against accidents and is no secret: {class.lock} unlocks."
)
OPEN = (
    "Classes can be changed. {class.lock} locks them, here and in parts that are handed out "
    "later; showing, hiding and opacity stay free."
)


class ClassSheet(Sheet):
    """See the module; it follows the current class."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        key = services.actions.key_text("class.guideline")
        super().__init__("Guideline of a class", key, "", parent)
        self._services, self._session = services, services.session
        self._class: int | None = None
        self.choice = Choice()
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Guideline")
        self.text.setPlaceholderText("What belongs to this class, and what does not?")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(theme().px(150))
        self.example = ExampleView(self._session)
        self.take = Button("Use the selected object", "check")
        self.show_it = Button("Show it", "crosshair")
        self.drop = Button("Take it away", kind="quiet")
        self.state = StateLine("lock-simple", "text.secondary")
        self.lock = Button("Lock the class list", "lock-simple")
        self._later = QTimer(self, interval=KEEP_MS, singleShot=True)
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.add_row("Class", self.choice)
        self.add_section("Guideline")
        self.add(self.text)
        self.add_section("Example")
        self.add(self.example)
        self.body.addSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.take, self.show_it, self.drop):
            row.addWidget(button)
        row.addStretch(1)
        self.add(row)
        self.add_section("Lock")
        self.add(self.state)
        row = QHBoxLayout()
        row.addWidget(self.lock)
        row.addStretch(1)
        self.add(row)
        self.body.addStretch(1)

    def _connect(self) -> None:
        session = self._session
        self.choice.picked.connect(session.set_class)
        self.text.textChanged.connect(self._later.start)
        self._later.timeout.connect(self.keep)
        self.take.clicked.connect(self._take)
        self.show_it.clicked.connect(self._show_example)
        self.drop.clicked.connect(lambda: self._set_example((0, 0)))
        self.lock.clicked.connect(lambda: self._services.actions.trigger("class.lock"))
        session.class_changed.connect(self._refresh)
        session.taxonomy_changed.connect(self._refresh)
        session.selection_changed.connect(self._show_buttons)
        session.project_changed.connect(self.leave)

    # -- showing -----------------------------------------------------------------------------

    def label_class(self) -> LabelClass | None:
        """The class that is shown; None where there is none."""
        return self._session.label_class(self._class)

    def _refresh(self) -> None:
        session = self._session
        if self._later.isActive() and session.current_class != self._class:
            self.keep()  # what was written belongs to the class before
        before = self.label_class()
        self._class = session.current_class
        classes = session.taxonomy.classes
        self.choice.set_options([(each.id, each.name) for each in classes])
        for row, each in enumerate(classes):
            self.choice.set_swatch(row, QColor(each.color), each.hatch)
        self.choice.set_value(self._class)
        found = self.label_class()
        words = "" if found is None else found.guideline
        if words != self.text.toPlainText().strip() or before is not found:
            self._fill(words)
        self.example.show_class(found)
        self._show_lock()
        self._show_buttons()

    def _fill(self, words: str) -> None:
        if self.text.toPlainText().strip() == words:
            return
        blocked = self.text.blockSignals(True)
        self.text.setPlainText(words)
        self.text.blockSignals(blocked)

    def _show_lock(self) -> None:
        lock = self._session.taxonomy.lock
        self.text.setReadOnly(self._fixed)
        fill = self._services.actions.fill
        words = fill(OPEN) if lock is None else f"{lock.words}. {fill(LOCKED)}"
        icon = "lock-simple-open" if lock is None else "lock-simple"
        self.state.show_state(icon, "text.secondary", words)
        self.lock.set_text("Lock the class list" if lock is None else "Unlock the class list")
        self.lock.setEnabled(not self._session.read_only)

    @property
    def _fixed(self) -> bool:
        return (
            self._class is None
            or self._session.read_only
            or self._session.taxonomy.lock is not None
        )

    def _show_buttons(self) -> None:
        found, session = self.label_class(), self._session
        chosen = [a for a in session.selected() if not a.proposal and a.class_id == self._class]
        self.take.setEnabled(not self._fixed and len(chosen) == 1)
        words = "Shows this object whenever somebody looks up the class."
        if len(chosen) != 1 and found is not None:
            words = f"Select one object of “{found.name}” first."
        self.take.setToolTip(words)
        has = found is not None and bool(found.example_image)
        self.show_it.setVisible(has)
        self.drop.setVisible(has)
        self.drop.setEnabled(not self._fixed)

    # -- changing ----------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep what was written, as an undoable step."""
        self._later.stop()
        found = self.label_class()
        words = self.text.toPlainText().strip()
        if found is not None and words != found.guideline and not self._fixed:
            class_edits.describe(self._session, found, guideline=words)

    def _take(self) -> None:
        chosen = [a for a in self._session.selected() if a.class_id == self._class]
        if len(chosen) == 1 and self._session.image is not None:
            self._set_example((self._session.image.id, chosen[0].id))

    def _set_example(self, example: tuple[int, int]) -> None:
        found = self.label_class()
        if found is not None and not self._fixed:
            class_edits.describe(self._session, found, example=example)

    def _show_example(self) -> None:
        found = self.label_class()
        if found is not None and self._session.row(found.example_image) is not None:
            self._session.open_image(found.example_image)
            self._session.set_selection({found.example_object})
            self._services.actions.trigger("view.zoom_object")

    def setFocus(self, *reason: object) -> None:
        """The text first."""
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """What was written last is kept."""
        if not event.spontaneous():
            self.keep()
        super().hideEvent(event)

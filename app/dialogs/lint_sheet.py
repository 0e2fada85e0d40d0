"""Check masks: what the linter found, finding by finding, image by image, or all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.canvas.faults_layer import FaultsLayer, look
from app.dialogs.hatch_sample import HatchSample
from app.dialogs.layered_sheet import LayeredSheet
from app.dialogs.line_list import HIGH, Line
from app.dialogs.lint_card import FindingCard
from app.dialogs.lint_images import LintImages
from app.dialogs.lint_list import MOST, FindingList
from app.dialogs.lint_rules import RuleRows
from app.lint_mending import mendable
from app.lint_words import about
from app.linting import Linting
from app.places.figures import counted
from app.theme.theme import theme
from app.theme.widgets import CheckBox, ElidedLabel

if TYPE_CHECKING:
    from app.canvas.widget import Canvas
    from app.services import Services

LEFT = " · left as it is"

_CARD = 190  # logical pixels that the current finding and its buttons take beside the list


class LintSheet(LayeredSheet):
    """See the module. The canvas stays live: what is painted is looked at as well."""

    def __init__(self, services: Services, canvas: Canvas, parent: QWidget | None = None) -> None:
        key = services.actions.key_text("image.lint")
        super().__init__("Check masks", key, "Mend all in this image", parent)
        self.main.set_key("Ctrl+Enter")
        self._services, self._session, self._canvas = services, services.session, canvas
        self.linting = Linting(services.session, self)
        self._build()
        self._connect()
        self._show()
        self.images.show_found()

    def begin_layer(self) -> FaultsLayer:
        """See LayeredSheet."""
        if self.linting.known:  # it went over the canvas or back: the finding is not under it
            QTimer.singleShot(0, self, self._go)
        return FaultsLayer(self.linting, self._canvas.picture)

    def _build(self) -> None:
        color, hatch = look()
        self.found = ElidedLabel("", "body", "medium")
        self.sample = HatchSample(hatch, color)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.sample)
        row.addWidget(self.found, 1)
        column = QVBoxLayout()
        column.setContentsMargins(0, 4, 0, 8)
        column.addLayout(row)
        self.add(column)
        self.list = FindingList()
        self.add(self.list, 5)
        self.body.addSpacing(6)
        self.card = FindingCard(self._services)
        self.add(self.card)
        self.show_left = CheckBox("Show what you left as it is")
        self.add(self.show_left)
        self._list_header = self.add_section("All images")
        self.images = LintImages(self.linting, self._session)
        self.add(self.images, 0)
        self.add_section("What is looked for", "in this image")
        self.rules = RuleRows(self.linting.limits)
        self.add(self.rules)
        self.body.addStretch(1)

    def _connect(self) -> None:
        session, linting = self._session, self.linting
        linting.changed.connect(self._show)
        linting.moved.connect(self._show_current)
        linting.came.connect(self._arrive)
        self.main.clicked.connect(linting.mend_image)
        self.list.chosen.connect(self._choose)
        self.list.clicked.connect(lambda _index: self._go())
        self.list.mend.connect(self._mend)
        self.list.leave.connect(self._leave)
        self.card.mended.connect(self._mend)
        self.card.left.connect(self._leave)
        self.card.kept.connect(self._keep)
        self.card.selected.connect(session.set_selection)
        self.show_left.toggled.connect(linting.set_show_left)
        self.rules.picked.connect(linting.set_limits)
        self.images.told.connect(self._list_header.set_count)
        session.project_changed.connect(self.leave)

    # -- showing -----------------------------------------------------------------------------

    def _show(self) -> None:
        linting, held = self.linting, self.list.hasFocus()
        shown = linting.shown
        self.list.show_rows(self._lines())
        self._show_current()
        self.found.set_text(self._found_words())
        self.sample.setVisible(bool(shown.counts))
        self.show_left.setText(f"Show {_those(shown.left)} left")
        self.show_left.setVisible(bool(shown.left))
        self.show_left.updateGeometry()
        self.rules.show_limits(linting.limits)
        self.rules.show_counts(shown.counts)
        self.main.setEnabled(bool(mendable(shown.counts)) and not self._session.read_only)
        self.images.mark()
        if held and not shown.rows:
            following = self.images.next
            (following if following.isEnabled() else self).setFocus()

    def _lines(self) -> list[Line]:
        linting, document = self.linting, self._session.document
        if document is None:
            return []
        taxonomy = self._session.taxonomy
        return [
            Line(
                key,
                each.words,
                about(each, taxonomy, document) + (LEFT if key in linting.left else ""),
                f"{each.pixels.area:,} px",
            )
            for key, each in linting.shown.rows.items()
        ]

    def _show_current(self) -> None:
        current = self.linting.current()
        self.list.mark(current.key if current else None)
        self.card.show_finding(current, self.linting.is_left)

    def _found_words(self) -> str:
        if self._session.image is None:
            return "No image is open."
        if not self.linting.known:
            return "Looking"
        count, left = self.linting.shown.counts.total(), self.linting.shown.left
        words = f"{counted(count, 'fault')} in this image" if count else "Nothing to mend here"
        return (
            f"{words} · {left:,} left as {'it is' if left == 1 else 'they are'}" if left else words
        )

    def _go(self) -> None:
        """Bring the current finding into view."""
        finding = self.linting.current()
        if finding is not None:
            self._canvas.zoom_around(finding.pixels.box)

    def _arrive(self) -> None:
        """An image's findings are there: the first is looked at, and the list has the keys."""
        self._go()
        focus = QApplication.focusWidget()
        if self.linting.current() is not None and (focus is self or focus is self.images.next):
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- doing -------------------------------------------------------------------------------

    def _choose(self, key: str) -> None:
        self.linting.choose(key)
        self._go()

    def _mend(self) -> None:
        if self.linting.mend():
            self._go()

    def _leave(self) -> None:
        if self.linting.leave():
            self._go()

    def _keep(self, winner: int) -> None:
        if self.linting.keep(winner):
            self._go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter with Ctrl mends all; Enter alone is the current finding's, from anywhere here."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                if self.main.isEnabled():
                    self.main.click()
                return
            if QApplication.focusWidget() is self:
                self._mend()
                return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        room = self.scroller.height() - theme().px(_CARD)
        self.list.fit(max(3, min(MOST, room // theme().px(HIGH))))  # the buttons are in view


def _those(number: int) -> str:
    return "the one that you" if number == 1 else f"the {number:,} that you"

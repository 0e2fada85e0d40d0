"""The filter above the object list: a question in words, ready ones, and what the canvas draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.panels.offers import Offers
from app.theme.widgets import IconButton, SegmentedControl, TextBlock
from engine.document.query_help import MADE, complete

if TYPE_CHECKING:
    from app.session import Session

PAUSE_MS = 700
"""A question is judged when nothing was typed for this long; half a word is no mistake."""


class ObjectsFilter(QWidget):
    """See the module. What is chosen lives in ``Session.listing``.

    Attributes:
        search: the question.
        segments: all, to do, doubtful.
        words: what is wrong with the question.
    """

    emptied = Signal()  # nothing is asked for any more

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._listing = session, session.listing
        self.search = QLineEdit()
        self.search.setPlaceholderText("score < 0.6, edited, a name…")
        self.search.setAccessibleName("Filter objects")
        self.search.setAccessibleDescription(
            "By number, class or note; or a question such as score < 0.6 and touching the border"
        )
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(500)
        self.ready = IconButton("sliders-horizontal", "Ready filters, and what the canvas draws")
        self.segments = SegmentedControl("Which objects", [("all", "All")], 28)
        self.segments.set_stretched(True)
        self.words = TextBlock("", role="state.error")
        self.words.hide()
        self.offers = Offers(self.search)
        self._judge = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._lay_out()
        self._connect()
        self._take()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 2, 12, 4)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.search, 1)
        row.addWidget(self.ready)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(self.segments)

    def _connect(self) -> None:
        self.search.textEdited.connect(self._offer)
        self.search.textChanged.connect(self._ask)
        self.search.editingFinished.connect(self._say_problem)
        self.segments.chosen.connect(self._listing.set_show)
        self.ready.clicked.connect(self._open_menu)
        self.offers.taken.connect(self._complete)
        self._judge.timeout.connect(self._say_problem)
        self._listing.changed.connect(self._take)

    # -- asking ------------------------------------------------------------------------------

    def ask(self, text: str) -> None:
        """Put a question in the field and take it."""
        self.search.setText(text)
        self._say_problem()

    def clear(self) -> None:
        """Ask for nothing and draw everything."""
        self._listing.clear()
        self.emptied.emit()

    def set_counts(self, every: int, todo: int, doubtful: int) -> None:
        """Show how many there are of each kind."""
        self.segments.set_options(
            [
                ("all", f"All {every:,}"),
                ("todo", f"To do {todo:,}"),
                ("doubtful", f"Doubtful {doubtful:,}"),
            ]
        )

    def _ask(self, text: str) -> None:
        self._listing.set_text(text)
        if not self._listing.problem:
            self._say_problem()
        else:
            self._judge.start()

    def _say_problem(self) -> None:
        self._judge.stop()
        problem = self._listing.problem
        self.words.set_text(problem)
        self.words.setVisible(bool(problem))
        if self.search.property("error") != bool(problem):
            self.search.setProperty("error", bool(problem))
            self.search.style().unpolish(self.search)
            self.search.style().polish(self.search)

    def _take(self) -> None:
        """Show what is asked for, whoever asked."""
        if self.search.text() != self._listing.text:
            self.search.setText(self._listing.text)
        self.segments.set_current(self._listing.show)
        on = self._listing.on_canvas
        self.ready.set_role("accent.base" if on else "text.secondary")
        self.ready.setAccessibleDescription("The canvas draws only these" if on else "")

    # -- going on ----------------------------------------------------------------------------

    def _offer(self, text: str) -> None:
        names = [each.name for each in self._session.taxonomy.classes]
        self.offers.offer(complete(text, names) if text.strip() else [])

    def _complete(self, whole: str) -> None:
        self.search.setText(whole)
        self._offer(whole)

    def menu(self) -> QMenu:
        """Ready questions; what is asked for already is checked and taken away again."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked = self._listing.text.strip()
        for text in MADE:
            entry = menu.addAction(text[0].upper() + text[1:])
            entry.setCheckable(True)
            entry.setChecked(asked == text)
            entry.triggered.connect(lambda on, one=text: self.ask(one if on else ""))
        menu.addSeparator()
        drawn: QAction = menu.addAction("Draw only these on the picture")
        drawn.setCheckable(True)
        drawn.setChecked(self._listing.on_canvas)
        drawn.toggled.connect(self._listing.set_on_canvas)
        gone = menu.addAction("Clear the filter")
        gone.setEnabled(self._listing.active or self._listing.on_canvas)
        gone.triggered.connect(self.clear)
        return menu

    def _open_menu(self) -> None:
        self.menu().popup(self.ready.mapToGlobal(QPoint(0, self.ready.height())))

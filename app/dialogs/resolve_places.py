"""One place that several objects claim, or a gap: who may have it, and who gets it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.dialogs.line_list import Line
from app.dialogs.short_list import ENTER, ActingList
from app.places.figures import counted
from app.resolving import Resolving, Who
from app.services import Services
from app.theme.theme import theme
from app.theme.widgets import Button, TextBlock
from engine.document.claims import Place

MOST = 5
"""Rows that show at once."""

_OTHERS: dict[str, tuple[str, str]] = {
    "nobody": ("Nobody", "it becomes void"),
    "nearest": ("What lies nearest", "pixel by pixel, objects and areas"),
    "background": ("Background", "it counts as looked at"),
}


class PlaceCard(QWidget):
    """The place that is looked at; arrows choose who has it, Enter gives it.

    Signals:
        given: it is to be given to who is chosen.
        stepped: another place is wanted: -1, 0 (this one), 1.
        selected: the id of the object that is chosen.
    """

    given = Signal()
    stepped = Signal(int)
    selected = Signal(int)

    def __init__(self, services: Services, resolving: Resolving) -> None:
        super().__init__()
        self._services, self._resolving = services, resolving
        self.words = TextBlock("")
        self.list = ActingList("Who has it", MOST)
        self.list.on(ENTER, self.given.emit)
        self.list.on((Qt.Key.Key_Left,), lambda: self.stepped.emit(-1))
        self.list.on((Qt.Key.Key_Right,), lambda: self.stepped.emit(1))
        self.give = Button("Give it", "check", "Enter")
        self.select = Button("Select", "cursor")
        self.previous, self.here = Button("Previous"), Button("Show it", "crosshair")
        self.following = Button("Next place")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        column.addWidget(self.words)
        column.addWidget(self.list)
        self._parts: list[QWidget] = [self.list]
        for buttons in ((self.give, self.select), (self.previous, self.here, self.following)):
            row = QHBoxLayout()
            row.setSpacing(8)
            for button in buttons:
                row.addWidget(button)
                self._parts.append(button)
            row.addStretch(1)
            column.addLayout(row)
        self.give.clicked.connect(self.given)
        self.select.clicked.connect(self._select)
        for button, by in ((self.previous, -1), (self.here, 0), (self.following, 1)):
            button.clicked.connect(lambda _on=False, by=by: self.stepped.emit(by))
        self.list.chosen.connect(resolving.consider)

    def show_place(self) -> None:
        """Show the place that is looked at, or that there is none."""
        resolving = self._resolving
        place, count = resolving.current(), len(resolving.places())
        for part in self._parts:
            part.setVisible(place is not None)
        self.words.set_text(self._words(place))
        writes = not self._services.session.read_only
        self.give.setEnabled(writes)
        self.select.setEnabled(isinstance(resolving.who, int))
        for button in (self.previous, self.following):
            button.setEnabled(count > 1)
        self.list.show_rows([self._line(who) for who in resolving.whos()])
        self.list.mark(resolving.who if place is not None else None)

    def _words(self, place: Place | None) -> str:
        if place is None:
            return "Where objects overlap or leave gaps, you can decide here who has the pixels."
        tool = self._services.actions.key_text("tool.select")
        how = (
            f"Choose who has it, or click it on the picture with Select ({tool}): again for the "
            "next who may, with Ctrl to give it."
        )
        objects = counted(len(place.objects), "object")
        if self._resolving.is_gap:
            return f"{place.pixels.area:,} px of nobody beside {objects}. {how}"
        return f"{place.pixels.area:,} px, claimed by {objects}. {how}"

    def _line(self, who: Who) -> Line:
        if isinstance(who, str):
            return Line(who, *_OTHERS[who])
        session = self._services.session
        each = session.document.find(who) if session.document is not None else None
        if each is None:  # gone a moment ago; the next look knows
            return Line(who, f"#{who}", "")
        kind = session.taxonomy.get(each.class_id)
        style = theme().class_style(kind) if kind is not None else None
        name = f"{session.taxonomy.name(each.class_id)} #{who}"
        words = f"{each.mask.area:,} px" + (" · locked" if each.locked else "")
        return Line(who, name, words, swatch=(style.color, style.hatch) if style else None)

    def _select(self) -> None:
        who = self._resolving.who
        if isinstance(who, int):
            self.selected.emit(who)

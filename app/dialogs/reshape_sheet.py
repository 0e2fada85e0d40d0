"""Grow, shrink, smooth and the like: an operation, an amount, what it is done to, seen live."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QColor, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.canvas.patterns import DOTS, RISING
from app.dialogs.fields import Choice
from app.dialogs.hatch_sample import HatchSample
from app.dialogs.sheet import Sheet
from app.reshaping import Reshaping, Scope, told
from app.services import Services
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel, NumberField, SmallSlider, TextBlock
from app.tools.options import Number
from engine.document.reshaping import LABELS, Kind

_STEPS: Final = 200
_DISC = Number("amount", "By", "", 3, 1, 100, "px", even=True)
_AREA = Number("amount", "Up to", "", 64, 1, 100_000, "px", even=True)
_BAND = Number("amount", "Within", "", 4, 1, 40, "px", even=True)
_RANGES: Final[dict[str, Number]] = {
    **dict.fromkeys(("grow", "shrink", "open", "close", "smooth"), _DISC),
    **dict.fromkeys(("holes", "islands"), _AREA),
    "edges": _BAND,
}
_MEANS: Final[dict[str, str]] = {
    "grow": "Adds all pixels within the amount. Areas take only what is of no class.",
    "shrink": "Takes away all pixels within the amount of the outline; none at the image's edge.",
    "smooth": "Each pixel becomes what most pixels around it are, within the amount.",
    "open": "Takes away what is too thin to hold a disc of the amount; the rest keeps its shape.",
    "close": "Fills gaps and bays too narrow for a disc of the amount; the rest keeps its shape.",
    "holes": "Fills enclosed gaps of at most this many pixels.",
    "islands": "Takes away separate parts of fewer pixels than this.",
    "edges": "Moves the outline to edges of the photo, at most by the amount. "
    "Areas follow them in the part that is in view.",
}


class ReshapeSheet(Sheet):
    """See the module. Enter applies, Esc leaves everything as it was."""

    def __init__(
        self, services: Services, reshaping: Reshaping, parent: QWidget | None = None
    ) -> None:
        key = services.actions.key_text("object.reshape")
        super().__init__("Reshape", key, "Apply", parent)
        self._services, self.reshaping = services, reshaping
        reshaping.setParent(self)
        self._build()
        reshaping.changed.connect(self._show)
        reshaping.done.connect(self.leave)
        services.session.selection_changed.connect(self._show_scopes)
        services.session.class_changed.connect(self._show_scopes)
        self.main.clicked.connect(reshaping.apply)
        self._show_scopes()
        self._show()

    def _build(self) -> None:
        ask = self.reshaping.ask
        self.kind = Choice([(kind, words) for kind, words in LABELS.items()])
        self.kind.picked.connect(lambda kind: ask(kind=kind))
        self.add_row("Do", self.kind)
        self._means = TextBlock("")
        means = QHBoxLayout()
        means.addSpacing(theme().px(116) + 10)
        means.addWidget(self._means)
        self.add(means)
        self.body.addSpacing(6)
        self.slider = SmallSlider("Amount", 0, _STEPS, lambda _at: "")
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider.setMinimumWidth(theme().px(64))
        self.slider.valueChanged.connect(self._on_slider)
        self.field = NumberField("Amount in pixels", 1, 1_000_000, "px")
        self.field.valueChanged.connect(lambda amount: ask(amount=amount))
        self.add_row("Amount", self.slider, self.field)
        self.scope = Choice()
        self.scope.picked.connect(lambda scope: ask(scope=scope))
        self.add_row("Of", self.scope)
        self.body.addSpacing(10)
        self.add(self._legend())
        self.body.addStretch(1)

    def _legend(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for kind, words in ((RISING, "Added"), (DOTS, "Taken away")):
            fill = "accent.base" if kind == RISING else QColor("#6A6A6A")
            row.addWidget(HatchSample(kind, fill))
            row.addWidget(ElidedLabel(words, role="text.secondary"))
            row.addSpacing(14)
        row.addStretch(1)
        return row

    # -- showing -----------------------------------------------------------------------------

    def _show(self) -> None:
        wish, reshaping = self.reshaping.wish, self.reshaping
        self.kind.set_value(wish.kind)
        self._means.set_text(_MEANS[wish.kind])
        self.scope.set_value(wish.scope)
        number = _RANGES[wish.kind]
        with QSignalBlocker(self.slider), QSignalBlocker(self.field):
            self.slider.setValue(round(number.share(wish.amount) * _STEPS))
            self.field.setValue(wish.amount)
        self.slider.update()
        self.main.setEnabled(reshaping.busy or bool(reshaping.plan))
        self.foot_words.set_text(self._words())

    def _words(self) -> str:
        reshaping = self.reshaping
        if reshaping.problem:
            return reshaping.problem
        if reshaping.plan:
            return told(reshaping.plan)
        return "" if reshaping.busy else "Nothing would change."

    def _show_scopes(self) -> None:
        session = self._services.session
        count = len(session.selection)
        number = self.reshaping.class_id()
        name = session.taxonomy.name(number) if number is not None else ""
        scopes: list[tuple[Scope, str]] = [
            ("selection", "Selected object" if count <= 1 else f"{count} selected objects"),
            ("class", f"All of “{name}” in this image" if name else "All of a class"),
            ("image", "Everything shown in this image"),
        ]
        self.scope.set_options(scopes)
        self.scope.set_value(self.reshaping.wish.scope)

    def _on_slider(self, at: int) -> None:
        amount = _RANGES[self.reshaping.wish.kind].at(at / _STEPS)
        self.reshaping.ask(amount=max(1, round(amount)))

    def choose(self, kind: Kind) -> None:
        """Show another operation."""
        self.reshaping.ask(kind=kind)

    # -- behaviour ---------------------------------------------------------------------------

    def setFocus(self, *reason: object) -> None:
        """The amount first: arrows change it at once."""
        self.slider.setFocus(*reason)

    def hideEvent(self, event: QHideEvent) -> None:
        """The sheet is taken away, whoever does it: nothing of it stays on the picture."""
        if not event.spontaneous():
            self.reshaping.close()
        super().hideEvent(event)

"""How the values of images become what is seen, and what models are given: window, channels, gamma.

Below that stand two sliders that change the screen alone.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.canvas.photo_layer import PhotoLayer
from app.dialogs.fields import Choice, StateLine
from app.dialogs.histogram import MARGIN, Histogram
from app.dialogs.screen_fields import WIDTH, ScreenFields, factor, position, slide
from app.dialogs.sheet import EDGE, Sheet
from app.dialogs.tone_curves import binned, colors_of, range_of
from app.dialogs.tone_fields import ChannelFields, PercentField, ValueField
from app.services import Services
from app.theme.theme import theme
from app.theme.widgets import (
    Button,
    CheckBox,
    SegmentedControl,
    SmallSlider,
    TextBlock,
)
from engine.errors import EngineError
from engine.images import tone_edits
from engine.images.look import Look
from engine.images.source import Source
from engine.images.tone import NONE, Tone
from engine.models.card import Card
from engine.models.learned import tone_remark

RULES = (
    ("auto", "Automatic"),
    ("minmax", "Smallest to largest value"),
    ("percentile", "Between two percentages"),
    ("full", "All that the file could hold"),
    ("manual", "By hand"),
)


class LightSheet(Sheet):
    """See the module; everything acts live."""

    def __init__(
        self,
        services: Services,
        parent: QWidget | None = None,
        photo: PhotoLayer | None = None,
    ) -> None:
        """Make the sheet; ``photo`` is the picture on the canvas, whose values it shows."""
        super().__init__("Light", services.actions.key_text("view.light"), "", parent)
        self._services, self._session, self._photo = services, services.session, photo
        self._card: Card | None = None  # of the model in use
        self._drawn: tuple[Any, ...] = ()  # what the histogram's curves were made of
        self.holds = SegmentedControl(
            "Holds for", [("project", "All images"), ("image", "This image")]
        )
        self.rule = Choice(RULES)
        self.low_percent = PercentField("Lower percentage")
        self.high_percent = PercentField("Upper percentage")
        self.apart = CheckBox("A window for each channel")
        self.which = Choice()
        self.histogram = Histogram()
        self.low, self.high = ValueField("Black at"), ValueField("White at")
        self.gamma = SmallSlider("Gamma", -100, 100, lambda v: f"{factor(v):.2f}", WIDTH)
        self.invert = CheckBox("Swap black and white")
        self.remark = StateLine("cube", "text.secondary")
        self.nothing = StateLine("info", "text.secondary")
        self._build()
        self._connect()
        self._on_model()
        self._show()

    # -- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.add(
            TextBlock(
                "How values become the picture. Models are given what you see: proposals, "
                "measuring and learning use the same. The files stay as they are."
            )
        )
        self.body.addSpacing(8)
        self._holds_row = self.add_row("Holds for", _left(self.holds))
        self.channels = ChannelFields(self)
        self._window_head = self.add_section("Window")
        self._rule_row = self.add_row("From", self.rule)
        self._percent_row = self.add_row("Percentages", self.low_percent, self.high_percent)
        self._apart_row = self.add_row("", self.apart)
        self._which_row = self.add_row("Window of", self.which)
        self.body.addSpacing(4)
        self.add(self.histogram, EDGE - MARGIN)
        self._ends_row = self.add_row("Black and white", self.low, self.high)
        self._gamma_row = self.add_row("Gamma", self.gamma)
        self._invert_row = self.add_row("", self.invert)
        self.reset = Button("As in the file", "arrow-counter-clockwise")
        self._reset_row = self.add_row("", self.reset)
        self.add(self.remark)
        self.add(self.nothing)
        self.on_screen = ScreenFields(self, self._session)
        self.body.addStretch(1)

    def _connect(self) -> None:
        session, toning = self._session, self._session.toning
        self.holds.chosen.connect(lambda key: toning.set_own(key == "image"))
        self.channels.picked.connect(self._on_channels)
        self.rule.picked.connect(self._on_rule)
        self.low_percent.valueChanged.connect(lambda _value: self._on_percent())
        self.high_percent.valueChanged.connect(lambda _value: self._on_percent())
        self.apart.toggled.connect(self._on_apart)
        self.which.picked.connect(lambda _value: self._show())
        self.histogram.moved.connect(self._on_window)
        self.histogram.reset.connect(lambda: self._on_rule("auto"))
        self.low.valueChanged.connect(lambda _value: self._on_ends())
        self.high.valueChanged.connect(lambda _value: self._on_ends())
        self.gamma.valueChanged.connect(lambda value: self._change(gamma=factor(value)))
        self.invert.toggled.connect(lambda on: self._change(invert=on))
        self.reset.clicked.connect(lambda: toning.set(Tone()))
        toning.changed.connect(self._show)
        theme().changed.connect(self._show)  # the curves are a picture in the theme's colours
        session.model_changed.connect(self._on_model)
        session.image_changed.connect(self._show)
        if self._photo is not None:
            self._photo.ready.connect(self._show)

    # -- what the hand does ------------------------------------------------------------------

    @property
    def tone(self) -> Tone:
        """The tone of the open image."""
        return self._session.toning.tone

    def _change(self, **fields: Any) -> None:
        from dataclasses import replace

        self._session.toning.set(replace(self.tone, **fields))

    def _on_channels(self, channels: tuple[int, ...]) -> None:
        self._session.toning.set(tone_edits.with_channels(self.tone, channels))

    def _on_rule(self, rule: Any) -> None:
        source = self._source()
        if source is not None:
            look = source.look(self.tone)
            self._session.toning.set(tone_edits.with_rule(self.tone, look, rule))

    def _on_percent(self) -> None:
        low, high = self.low_percent.value(), self.high_percent.value()
        if low < high:
            self._change(percent=(low, high))
        else:
            self._show()

    def _on_apart(self, on: bool) -> None:
        source = self._source()
        if source is not None:
            look = source.look(self.tone)
            self._session.toning.set(tone_edits.with_apart(self.tone, look, on))

    def _on_ends(self) -> None:
        low, high = self.low.value(), self.high.value()
        if low < high:
            self._on_window(low, high)
        else:
            self._show()

    def _on_window(self, low: float, high: float) -> None:
        source = self._source()
        if source is None:
            return
        look = source.look(self.tone)
        place = self._place(look) if self._is_apart(source, look) else None
        if look.windows[place or 0] == (low, high):
            if not self.histogram.held:  # let go: what lay beyond the edges comes into sight
                self._show()
            return
        self._session.toning.set(tone_edits.by_hand(self.tone, look, (low, high), place))

    # -- what is shown -----------------------------------------------------------------------

    def _source(self) -> Source | None:
        """The picture on the canvas, once its values are known."""
        source = None if self._photo is None else self._photo.source
        return source if source is not None and source.loaded else None

    def _is_apart(self, source: Source, look: Look) -> bool:
        return tone_edits.is_apart(self.tone, look, source.colour)

    def _place(self, look: Look) -> int:
        """Which of the shown channels the histogram's window is of."""
        chosen = self.which.value()
        if isinstance(chosen, int) and chosen < len(look.channels):
            return chosen
        return next(at for at, each in enumerate(look.channels) if each != NONE)

    def _show(self) -> None:
        source = self._source()
        look = None
        problem = "Open an image to see its values." if self._session.image is None else ""
        if source is not None:
            try:
                look = source.look(self.tone)
            except EngineError as error:
                problem = str(error)
        elif not problem:
            problem = "The image is being read."
        self.nothing.show_state("info", "text.secondary", "" if look is not None else problem)
        for part in (
            self._holds_row, self._rule_row, self._ends_row, self.histogram, self._gamma_row,
            self._invert_row, self._reset_row,
        ):  # fmt: skip
            part.setVisible(look is not None)
        if source is not None and look is not None:
            self._show_tone(source, look)
        else:
            self.channels.hide()
            for part in (self._percent_row, self._apart_row, self._which_row):
                part.setVisible(False)
        self._show_remark()

    def _show_tone(self, source: Source, look: Look) -> None:
        tone, toning = self.tone, self._session.toning
        self.holds.set_current("image" if toning.own else "project")
        if source.channels > 1:
            self.channels.show_tone(tone, look, source.names)
        else:
            self.channels.hide()
        self.rule.set_value(tone.rule)
        self._percent_row.setVisible(tone.rule == "percentile")
        for field, value in zip((self.low_percent, self.high_percent), tone.percent, strict=True):
            field.show_value(value)
        apart = self._is_apart(source, look)
        self._apart_row.setVisible(len(look.channels) > 1)
        _check(self.apart, apart)
        self._which_row.setVisible(apart)
        shown = [(at, each) for at, each in enumerate(look.channels) if each != NONE]
        self.which.set_options([(at, source.names[each]) for at, each in shown])
        colors = colors_of(len(look.channels))
        for row, (at, _) in enumerate(shown):
            self.which.set_swatch(row, colors[at], 0)
        self._show_window(source, look)
        slide(self.gamma, position(tone.gamma))
        _check(self.invert, tone.invert)
        self.reset.setEnabled(not tone.as_is)

    def _show_window(self, source: Source, look: Look) -> None:
        place = self._place(look) if self._is_apart(source, look) else None
        window = look.windows[place or 0]
        whole = source.dtype.kind in "iu"
        if not self.histogram.held:
            self._show_curves(source, look, place, whole)
        self.histogram.set_window(*window, self.tone.gamma, self.tone.invert)
        start, stop = self.histogram.range()
        for field, value in zip((self.low, self.high), window, strict=True):
            field.set_span(stop - start, whole)
            field.show_value(value)

    def _show_curves(self, source: Source, look: Look, place: int | None, whole: bool) -> None:
        sample = source.sample()
        start, stop, bins = binned(*range_of(sample, look), whole)
        made_of = (id(sample), look.channels, start, stop, place, theme().name)
        if made_of == self._drawn:
            return
        self._drawn = made_of
        shown = [(at, each) for at, each in enumerate(look.channels) if each != NONE]
        colors = colors_of(len(look.channels))
        curves = [(colors[at], sample.histogram(each, start, stop, bins)) for at, each in shown]
        front = next((n for n, (at, _) in enumerate(shown) if at == place), None)
        self.histogram.set_range(start, stop, whole)
        self.histogram.set_curves(curves, front)

    def _show_remark(self) -> None:
        """Say so where the model is asked with another tone than is seen."""
        own = self._session.toning.own
        words = "" if self._card is None or own else tone_remark(self._card, self.tone)
        self.remark.show_state("cube", "state.warning", words)

    def _on_model(self) -> None:
        model = self._session.model.id
        try:
            self._card = self._services.catalog.get(model).card if model else None
        except EngineError:
            self._card = None  # it is gone; nobody is asked
        self._show_remark()


def _left(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(widget)
    row.addStretch(1)
    return row


def _check(box: CheckBox, on: bool) -> None:
    blocked = box.blockSignals(True)
    box.setChecked(on)
    box.blockSignals(blocked)
    box.update()

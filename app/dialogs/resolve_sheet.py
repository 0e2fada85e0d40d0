"""Resolve pixels claimed twice or by nobody: place by place, image by image, or by a rule."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.canvas.claims_layer import ClaimsLayer, look_of
from app.canvas.widget import Canvas
from app.dialogs.fields import Choice, StateLine
from app.dialogs.hatch_sample import HatchSample
from app.dialogs.layered_sheet import LayeredSheet
from app.dialogs.resolve_images import ResolveImages
from app.dialogs.resolve_places import PlaceCard
from app.dialogs.short_list import ENTER
from app.places.figures import counted
from app.resolve_wish import Wish
from app.resolving import Resolving
from app.services import Services
from app.theme.widgets import ElidedLabel, NumberField
from app.tools.place_pick import PlacePick
from engine.document.deciding import Rule
from engine.document.nearest import USUAL
from engine.document.taxonomy import BACKGROUND

_RULES: list[tuple[Rule | str, str]] = [
    ("order", "The upper object has them"),
    ("smaller", "The smaller object has them"),
    ("void", "Nobody has them: void"),
    ("", "Leave them as they are"),
]
_KEEP, _NEAREST = -1, -2
_LARGEST = 1_000_000  # px of a gap that the field takes


class ResolveSheet(LayeredSheet):
    """See the module. The canvas stays live: painting decides as well, and is counted at once."""

    def __init__(self, services: Services, canvas: Canvas, parent: QWidget | None = None) -> None:
        key = services.actions.key_text("image.resolve")
        super().__init__("Shared and unclaimed pixels", key, "Decide this image", parent)
        self.main.set_key("Ctrl+Enter")
        self._services, self._canvas = services, canvas
        self.resolving = Resolving(services.session, self)
        self._build()
        self._connect()
        self._show()
        self.images.show_found()

    def begin_layer(self) -> ClaimsLayer:
        """See LayeredSheet."""
        self._canvas.invite(PlacePick(self.resolving))
        return ClaimsLayer(self.resolving, self._canvas.picture, self._services.session)

    def end_layer(self) -> None:
        """See LayeredSheet."""
        self._canvas.invite(None)

    def _build(self) -> None:
        self.twice = self._figure("twice")
        self.nobody = self._figure("nobody")
        self.rule = Choice(_RULES)
        self.unclaimed = Choice()
        self.most = NumberField("Largest gap", 1, _LARGEST, "px each", 150)
        self.most.setPrefix("up to ")
        self.most.setValue(USUAL)
        self.add_row("Shared pixels", self.rule)
        self.add_row("Nobody's pixels", self.unclaimed)
        self._most_row = self.add_row("Gaps", self.most)
        self.left = StateLine("info", "text.secondary")
        self.add(self.left)
        self.left.hide()
        self._place_header = self.add_section("Place by place")
        self.place = PlaceCard(self._services, self.resolving)
        self.add(self.place)
        self._list_header = self.add_section("All images")
        self.images = ResolveImages(self.resolving, self._services.session, self.wish)
        self.add(self.images, 0)
        self.body.addStretch(1)

    def _figure(self, kind: str) -> ElidedLabel:
        color, hatch = look_of(kind)
        words = ElidedLabel("", "body", "medium")
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(HatchSample(hatch, color))
        row.addWidget(words, 1)
        column = QVBoxLayout()
        column.setContentsMargins(0, 4, 0, 4)
        column.addLayout(row)
        self.add(column)
        return words

    def _connect(self) -> None:
        session, resolving = self._services.session, self.resolving
        resolving.changed.connect(self._show)
        resolving.decided.connect(self._tell)
        session.slices.changed.connect(self._enable)
        self.main.clicked.connect(self._decide)
        self.place.given.connect(self._give)
        self.place.stepped.connect(self._step)
        self.place.selected.connect(lambda number: session.set_selection({number}))
        self.images.told.connect(self._list_header.set_count)
        for choice in (self.rule, self.unclaimed):
            choice.picked.connect(self._on_wish)
        session.project_changed.connect(self.leave)
        session.taxonomy_changed.connect(self._offer_classes)
        self._offer_classes()

    def _offer_classes(self) -> None:
        options: list[tuple[Any, str]] = [
            (_KEEP, "Leave them void"),
            (_NEAREST, "Give gaps to what lies nearest"),
            (BACKGROUND, "Make them background"),
        ]
        options += [
            (each.id, f"Make them {each.name}")
            for each in self._services.session.taxonomy.classes
            if not each.thing
        ]
        self.unclaimed.set_options(options)
        self._on_wish()

    # -- showing -----------------------------------------------------------------------------

    def wish(self) -> Wish:
        """What is chosen for all pixels at once."""
        rule, chosen = self.rule.value(), self.unclaimed.value()
        nearest = self.most.value() if chosen == _NEAREST else None
        class_id = None if chosen in (_KEEP, _NEAREST, None) else int(chosen)
        return Wish(rule or None, nearest, class_id)

    def _on_wish(self, _value: object = None) -> None:
        self._most_row.setVisible(self.unclaimed.value() == _NEAREST)
        self._enable()
        self.images.show_act()

    def _show(self) -> None:
        contest = self.resolving.contest
        if contest is None:
            opened = self._services.session.image is not None
            self.twice.set_text("Looking" if opened else "No image is open.")
            self.nobody.set_text("")
        else:
            places = counted(len(contest.places), "place")
            shared = f"{contest.twice.area:,} px claimed by several objects, in {places}"
            self.twice.set_text(shared if contest.twice else "No pixel is claimed twice")
            none = f"{contest.nobody.area:,} px belong to nobody"
            self.nobody.set_text(none if contest.nobody else "Every pixel belongs to something")
        at, count = self.resolving.place, len(self.resolving.places())
        self._place_header.set_count(f"{at + 1:,} of {count:,}" if count else "none")
        held, focus = self.place.list.hasFocus(), QApplication.focusWidget()
        self.place.show_place()
        if held and not count:
            (self.images.next if self.images.next.isEnabled() else self).setFocus()
        elif count and focus in (self, self.images.next):  # arrows and Enter are the place's
            self.place.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.images.mark()
        self._enable()

    def _enable(self) -> None:
        contest, session = self.resolving.contest, self._services.session
        mine = contest is not None and self.wish().concerns(contest.twice, contest.nobody)
        self.main.setEnabled(mine and not session.read_only and not session.slices.words)

    # -- doing -------------------------------------------------------------------------------

    def _decide(self) -> None:
        self._tell("")
        self.resolving.apply(self.wish())

    def _tell(self, words: str) -> None:
        self.left.show_state("info", "text.secondary", words)

    def _give(self) -> None:
        if self.resolving.give():
            self._go()

    def _go(self) -> None:
        """Bring the place into view."""
        place = self.resolving.current()
        if place is not None:
            self._canvas.zoom_around(place.pixels.box)

    def _step(self, by: int) -> None:
        self.resolving.step(by)
        self._go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter with Ctrl decides the image; Enter alone gives the place, from anywhere here."""
        if event.key() in ENTER:
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                if self.main.isEnabled():
                    self.main.click()
                return
            if QApplication.focusWidget() is self:
                self._give()
                return
        super().keyPressEvent(event)

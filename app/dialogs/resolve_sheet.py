"""Resolve pixels claimed twice or by nobody: place by place, image by image, or by a rule."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.claims_layer import ClaimsLayer, look_of
from app.canvas.widget import Canvas
from app.dialogs.fields import Choice, StateLine
from app.dialogs.hatch_sample import HatchSample
from app.dialogs.resolve_list import ResolveList
from app.dialogs.resolve_places import PlaceRows
from app.dialogs.sheet import Sheet
from app.places.figures import counted
from app.resolving import Resolving, Wish
from app.services import Services
from app.theme.widgets import Button, ElidedLabel, TextBlock
from engine.document.deciding import Rule
from engine.document.taxonomy import BACKGROUND
from engine.errors import EngineError

_RULES: list[tuple[Rule | str, str]] = [
    ("order", "The upper object has them"),
    ("smaller", "The smaller object has them"),
    ("void", "Nobody has them: void"),
    ("", "Leave them as they are"),
]
_KEEP = -1


class ResolveSheet(Sheet):
    """See the module. The canvas stays live: painting decides as well, and is counted at once."""

    def __init__(self, services: Services, canvas: Canvas, parent: QWidget | None = None) -> None:
        key = services.actions.key_text("image.resolve")
        super().__init__("Shared and unclaimed pixels", key, "Decide this image", parent)
        self._services, self._canvas = services, canvas
        self.resolving = Resolving(services.session, self)
        self._layer: ClaimsLayer | None = ClaimsLayer(self.resolving, canvas.picture)
        self._build()
        self._connect()
        self._show()
        self._show_list()

    def _build(self) -> None:
        self.twice = self._figure("twice")
        self.nobody = self._figure("nobody")
        self.rule = Choice(_RULES)
        self.unclaimed = Choice()
        self.add_row("Shared pixels", self.rule)
        self.add_row("Nobody's pixels", self.unclaimed)
        self.left = StateLine("info", "text.secondary")
        self.add(self.left)
        self.left.hide()
        self._place_header = self.add_section("Place by place")
        self.place = PlaceRows(self._services)
        self.add(self.place)
        self._list_header = self.add_section("All images")
        note = (
            "Every image that holds such pixels. What is decided here changes the project itself; "
            "each image keeps its own undo."
        )
        self.add(TextBlock(note))
        self.body.addSpacing(6)
        self.look = Button("Look through all images", "magnifying-glass")
        self.next = Button("Next image")
        self.all = Button("Decide all of them")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.look)
        row.addWidget(self.next)
        row.addStretch(1)
        last = QHBoxLayout()
        last.addWidget(self.all)
        last.addStretch(1)
        self.list = ResolveList()
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.add(self.list, 0)
        self.body.addSpacing(6)
        self.add(row)
        self.body.addSpacing(6)
        self.add(last)
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
        resolving.look.scanned.connect(self._show_list)
        self.main.clicked.connect(self._decide)
        self.place.awarded.connect(self._award)
        self.place.stepped.connect(self._step)
        self.place.looked_at.connect(lambda image_object: session.set_selection({image_object}))
        self.look.clicked.connect(self._look_through)
        self.next.clicked.connect(self._next_image)
        self.all.clicked.connect(lambda: resolving.apply_all(self.wish()))
        self.list.opened.connect(self._open)
        for choice in (self.rule, self.unclaimed):
            choice.picked.connect(lambda _value: self._enable())
        session.project_changed.connect(self.leave)
        session.taxonomy_changed.connect(self._offer_classes)
        self._offer_classes()

    def _offer_classes(self) -> None:
        stuff = [each for each in self._services.session.taxonomy.classes if not each.thing]
        options = [(_KEEP, "Leave them void"), (BACKGROUND, "Make them background")]
        options += [(each.id, f"Make them {each.name}") for each in stuff]
        self.unclaimed.set_options(options)

    # -- showing -----------------------------------------------------------------------------

    def wish(self) -> Wish:
        """What is chosen for all pixels at once."""
        rule, class_id = self.rule.value(), self.unclaimed.value()
        return Wish(rule or None, None if class_id in (_KEEP, None) else int(class_id))

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
        at, count = self.resolving.place, len(contest.places) if contest else 0
        self._place_header.set_count(f"{at + 1} of {count}" if count else "none")
        self.place.show_place(self.resolving.current(), count)
        image = self._services.session.image
        self.list.choose(image.id if image else None)
        self._enable()

    def _show_list(self) -> None:
        resolving = self.resolving.look
        self.list.show_rows(resolving.found)
        left = sum(bool(each.twice or each.nobody) for each in resolving.found)
        words = f"{left:,} to decide" if resolving.looked or left else ""
        if resolving.progress is not None:
            done, total = resolving.progress
            words = f"{done:,} of {total:,} looked at · {left:,} to decide"
        elif resolving.looked and not left:
            words = "all decided"
        self._list_header.set_count(words)
        busy = resolving.progress is not None
        self.look.set_text("Stop looking" if busy else "Look through all images")
        image = self._services.session.image
        self.list.choose(image.id if image else None)
        self._enable()

    def _enable(self) -> None:
        contest, wish = self.resolving.contest, self.wish()
        mine = contest is not None and (
            (wish.rule is not None and contest.twice)
            or (wish.unclaimed is not None and contest.nobody)
        )
        writes = not self._services.session.read_only
        self.main.setEnabled(bool(mine) and writes)
        rows = self.resolving.look.found
        held = any(
            (wish.rule and each.twice) or (wish.unclaimed is not None and each.nobody)
            for each in rows
        )
        self.all.setEnabled(held and writes and self.resolving.look.progress is None)
        self.all.set_text(f"Decide all {len(rows):,}" if len(rows) > 1 else "Decide all of them")
        self.next.setEnabled(self.resolving.following() is not None)

    # -- doing -------------------------------------------------------------------------------

    def _decide(self) -> None:
        words = self.resolving.apply(self.wish())
        self.left.show_state("info", "text.secondary", words)

    def _award(self, winner: object) -> None:
        self.resolving.award(winner if isinstance(winner, int) else None)

    def _step(self, by: int) -> None:
        place = self.resolving.step(by)
        if place is not None:
            self._canvas.zoom_around(place.pixels.box)

    def _look_through(self) -> None:
        if self.resolving.look.progress is None:
            self.resolving.scan()
        else:
            self.resolving.look.stop()

    def _next_image(self) -> None:
        following = self.resolving.following()
        if following is not None:
            self._open(following)

    def _open(self, number: int) -> None:
        try:
            self._services.session.open_image(number)
        except EngineError as problem:
            self._services.session.say(str(problem), "error")

    def hideEvent(self, event: QHideEvent) -> None:
        """The sheet is taken away, whoever does it: nothing of it stays on the picture."""
        if not event.spontaneous() and self._layer is not None:
            self.resolving.look.stop()
            self._layer.leave()
            self._layer = None
        super().hideEvent(event)

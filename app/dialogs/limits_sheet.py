"""The sheet that says what tools may touch. What is changed acts at once; nothing is a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.dialogs.class_choice import ClassChoice
from app.dialogs.limit_parts import SurePart, ValuesPart
from app.dialogs.sheet import Section, Sheet
from app.limit_words import class_names, in_words, listed
from app.services import Services
from app.state import Within
from app.theme.widgets import Button, SegmentedControl, TextBlock
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND, UNLABELLED, LabelClass

if TYPE_CHECKING:
    from app.canvas.widget import Canvas

_PLAIN = (
    LabelClass(id=BACKGROUND, name="background", color="#777777"),
    LabelClass(id=UNLABELLED, name="unlabelled", color="#777777"),
)


class LimitsSheet(Sheet):
    """See the module. The canvas stays live: a change shows with the next stroke."""

    def __init__(self, services: Services, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__("Limits of tools", services.actions.key_text("limits.choose"), "", parent)
        self._services, self._session = services, services.session
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._show)
        key = services.actions.key_text("limits.lift")
        self.add(
            TextBlock(
                "Every tool that paints or erases keeps to these, and to locked classes. "
                + (f"{key}, held, lifts them." if key else "")
            )
        )
        self._build_over()
        self.values = ValuesPart(services, canvas)
        self._values_section = self.add_section("Only these values of the photo")
        self.add(self.values)
        self.sure = SurePart(services)
        self._sure_section = self.add_section("Only what the model finds probable")
        self.add(self.sure)
        self._build_within()
        self.body.addStretch(1)
        self.clear = Button("Take all away", "x", services.actions.key_text("limits.clear"))
        self.clear.clicked.connect(lambda: services.actions.trigger("limits.clear"))
        self.foot.insertWidget(1, self.clear)
        session = self._session
        for signal in (
            session.limits.changed,
            session.taxonomy_changed,
            session.selection_changed,
            session.image_changed,
        ):
            signal.connect(self._soon.start)
        self._show()

    # -- building ----------------------------------------------------------------------------

    def _build_over(self) -> None:
        self._over_section: Section = self.add_section("Only over these classes")
        self.over = ClassChoice()
        self.over.setAccessibleName("Classes that may be painted over")
        self.over.classes.words = ("may be painted over", "kept as it is")
        self.over.classes.changed.connect(
            lambda: self._session.limits.set(over=frozenset(self.over.classes.chosen))
        )
        self.over_words = TextBlock("")
        self.add(self.over_words)
        self.body.addSpacing(4)
        self.add(self.over, 12)

    def _build_within(self) -> None:
        self._within_section = self.add_section("Only inside or outside of objects")
        self.within = SegmentedControl(
            "Where to stay",
            [("", "Everywhere"), ("inside", "Inside"), ("outside", "Outside")],
        )
        self.within.chosen.connect(self._set_within)
        row = QHBoxLayout()
        row.addWidget(self.within)
        row.addStretch(1)
        self.within_words = TextBlock("")
        self.add(row)
        self.body.addSpacing(6)
        self.add(self.within_words)

    # -- contents ----------------------------------------------------------------------------

    def _show(self) -> None:
        session = self._session
        limits, taxonomy, document = session.limits.now, session.taxonomy, session.document
        texts = {each.name: each for each in in_words(limits, taxonomy, document)}
        classes = (*taxonomy.classes, *_PLAIN)
        if classes != self.over.classes.classes:
            self.over.classes.show(classes)
        self.over.classes.choose(limits.over)
        names = class_names(limits.over, taxonomy)
        self._over_section.set_count(f"{len(names)} chosen" if names else "everywhere")
        self.over_words.set_text(
            f"Painting takes place only over {listed(names)}. The object you edit does not count."
            if names
            else "Choose classes to paint over them alone; without a choice, over everything."
        )
        self.values.show_limit(limits.values)
        self._values_section.set_count("on" if limits.values else "all values")
        self.sure.show_limit(limits.sure)
        self._sure_section.set_count("on" if limits.sure else "whatever it finds")
        self._show_within(limits.within, document)
        self.clear.setEnabled(bool(texts.keys() - {"locked"}))

    def _show_within(self, within: Within | None, document: Document | None) -> None:
        state = "" if within is None else "outside" if within.outside else "inside"
        self.within.set_current(state)
        self._within_section.set_count(state or "everywhere")
        chosen = self._names(self._session.selection)
        if within is not None:
            side = "outside of" if within.outside else "inside"
            words = f"Painting stays {side} {self._names(within.ids)}, on this image."
        elif chosen:
            words = f"Takes {chosen}, and deselects it, so that strokes begin other objects."
        else:
            words = "Select an object, or several, then choose to stay inside or outside of it."
        self.within_words.set_text(words)
        self.within.setEnabled(bool(chosen) or within is not None)

    def _names(self, ids: frozenset[int]) -> str:
        """Objects in words: "cell #3 and nucleus #5"; above three their number."""
        document, taxonomy = self._session.document, self._session.taxonomy
        found = [document.find(each) for each in sorted(ids)] if document is not None else []
        names = [f"{taxonomy.name(each.class_id)} #{each.id}" for each in found if each]
        return listed(names) if len(names) <= 3 else f"{len(names)} objects"

    def _set_within(self, side: str) -> None:
        session = self._session
        before = session.limits.now.within
        ids = session.selection or (before.ids if before is not None else frozenset())
        if not side or not ids:
            session.limits.set(within=None)
            return
        session.limits.set(within=Within(ids, outside=side == "outside"))
        # A selected object would go on growing by every stroke, inside of itself.
        session.set_selection(())

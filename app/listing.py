"""Which objects of the open image are listed and stepped through, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, Literal

from PySide6.QtCore import QObject, Signal

from engine.document.annotation import Annotation

if TYPE_CHECKING:
    from app.session import Session
    from engine.document.query import Around, Query

Order = Literal["doubt", "score", "size", "small", "class", "newest", "number"]

ORDERS: Final[dict[Order, str]] = {
    "doubt": "Most doubtful first",
    "score": "Lowest score first",
    "size": "Largest first",
    "small": "Smallest first",
    "class": "By class",
    "newest": "Newest first",
    "number": "By number",
}
Show = Literal["all", "todo", "doubtful"]
STEPPED: Final[tuple[Order, ...]] = ("doubt", "score", "size", "small")
"""The orders one key goes through."""

Key = Callable[[Annotation], Any]


class Listing(QObject):
    """Held by the session; list, stepping and canvas read it.

    Attributes:
        order: of the list, which stepping follows.
        show: everything, what is to do (proposals), or what is doubtful.
        text: the filter as it was written; see ``engine.document.query``.
        problem: why it cannot be understood, as a sentence; then the last that could is used.
        on_canvas: the canvas draws only what passes.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.order: Order = "doubt"
        self.show: Show = "all"
        self.text = ""
        self.problem = ""
        self.on_canvas = False
        self._query: Query | None = None
        self._around: Around | None = None
        session.taxonomy_changed.connect(self._on_taxonomy)
        session.image_changed.connect(self._forget)
        session.filter_changed.connect(self._forget)
        session.project_changed.connect(self.clear)

    # -- choosing ----------------------------------------------------------------------------

    def set_order(self, order: Order) -> None:
        """List and step in another order."""
        if order != self.order:
            self.order = order
            self.changed.emit()

    def next_order(self) -> Order:
        """The order after the present one, of those that one key goes through."""
        at = STEPPED.index(self.order) if self.order in STEPPED else -1
        self.set_order(STEPPED[(at + 1) % len(STEPPED)])
        return self.order

    def set_show(self, show: Show) -> None:
        """All objects, those to do (proposals), or the doubtful ones."""
        if show != self.show:
            self.show = show
            self.changed.emit()

    def clear(self) -> None:
        """Ask for nothing, and draw everything."""
        if self.text or self.show != "all" or self.on_canvas:
            self.text, self.show, self.on_canvas = "", "all", False
            self._read()
            self.changed.emit()

    def set_text(self, text: str) -> None:
        """Ask for other objects; a text that cannot be understood leaves the last answer."""
        if text == self.text:
            return
        self.text = text
        self._read()
        self.changed.emit()

    def set_on_canvas(self, on: bool) -> None:
        """Draw only what passes, or everything."""
        if on != self.on_canvas:
            self.on_canvas = on
            self.changed.emit()

    def _read(self) -> None:
        if not self.text.strip():
            self._query, self.problem = None, ""
            return
        from engine.document.query import QueryError, parse  # not before somebody asks

        names = [each.name for each in self._session.taxonomy.classes]
        try:
            self._query, self.problem = parse(self.text, names), ""
        except QueryError as problem:
            self.problem = str(problem)

    def _on_taxonomy(self) -> None:
        self._forget()
        if self.text:
            self._read()

    def _forget(self) -> None:
        self._around = None

    # -- asking ------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether anything is asked for."""
        return self._query is not None or self.show != "all"

    def passes(self, each: Annotation) -> bool:
        """Whether an object or proposal is one of those asked for."""
        if self.show == "todo" and not each.proposal:
            return False
        if self.show == "doubtful" and not self._session.filter.doubts(each):
            return False
        return self._query is None or self._query.matches(each, self.around())

    def draws(self, each: Annotation) -> bool:
        """Whether the canvas draws it, as far as the filter is concerned; the selected always."""
        if not self.on_canvas or not self.active or each.id in self._session.selection:
            return True
        return self.passes(each)

    def around(self) -> Around:
        """What answers need besides the object."""
        if self._around is None:
            from engine.document.query import Around

            session = self._session
            names = {each.id: each.name for each in session.taxonomy.everything}
            size = session.document.size if session.document is not None else (1, 1)
            self._around = Around(size, names, session.filter.doubts)
        return self._around

    def sequence(self) -> list[Annotation]:
        """What is stepped through: objects and proposals drawn now that pass, in order."""
        return self.sorted(each for each in self._session.in_sight() if self.passes(each))

    def sorted(self, objects: Iterable[Annotation]) -> list[Annotation]:
        """Objects in the order chosen; those without a score come last by score."""
        return sorted(objects, key=self.key())

    def key(self) -> Key:
        """The sorting key of the order chosen."""
        doubts = self._session.filter.doubts

        def certainty(each: Annotation) -> tuple[bool, bool, float, int]:
            score = 1.0 if each.score is None else each.score
            return (not doubts(each), not each.proposal, score, each.id)

        keys: dict[Order, Key] = {
            "doubt": certainty,
            "score": lambda each: (each.score is None, each.score or 0.0, each.id),
            "size": lambda each: (-each.mask.area, each.id),
            "small": lambda each: (each.mask.area, each.id),
            "class": lambda each: (self.class_order(each.class_id), certainty(each)),
            "newest": lambda each: (-each.modified, -each.id),
            "number": lambda each: each.id,
        }
        return keys[self.order]

    def class_order(self, class_id: int) -> tuple[int, int]:
        """Sorts classes as the class list has them; those that are not in it come last."""
        found = self._session.taxonomy.get(class_id)
        return (found.order if found else 1_000_000, class_id)

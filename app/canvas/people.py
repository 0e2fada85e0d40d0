"""What people changed of what a model had proposed, laid over the photo for as long as it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from PySide6.QtCore import QObject, QRect, QTimer, Signal

from app.bridge import Relay
from app.canvas.changes import Sides, drawn, sides
from app.workers import Workers
from engine.document.annotation import PERSON
from engine.document.provenance import Share, Total, origin_of, totals, whose
from engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QImage, QPainter

    from app.canvas.picture import Picture
    from app.session import Session
    from engine.document.annotation import Annotation
    from engine.document.document import State
    from engine.store import Project
    from engine.store.origins import Origin

SOON_MS = 60
"""After the last change, before it is worked out anew."""


_Question: TypeAlias = "tuple[State, frozenset[int]]"
"""What the image holds, and which objects are selected."""


class Counts(NamedTuple):
    """Objects of an image by what became of them.

    Attributes:
        kept: accepted as a model proposed them. changed: by a person since. drawn: by a person.
        gone: proposed, and rejected, deleted or painted into a class map. waiting: proposals.
    """

    kept: int
    changed: int
    drawn: int
    gone: int
    waiting: int


class People(NamedTuple):
    """What is known of an image.

    Attributes:
        both: what is there and what was proposed.
        counts: see there.
        shares: whose the pixels of the selected object are; empty where not just one is selected.
    """

    both: Sides
    counts: Counts
    shares: tuple[Total, ...] = ()


class PeopleLayer(QObject):
    """Draws it, and works out the figures of the card; everything long on a thread.

    Signals:
        changed: other figures.
    """

    changed = Signal()

    def __init__(self, session: Session, picture: Picture) -> None:
        super().__init__(picture)
        self._session, self._picture = session, picture
        self.found: People | None = None
        self._of: _Question | None = None  # what was asked
        self._drawn: tuple[object, QImage] | None = None
        self._workers = Workers(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_found)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.begin)
        session.view_changed.connect(self.begin)
        session.document_changed.connect(lambda _change: self._soon.start())
        session.selection_changed.connect(self._soon.start)
        session.image_changed.connect(self._forget)

    def _forget(self) -> None:
        self.found, self._of, self._drawn = None, None, None
        self.changed.emit()
        self._soon.start()

    @property
    def settled(self) -> bool:
        """Whether what is shown is of what the document holds now."""
        return self.found is not None and self._of is not None and self._is_now(self._of)

    def _is_now(self, of: _Question) -> bool:
        document = self._session.document
        return document is not None and of[0] is document.state and of[1] == self._session.selection

    def begin(self) -> None:
        """Work it out, if it is to be seen and not known yet."""
        session, document = self._session, self._session.document
        if not session.view.people or document is None or session.project is None:
            return
        if self._of is not None and self._is_now(self._of):
            return
        question = self._of = document.state, session.selection
        state, chosen = question
        project, number, size = session.project, document.image_id, document.size
        stuff = {each.id for each in session.taxonomy.everything if not each.thing}

        def work() -> None:
            try:
                origins = project.origins(number, size)
                shares: Iterable[Share] = ()
                if len(chosen) == 1:
                    shares = _of_one(project, state, next(iter(chosen)), origins, (number, size))
                both = sides(state, origins, stuff)
                answer: People | EngineError = People(
                    both, counts(state, origins), tuple(totals(shares))
                )
            except EngineError as problem:
                answer = problem
            self._relay.send((question, answer))

        self._workers.run(work)

    def _on_found(self, news: tuple[_Question, People | EngineError]) -> None:
        question, answer = news
        if question is not self._of:
            return
        if isinstance(answer, EngineError):
            self._session.say(str(answer), "error")
            self._of = None
            return
        self.found, self._drawn = answer, None
        self.changed.emit()
        self._picture.stale.emit(None)

    def paint(self, painter: QPainter, rect: QRect) -> None:
        """Draw a rectangle, in device pixels of the viewport."""
        if not self._session.view.people or self.found is None:
            return
        key = self._picture.camera, self._picture.ratio, id(self.found)
        if self._drawn is None or self._drawn[0] != key:
            made = drawn(self.found.both, self._picture.camera, self._picture.ratio)
            self._drawn = key, made
        painter.drawImage(rect.topLeft(), self._drawn[1], rect)


def counts(state: State, origins: Sequence[Origin]) -> Counts:
    """Objects by what became of them; proposals that wait are none yet."""
    kept_ids = {each.annotation for each in origins}
    objects = state.annotations.values()
    by_model = [each for each in objects if each.source != PERSON]
    changed = sum(each.edited or each.id in kept_ids for each in by_model)
    there = state.annotations.keys() | state.proposals.keys()
    return Counts(
        kept=len(by_model) - changed,
        changed=changed,
        drawn=len(objects) - len(by_model),
        gone=sum(each.annotation not in there for each in origins),
        waiting=len(state.proposals),
    )


def _of_one(
    project: Project,
    state: State,
    chosen: int,
    origins: Sequence[Origin],
    image: tuple[int, tuple[int, int]],
) -> list[Share]:
    each: Annotation | None = state.annotations.get(chosen) or state.proposals.get(chosen)
    if each is None:
        return []
    kept = next((one.mask for one in origins if one.annotation == chosen), None)
    return whose(each, origin_of(each, kept), project.taken(*image))

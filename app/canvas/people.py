"""What people changed of what a model had proposed, laid over the photo for as long as it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from PySide6.QtCore import QObject, QRect, QTimer, Signal

from app.bridge import Relay
from app.canvas.changes import Sides, drawn, sides
from app.workers import Workers
from engine.document.annotation import PERSON, is_import
from engine.document.provenance import Share, Total, totals
from engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QImage, QPainter

    from app.canvas.picture import Picture
    from app.session import Session
    from engine.document.annotation import Annotation
    from engine.document.document import State
    from engine.store.origins import Origin

SOON_MS = 60
"""After the last change, before it is worked out anew."""


_Question: TypeAlias = "tuple[State, frozenset[int], int | None]"
"""What the image holds, which objects are selected, and the current class."""


class Counts(NamedTuple):
    """Objects of an image by what became of them.

    Attributes:
        kept: accepted as a model proposed them. imported: as a file had them. changed: by a person
        since. drawn: by a person. gone: proposed or imported, and rejected, deleted or painted into
        a class map. waiting: proposals.
    """

    kept: int
    imported: int
    changed: int
    drawn: int
    gone: int
    waiting: int


class People(NamedTuple):
    """What is known of an image.

    Attributes:
        both: what is there and what was proposed.
        counts: see there.
        shares: whose the pixels of the one selected object are, or with none selected those of
            the current class in the class map; else empty.
        area: whether they are a class's.
    """

    both: Sides
    counts: Counts
    shares: tuple[Total, ...] = ()
    area: bool = False


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
        self._answered: _Question | None = None  # what ``found`` answers
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
        session.class_changed.connect(self._soon.start)
        session.image_changed.connect(self._forget)

    def _forget(self) -> None:
        self.found, self._of, self._answered, self._drawn = None, None, None, None
        self.changed.emit()
        self._soon.start()

    @property
    def settled(self) -> bool:
        """Whether what is shown is of what the document holds now."""
        asked = self._of
        return asked is not None and self._answered is asked and self._is_now(asked)

    def _is_now(self, of: _Question) -> bool:
        document = self._session.document
        session = self._session
        now = None if document is None else document.state
        return of[0] is now and of[1:] == (session.selection, session.current_class)

    def begin(self) -> None:
        """Work it out, if it is to be seen and not known yet."""
        session, document = self._session, self._session.document
        if not session.view.people or document is None or session.project is None:
            return
        if self._of is not None and self._is_now(self._of):
            return
        question = self._of = document.state, session.selection, session.current_class
        state, chosen, current = question
        project, number, size = session.project, document.image_id, document.size
        stuff = {each.id for each in session.taxonomy.everything if not each.thing}

        def work() -> None:
            try:
                origins = project.origins(number, size)
                first = project.first_layer(number, size)
                shares: Iterable[Share] = ()
                area = not chosen and current in stuff and current in state.layer.areas()
                if len(chosen) == 1:
                    one = next(iter(chosen))
                    each = state.annotations.get(one) or state.proposals.get(one)
                    shares = project.whose(number, size, each) if each is not None else ()
                elif area and current is not None:
                    shares = project.whose_area(number, state.layer, current)
                both = sides(state, origins, stuff, first)
                answer: People | EngineError = People(
                    both, counts(state, origins), tuple(totals(shares)), area
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
        self.found, self._answered, self._drawn = answer, question, None
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
    """Objects by what became of them; proposals that wait are none yet.

    One that was changed and changed back is as it was proposed.
    """
    copies = {each.annotation: each for each in origins}
    kept = imported = changed = drawn = 0
    for each in state.annotations.values():
        copy = copies.get(each.id)
        if each.source == PERSON:
            drawn += 1
        elif each.edited if copy is None else not _is(each, copy):
            changed += 1
        elif is_import(each.source):
            imported += 1
        else:
            kept += 1
    there = state.annotations.keys() | state.proposals.keys()
    gone = sum(number not in there for number in copies)
    return Counts(kept, imported, changed, drawn, gone, waiting=len(state.proposals))


def _is(each: Annotation, copy: Origin) -> bool:
    return each.class_id == copy.class_id and each.mask.same(copy.mask)

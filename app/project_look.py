"""All images of the project: looked through on another thread, and changed one after another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from app.dialogs.background import Background
from app.slices import elsewhere
from engine.document.condensing import copied
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.session import Session
    from engine.document.commands import Command
    from engine.document.document import Document
    from engine.document.taxonomy import Taxonomy
    from engine.store import ImageRow, Project

T = TypeVar("T")

Ask = Callable[["ImageRow", "Document", "Taxonomy"], Any]
"""What an image is found for; None where there is nothing. Called on another thread."""

Change = Callable[["Document", "Taxonomy"], Iterator["Command | None"]]
"""Gives steps, each done before the next is asked for; None lets the window go on meanwhile."""

_TELL_EACH, _TELL_MS = 20, 50  # images and time between two words on how far it is


class ProjectLook(QObject):
    """Looks through the project when asked to.

    Signals:
        scanned: ``found`` is another, or looking through the project began, went on or ended.
        changed: images were changed by ``change``; it is over.

    Attributes:
        found: what was found, of any kind with the attribute ``image``, the id of the image.
        progress: images looked through and their number; None while nothing is looked through.
        looked: whether the project was looked through to the end.
    """

    scanned = Signal()
    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.found: list[Any] = []
        self.progress: tuple[int, int] | None = None
        self.looked = False
        self._background = Background(self)
        self._number = 0
        self._anew = False  # images that were looked at before are looked at again
        self._noted: dict[int, Any] = {}  # while a look goes on, which reads what was before
        # Of the look under way; a thread asks it and nothing of ours, which may be gone by then.
        self._ended = Event()
        self._live = live = [self._ended]
        self.destroyed.connect(partial(_end_last, live))
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self.scanned)

    # -- looking -----------------------------------------------------------------------------

    def scan(self, ask: Ask, ids: Collection[int] | None = None) -> None:
        """Look through all images on another thread.

        Args:
            ask: what to look for.
            ids: look at these again and keep what was found in others; None for all images.
        """
        project = self._session.project
        if project is None:
            return
        self._number += 1
        self._ended.set()
        self._anew = ids is not None
        if ids is None:
            self.found, self.looked = [], False
        self._noted.clear()
        self.progress = 0, len(project.images()) if ids is None else len(ids)
        number, send = self._number, self._background.teller(self._on_news)
        self._ended = self._live[-1] = ended = Event()
        wanted = None if ids is None else frozenset(ids)

        def work() -> list[str] | Exception:
            try:
                return _look_through(project, _Way(number, send, ended.is_set), ask, wanted)
            except Exception as problem:
                return problem

        self._background.run(work, lambda answer: self._on_end(number, answer))
        self.scanned.emit()

    def stop(self) -> None:
        """Look no further; what was found stays."""
        self._number += 1
        self._ended.set()
        self.progress = None
        self.scanned.emit()

    def forget(self) -> None:
        """What was found holds no more."""
        self.found, self.looked = [], False
        self.stop()

    def note(self, image: int, found: Any) -> None:
        """Keep the list in line with what was done to an image that is in it."""
        if self.progress is not None:
            self._noted[image] = found
        for at, each in enumerate(self.found):
            if each.image == image:
                self.found[at] = found
                self.scanned.emit()
                return

    def after(self, image: int | None, waits: Callable[[Any], bool]) -> int | None:
        """The image to go to after one: the next of those found that waits, round and round."""
        at = next((row for row, each in enumerate(self.found) if each.image == image), -1)
        turned = [*self.found[at + 1 :], *self.found[: at + 1]]
        return next((e.image for e in turned if e.image != image and waits(e)), None)

    def _on_news(self, news: tuple[int, int, int, Any]) -> None:
        number, done, image, found = news
        if number != self._number or self.progress is None:
            return
        self.progress = done, self.progress[1]
        if found is not None:
            found = self._noted.get(image, found)
        if found is not None or self._anew:
            self._take(image, found)
        if not self._soon.isActive():  # lists are shown anew each time, longer ones less often
            self._soon.start(_TELL_MS + len(self.found) // 20)

    def _take(self, image: int, found: Any) -> None:
        """What an image was found for; where it was before it keeps its row, or loses it."""
        if not self._anew:
            self.found.append(found)
            return
        at = next((row for row, each in enumerate(self.found) if each.image == image), None)
        if at is not None:
            self.found[at : at + 1] = [] if found is None else [found]

    def _on_end(self, number: int, answer: list[str] | Exception) -> None:
        if number != self._number:
            return
        self.progress = None
        if not self._anew:
            self.looked = not isinstance(answer, Exception)
        self.scanned.emit()
        if isinstance(answer, EngineError):
            self._session.say(str(answer), "error")
        elif isinstance(answer, Exception):
            raise answer  # a bug: here the crash dialog hears of it
        elif answer:
            self._session.say(_first(answer), "warning")

    # -- changing ----------------------------------------------------------------------------

    def change(
        self, ids: Sequence[int], change: Change, words: str, told: Callable[[], str]
    ) -> bool:
        """Change images one after another between events; each keeps an undo of its own.

        Args:
            ids: of the images.
            change: what is done to each.
            words: what it is, for the status bar ("Mending masks").
            told: says at the end what was done; must need nothing that may be gone by then.

        Returns:
            False where another such change goes on, which is said.
        """
        session = self._session
        problem = session.slices.words
        if not problem and session.read_only:
            problem = session.project.owner if session.project else ""
        if problem:
            session.say(problem, "warning")
            return False
        stopped = Event()

        def end(over: _Over) -> None:
            session.refresh_images(ids[: over.done])
            said = [told()]
            if over.done < len(ids):
                said.append(f"Stopped after {over.done:,} of {len(ids):,} images.")
            if over.problems:
                said.append(_first(over.problems))
            session.say(" ".join(filter(None, said)), "warning" if over.problems else "ok")
            if shiboken6.isValid(self):  # who asked may be gone
                self.changed.emit()

        work = self._through(ids, change, stopped.is_set)
        session.slices.run(work, words, end, stopped.set)
        return True

    def _through(
        self, ids: Sequence[int], change: Change, stopped: Callable[[], bool]
    ) -> Generator[float | None, None, _Over]:
        session = self._session
        over = _Over(0, [])
        for number in ids:
            project = session.project
            if project is None or stopped():
                break
            try:
                document = project.load(number)
                history = project.history(document)
                for command in change(document, session.taxonomy):
                    if command is None:
                        yield None
                    else:
                        history.do(command)
                # Only now: the person may have gone to another image meanwhile.
                if session.image is None or session.image.id != number:
                    history.close()
            except EngineError as problem:
                over.problems.append(str(problem))
            over = over._replace(done=over.done + 1)
            yield over.done / len(ids)
        session.saved_changed.emit()
        return over


def worked_out(document: Document, work: Callable[[Document], T]) -> Generator[None, None, T]:
    """What is worked out on a copy of a document on another thread, for a ``Change``.

    Where something came in meanwhile it is worked out once more.
    """
    while True:
        state, copy = document.state, copied(document)
        answer = yield from elsewhere(partial(work, copy))
        if document.state is state:
            return answer


def _end_last(live: Sequence[Event], _gone: object = None) -> None:
    live[-1].set()


class _Over(NamedTuple):
    """What became of a change: images it went through, and why some of them refused."""

    done: int
    problems: list[str]


class _Way(NamedTuple):
    """The way back from another thread: the look's number, what takes news, whether it is old."""

    number: int
    send: Callable[[tuple[int, int, int, Any]], None]
    stale: Callable[[], bool]


def _first(problems: Sequence[str]) -> str:
    """The first of several sentences, and how many more there are."""
    more = f" And {len(problems) - 1:,} more." if len(problems) > 1 else ""
    return f"{problems[0]}{more}"


def _look_through(
    project: Project, way: _Way, ask: Ask, wanted: frozenset[int] | None
) -> list[str]:
    """Send what every image is found for, and answer with why some could not be read.

    Reads the project's file, on any thread.
    """
    from engine.jobs.snapshot import snapshot

    project.flush()
    problems: list[str] = []
    with snapshot(str(project.path)) as read:
        taxonomy = read.taxonomy
        rows = [row for row in read.images() if row.size is not None]  # others were never opened
        rows = rows if wanted is None else [row for row in rows if row.id in wanted]
        for done, row in enumerate(rows, 1):
            if way.stale():
                break
            try:  # one that cannot be read hides no other
                found = ask(row, read.load(row.id), taxonomy)
            except EngineError as problem:
                problems.append(str(problem))
                continue
            if found is not None or wanted is not None or done % _TELL_EACH == 0:
                way.send((way.number, done, row.id, found))
    return problems

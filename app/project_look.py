"""All images of the project: looked through on another thread, and changed one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from app.dialogs.background import Background
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.session import Session
    from app.slices import Work
    from engine.document.commands import Command
    from engine.document.document import Document
    from engine.document.taxonomy import Taxonomy
    from engine.store import ImageRow, Project

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
        self._ended = Event()  # of the look under way; a thread asks it and nothing of ours
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self.scanned)

    # -- looking -----------------------------------------------------------------------------

    def scan(self, ask: Ask) -> None:
        """Look through all images on another thread."""
        project = self._session.project
        if project is None:
            return
        self._number += 1
        self._ended.set()
        self.found, self.looked = [], False
        self.progress = 0, len(project.images())
        number, send = self._number, self._background.teller(self._on_news)
        self._ended = ended = Event()

        def work() -> Exception | None:
            try:
                _look_through(project, number, send, ended.is_set, ask)
            except Exception as problem:
                return problem
            return None

        self._background.run(work, lambda problem: self._on_end(number, problem))
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

    def _on_news(self, news: tuple[int, int, Any]) -> None:
        number, done, found = news
        if number != self._number or self.progress is None:
            return
        self.progress = done, self.progress[1]
        if found is not None:
            self.found.append(found)
        if not self._soon.isActive():  # lists are shown anew each time, longer ones less often
            self._soon.start(_TELL_MS + len(self.found) // 20)

    def _on_end(self, number: int, problem: Exception | None) -> None:
        if number != self._number:
            return
        self.progress, self.looked = None, problem is None
        self.scanned.emit()
        if isinstance(problem, EngineError):
            self._session.say(str(problem), "error")
        elif problem is not None:
            raise problem  # a bug: here the crash dialog hears of it

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

        def end(problems: list[str]) -> None:
            session.refresh_images(ids)
            more = f" And {len(problems) - 1:,} more." if len(problems) > 1 else ""
            words = f"{told()} {problems[0]}{more}" if problems else told()
            session.say(words.strip(), "warning" if problems else "ok")
            if shiboken6.isValid(self):  # who asked may be gone
                self.changed.emit()

        session.slices.run(self._through(ids, change), words, end)
        return True

    def _through(self, ids: Sequence[int], change: Change) -> Work:
        session = self._session
        problems: list[str] = []
        for done, number in enumerate(ids):
            project = session.project
            if project is None:
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
                problems.append(str(problem))
            yield (done + 1) / len(ids)
        session.saved_changed.emit()
        return problems


def _look_through(
    project: Project,
    number: int,
    send: Callable[[tuple[int, int, Any]], None],
    stale: Callable[[], bool],
    ask: Ask,
) -> None:
    """Send what every image is found for; reads the project's file, on any thread."""
    from engine.jobs.snapshot import snapshot

    project.flush()
    with snapshot(str(project.path)) as read:
        taxonomy = read.taxonomy
        rows = [row for row in read.images() if row.size is not None]  # others were never opened
        documents = read.iter_documents([row.id for row in rows])
        for done, (row, document) in enumerate(zip(rows, documents, strict=True), 1):
            if stale():
                return
            found = ask(row, document, taxonomy)
            if found is not None or done % _TELL_EACH == 0:
                send((number, done, found))

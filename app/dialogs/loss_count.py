"""What a format would leave behind, counted on another thread while the sheet is used."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Event
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.dialogs.background import Background
from app.dialogs.export_plan import Which
from engine.errors import EngineError
from engine.store import Project

WAIT_MS: Final = 60
"""Between the last choice and the counting, so that running through the list counts once."""

NEWS: Final = 20
"""Times at most that a count tells how far it is."""

REST_MS: Final = 1_500
"""Between the last change of masks and the counting, so that nothing is counted while painting."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        which: "done", "this" or "all" images.
        current: id of the open image.
        key: name of the format.
        asked: options that are on, and the dialect.
        stamp: changes with the project's work.
    """

    which: Which
    current: int | None
    key: str
    asked: frozenset[str]
    stamp: int = 0


class _Stale(Exception):
    """Something else was asked meanwhile."""


class LossCount(QObject):
    """Answers the newest question only; the project is read from its file.

    Signals:
        counted: sentences, when they are known; None while they are being counted.
        progressed: images looked at, and how many of them there are to look at.
    """

    counted = Signal(object)
    progressed = Signal(int, int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._known: dict[Question, tuple[str, ...]] = {}
        self._project: Project | None = None
        self._background = Background(self)
        self._stale = Event()  # of what is being counted; a thread asks it and nothing of ours
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._begin)

    def ask(self, project: Project, question: Question, wait: int = WAIT_MS) -> None:
        """Count for this choice after ``wait`` ms; what was being counted is dropped."""
        if project is not self._project:
            self._known, self._project = {}, project
        if question == self._question:
            return
        self._question = question
        self._stale.set()
        if question in self._known:
            self._timer.stop()
            self.counted.emit(self._known[question])
            return
        self.counted.emit(None)
        self._timer.start(wait)

    def stop(self) -> None:
        """Nobody wants the answer any more."""
        self._timer.stop()
        self._stale.set()
        self._question = None

    def _begin(self) -> None:
        question, project = self._question, self._project
        if question is None or project is None:
            return
        self._stale = stale = Event()
        send = self._background.teller(self._on_progress)

        def watch(done: int, total: int) -> None:
            if stale.is_set():
                raise _Stale
            if done % (total // NEWS + 1) == 0:
                send((question, done, total))

        def work() -> tuple[Question, tuple[str, ...] | None]:
            try:
                project.flush()
                return question, count(project, question, watch)
            except _Stale:
                return question, None
            except EngineError as problem:
                return question, (str(problem),)

        self._background.run(work, self._on_counted)

    def _on_progress(self, news: tuple[Question, int, int]) -> None:
        question, done, total = news
        if question is self._question and question not in self._known:
            self.progressed.emit(done, total)

    def _on_counted(self, news: tuple[Question, tuple[str, ...] | None]) -> None:
        question, found = news
        if found is None:
            return
        self._known[question] = found
        if question is self._question:
            self.counted.emit(found)


def count(
    project: Project, question: Question, watch: Callable[[int, int], None]
) -> tuple[str, ...]:
    """The sentences; reads the project's file, on any thread.

    Args:
        project: whose masks are looked at.
        question: what is asked.
        watch: told the images looked at and how many they are; may raise to end it.

    Raises:
        EngineError: it cannot be read, or there is no such format.
    """
    from engine.formats import registry
    from engine.jobs.losses import losses_of
    from engine.jobs.snapshot import chosen, file_names, sheet_images, snapshot

    ids: Collection[int] | None = None
    if question.which == "this":
        ids = () if question.current is None else (question.current,)
    with snapshot(str(project.path)) as read:
        rows = chosen(read, ids, only_done=question.which == "done")
        sized = [row for row in rows if row.size is not None]  # the others were never opened
        images, _ = sheet_images(sized, file_names(read.images()))
        form = registry.get(question.key)
        found = losses_of(
            read, images, form, question.asked, lambda done, _name: watch(done, len(images))
        )
    return tuple(loss.text for loss in found)

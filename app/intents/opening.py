"""Opening a project and listing a folder on a thread of their own.

What is done within a moment is there when ``begin`` returns, as if there were no thread; a folder
of 100,000 images, a slow disk, or a large project that must be checked go on in the background
while the window stays alive.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import Relay
from engine.errors import EngineError
from engine.images.folder import IMAGE_SUFFIXES, Listing, list_images, must_be_text
from engine.store import Project
from engine.store.paths import project_for

PATIENCE = 0.09
"""Seconds that the window waits for an opening before it goes on without."""

_TELL_EVERY = 400  # milliseconds between two words on how far it is


@dataclass(slots=True)
class Wish:
    """What is to be opened.

    Attributes:
        what: the project, folder or file that names the project.
        prepare: makes ``what`` where it is not there yet; called first.
        paths: images, or folders of images, that belong in it.
        then: called in the window once it is open there.
        expect: called on the opening's thread with the file that will be shown first, as soon as
            that is known.
        seen: files listed so far.
        stopped: nobody waits for it any more.
    """

    what: Path
    paths: Sequence[Path] = ()
    prepare: Callable[[], object] | None = None
    then: Callable[[], None] | None = None
    expect: Callable[[Path, int], None] | None = None
    seen: int = 0
    stopped: bool = False

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return self.what.name or str(self.what)

    def count(self, seen: int) -> None:
        """Files were listed.

        Raises:
            EngineError: nobody waits for it any more.
        """
        self.seen = seen
        if self.stopped:
            raise EngineError(f"{self.name} was not opened: something else was.")


@dataclass(slots=True)
class Opened:
    """A project that is open, with the images that were asked for in it.

    Attributes:
        strange: files that were left out because they are no images.
        unnamed: those whose names are no text.
        shut: folders that may not be looked into.
    """

    wish: Wish
    project: Project
    strange: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    shut: list[str] = field(default_factory=list)


class _Task:
    """One opening on its thread. Its answer is taken once: by who waits, or by the event loop."""

    def __init__(self, wish: Wish, send: Callable[[object], None], before: _Task | None) -> None:
        self.wish = wish
        self.answer: Opened | Exception | None = None
        self._send, self._before = send, before
        self._done, self._guard, self._waited_for = threading.Event(), threading.Lock(), True
        self._thread = threading.Thread(target=self._run, name="opening", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether it is done; if not, the answer is sent from now on."""
        self._done.wait(seconds)
        with self._guard:
            self._waited_for = self._done.is_set()
            return self._waited_for

    def stop(self) -> None:
        """Let go of it: nothing that it opens stays open."""
        self.wish.stopped = True
        with self._guard:
            _close(self.answer)
            self.answer = None

    def join(self) -> None:
        """Wait for its thread."""
        self._thread.join()

    def _run(self) -> None:
        if self._before is not None:  # it may hold the lock of the same project
            self._before.join()
            self._before = None
        answer: Opened | Exception
        try:
            answer = _open(self.wish)
        except Exception as problem:  # raised again where the window can show it
            answer = problem
        with self._guard:
            if self.wish.stopped:
                _close(answer)
            else:
                self.answer = answer
                if not self._waited_for:
                    self._send(self)
            self._done.set()


class Opening(QObject):
    """Opens one thing at a time; a new wish ends the one before.

    Signals:
        opened: an ``Opened`` that took longer than ``patience``; who gets it owns the project.
        failed: (wish, EngineError) likewise.
        counted: (wish, files seen), now and then while it goes on.
    """

    opened = Signal(object)
    failed = Signal(object, object)
    counted = Signal(object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.patience = PATIENCE
        self._task: _Task | None = None
        self._last: _Task | None = None  # its thread may still run
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_arrived)
        self._clock = QTimer(self)
        self._clock.setInterval(_TELL_EVERY)
        self._clock.timeout.connect(self._tell)

    @property
    def busy(self) -> bool:
        """Whether something is being opened in the background."""
        return self._task is not None

    def begin(self, wish: Wish) -> Opened | None:
        """Open; answers with what is open already, or None where it goes on in the background.

        Raises:
            EngineError: it cannot be opened, which was known at once.
        """
        self.stop()
        task = self._last = _Task(wish, self._relay.send, self._last)
        if task.wait(self.patience):
            return _taken(task)
        self._task = task
        self._clock.start()
        return None

    def stop(self, *, wait: bool = False) -> None:
        """End what is being opened; nothing of it stays open."""
        task, self._task = self._task, None
        self._clock.stop()
        if task is not None:
            task.stop()
            if wait:
                task.join()

    def _on_arrived(self, task: _Task) -> None:
        if task is not self._task:
            return
        self._task = None
        self._clock.stop()
        try:
            found = _taken(task)
        except EngineError as problem:
            self.failed.emit(task.wish, problem)
        else:
            self.opened.emit(found)

    def _tell(self) -> None:
        if self._task is not None:
            self.counted.emit(self._task.wish, self._task.wish.seen)


def _taken(task: _Task) -> Opened:
    answer, task.answer = task.answer, None
    if isinstance(answer, Exception):
        raise answer
    assert answer is not None
    return answer


def _close(answer: Opened | Exception | None) -> None:
    if isinstance(answer, Opened):
        answer.project.close()


def _open(wish: Wish) -> Opened:
    """List, open, add; on any thread.

    Raises:
        EngineError: there is nothing to open, or it cannot be opened; nothing was left behind.
    """
    if wish.prepare is not None:
        wish.prepare()
    for path in (wish.what, *wish.paths):
        must_be_text(path)
    folders = [list_images(path, wish.count) for path in wish.paths if os.path.isdir(path)]
    files = [path for path in wish.paths if not os.path.isdir(path)]
    images = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    strange = [path.name for path in files if path.suffix.lower() not in IMAGE_SUFFIXES]
    if wish.paths and not images and not any(folder.names for folder in folders):
        _refuse(wish, strange)
    if wish.expect is not None and not os.path.exists(project_for(wish.what)):
        _expect(wish.expect, folders, images)
    project = Project.open_or_create(wish.what)
    try:
        if not project.read_only:
            for folder in folders:
                project.add_folder(folder)
            if images:
                project.add_images(images)
        project.images()  # read here, so that the window finds them
        wish.count(wish.seen)
    except BaseException:
        project.close()
        raise
    unnamed = [name for folder in folders for name in folder.unnamed]
    shut = [name for folder in folders for name in folder.shut]
    return Opened(wish, project, strange, unnamed, shut)


def _expect(
    expect: Callable[[Path, int], None], folders: Sequence[Listing], images: Sequence[Path]
) -> None:
    """Have the first image of a new project read while the project is made."""
    listed = [folder.folder / folder.names[0] for folder in folders if folder.names]
    first = (*listed, *images)[:1]
    if first:
        expect(first[0], 0)


def _refuse(wish: Wish, strange: Sequence[str]) -> None:
    """Say that there are no images, unless it is a folder that has a project all the same.

    Raises:
        EngineError: there are none.
    """
    if os.path.isdir(wish.what):
        if not os.access(wish.what, os.R_OK | os.X_OK):
            raise EngineError(
                f"{wish.what} may not be looked into. Change its permissions, or choose another "
                "folder."
            )
        if not os.path.exists(project_for(wish.what)):
            raise EngineError(
                f"{wish.what} holds no images this program reads (PNG, JPEG, TIFF, WebP, BMP …). "
                "Choose another folder."
            )
        return
    what = f"{strange[0]} is not an image" if strange else "There is no image there"
    raise EngineError(
        f"{what} this program reads. "
        "Choose PNG, JPEG, TIFF, WebP or BMP files, a folder, or a project."
    )

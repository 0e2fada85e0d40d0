"""Whether the files of images are what they were: looked at when opened, and in the background."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.bridge import Relay
from engine.errors import EngineError
from engine.store.files import Finding, Identity, Wanted, look
from engine.store.paths import located

if TYPE_CHECKING:
    from app.session import Session
    from engine.store import ImageRow, Project
    from engine.store.files import FileRow

State = Literal["changed", "resized", "missing"]

AFTER_MS: Final = 4_000
"""After a project was opened, before all its files are looked at."""

SOON_MS: Final = 400
"""After an image was opened, before its file is looked at: until then the picture comes first."""

PIECE: Final = 256
"""Files looked at in one go; then the thread lets others have the disk and the processor."""

PAUSE: Final = 0.01
"""Seconds between two pieces."""

SHARE: Final = 4.0
"""For a second of reading files in the background, so many seconds of leaving them alone."""

_NICE: Final = 15


class News(NamedTuple):
    """What was found of one file.

    Attributes:
        finding: see ``engine.store.files``.
        was: what had been noted.
        worked: the image holds work that belongs to its picture; only looked up where it changed.
    """

    finding: Finding
    was: Identity | None
    worked: bool


class FileStates(QObject):
    """Knows which images' files changed or are gone; everything else is as it was.

    One thread of low priority reads files. The image that was just opened goes first; a while
    after a project was opened all files are looked at by length and time, and those that hold work
    and were never noted are read, slowly. Who comes back to the program finds them looked at again.

    Signals:
        changed: ids of images that have another state.
        looked: the look at all files is over.
        replaced: path of a file whose picture is not the one that may be in memory; None: many.
    """

    changed = Signal(object)
    replaced = Signal(object)
    looked = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._states: dict[int, State] = {}
        self._found: dict[int, News] = {}  # of those in a state
        self._kept: dict[int, Identity] = {}  # chosen here; a look may have begun before
        self._project: Project | None = None
        self._wishes: deque[tuple[Project, ImageRow]] = deque(maxlen=8)
        self._all: Project | None = None  # all files of it are to be looked at
        self._work = threading.Condition()
        self._thread: threading.Thread | None = None
        self._leaving = False
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_news)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._look_at_open)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(AFTER_MS)
        self._later.timeout.connect(self.look_at_all)
        session.project_changed.connect(self._on_project)
        session.image_changed.connect(self._on_image)
        program = QGuiApplication.instance()
        if isinstance(program, QGuiApplication):
            program.applicationStateChanged.connect(self._on_attention)

    # -- asking ------------------------------------------------------------------------------

    def state(self, image_id: int) -> State | None:
        """How the file of an image is; None where it is as it was, or not looked at."""
        return self._states.get(image_id)

    def news(self, image_id: int) -> News | None:
        """What was found of a file that is in a state."""
        return self._found.get(image_id)

    def ids(self) -> list[int]:
        """Images whose file changed or is gone."""
        return sorted(self._states)

    def look_at(self, row: ImageRow) -> None:
        """Look at the file of an image soon."""
        if self._project is not None:
            with self._work:
                self._wishes.append((self._project, row))
            self._wake()

    def look_at_all(self) -> None:
        """Look at all files soon."""
        if self._project is not None:
            with self._work:
                self._all = self._project
            self._wake()

    def keep(self, image_id: int) -> bool:
        """Keep the masks for the picture that is there now; False where its size is another."""
        found, project = self._found.get(image_id), self._project
        if project is None or found is None or self._states.get(image_id) != "changed":
            return False
        project.note_files({image_id: found.finding.now})
        self._keep(image_id, found.finding.now)
        self.settle([image_id])
        return True

    def _keep(self, image_id: int, now: Identity | None) -> None:
        if now is not None:
            self._kept[image_id] = now

    def settle(self, ids: Iterable[int]) -> None:
        """These images have a file that is right."""
        gone = {number for number in ids if self._states.pop(number, None) is not None}
        for number in gone:
            self._found.pop(number, None)
        if gone:
            self.changed.emit(gone)

    def close(self) -> None:
        """Stop the thread; call once, before the program ends."""
        with self._work:
            self._leaving = True
            thread = self._thread
            self._work.notify()
        if thread is not None:
            thread.join()

    # -- following ---------------------------------------------------------------------------

    def _on_project(self) -> None:
        self._later.stop()
        self._soon.stop()
        with self._work:
            self._wishes.clear()
            self._all = None
            self._project = self._session.project
        self._states.clear()
        self._found.clear()
        self._kept.clear()
        if self._project is not None:
            self._later.start()

    def _on_image(self) -> None:
        self._soon.start()

    def _on_attention(self, state: Qt.ApplicationState) -> None:
        """Somebody comes back, perhaps from moving files or from plugging a drive in."""
        if state == Qt.ApplicationState.ApplicationActive:
            if self._states:
                self.look_at_all()
            self._look_at_open()

    def _look_at_open(self) -> None:
        if self._session.image is not None:
            self.look_at(self._session.image)

    def _on_news(self, arrived: tuple[Project, list[News] | None]) -> None:
        project, news = arrived
        if project is not self._project:
            return
        if news is None:
            self.looked.emit()
            return
        fresh: dict[int, Identity | None] = {}
        touched: set[int] = set()
        for each in news:
            self._take(each, fresh, touched)
        if fresh and not project.read_only:
            with suppress(EngineError):
                project.note_files(fresh)
        if touched:
            self.changed.emit(touched)

    def _take(self, each: News, fresh: dict[int, Identity | None], touched: set[int]) -> None:
        finding, number = each.finding, each.finding.image
        row = self._session.row(number)
        if row is None:
            return
        state: State | None = None
        if finding.state == "missing":
            state = "missing"
        elif finding.now is not None and finding.now == self._kept.get(number):
            pass  # it was compared with what had been noted before
        elif finding.state == "changed" and not each.worked:
            self._adopt(number, finding)
        elif finding.state == "changed":
            state = "changed" if row.size in (None, finding.size) else "resized"
        elif finding.now is not None and finding.now != each.was:
            fresh[number] = finding.now
        if state != self._states.get(number):
            touched.add(number)
        if state is None:
            self._states.pop(number, None)
            self._found.pop(number, None)
        else:
            self._states[number], self._found[number] = state, each

    def _adopt(self, number: int, finding: Finding) -> None:
        """Nothing was done on the image yet: the picture of now is its picture."""
        project, session = self._project, self._session
        if project is None or project.read_only or finding.now is None:
            return
        is_open = session.image is not None and session.image.id == number
        with suppress(EngineError):
            project.take_picture(number, finding.now)
            self._keep(number, finding.now)
            self.replaced.emit(project.image(number).path)
            if is_open:
                session.reload([number])
            session.refresh_images([number])

    # -- on the thread -----------------------------------------------------------------------

    def _wake(self) -> None:
        with self._work:
            if self._thread is None and not self._leaving:
                self._thread = threading.Thread(target=self._run, name="files", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        """Do what there is to do; the thread ends with it."""
        with suppress(OSError, AttributeError):  # of this thread alone, on Linux
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while True:
            with self._work:
                if self._leaving or not (self._wishes or self._all):
                    self._thread = None
                    return
                wish = self._wishes.popleft() if self._wishes else None
                everything, self._all = (None, self._all) if wish else (self._all, None)
            if wish is not None:
                self._look_at_one(*wish)
            elif everything is not None:
                self._look_at_every(everything)

    def _look_at_one(self, project: Project, row: ImageRow) -> None:
        with suppress(EngineError):  # it was closed
            was = project.identities([row.id]).get(row.id)
            finding = look(Wanted(row.id, row.path, row.page, was))
            worked = finding.state == "changed" and project.worked_on(row.id)
            self._send(project, [News(finding, was, worked)])

    def _look_at_every(self, project: Project) -> None:
        after = 0
        with suppress(EngineError):  # it was closed
            while rows := project.files_after(after, PIECE):
                after = rows[-1].image
                news: list[News] = []
                for row in rows:
                    found, seconds = self._glance(project, row)
                    if found is not None:
                        news.append(found)
                    if not self._pause(project, SHARE * seconds):
                        return
                if news:
                    self._send(project, news)
                if not self._pause(project, PAUSE):
                    return
            self._send(project, None)

    def _send(self, project: Project, news: list[News] | None) -> None:
        with suppress(RuntimeError):  # the window is gone
            self._relay.send((project, news))

    def _glance(self, project: Project, row: FileRow) -> tuple[News | None, float]:
        """What is worth telling of a file, and the seconds its reading took."""
        path = located(row.stored, project.path)
        if not row.worked and row.known is None:
            here = os.path.exists(path)
            return (None if here else News(Finding(row.image, "missing"), None, False)), 0.0
        began = time.thread_time()
        finding = look(Wanted(row.image, path, row.page, row.known))
        if finding.state == "same" and finding.now == row.known and row.image not in self._states:
            return None, 0.0
        worked = finding.state == "changed" and project.worked_on(row.image)
        return News(finding, row.known, worked), time.thread_time() - began

    def _pause(self, project: Project, seconds: float) -> bool:
        """Leave the machine to others; False where this project is no longer looked at."""
        with self._work:
            if seconds > 0:
                self._work.wait_for(lambda: self._over(project), seconds)
            return not self._over(project)

    def _over(self, project: Project) -> bool:
        return self._leaving or self._project is not project

"""Which model process answers: starting, swapping, starting again after an end nobody asked for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.model_process import ModelProcess
from app.session import Session
from app.settings import Settings
from app.state import ModelState
from engine.child import child_command
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.models.catalog import Catalog, Entry

RESTARTS, WITHIN = 3, 60.0  # then a message instead of another start; seconds
BACK_OFF_MS = (0, 500, 2000)  # before each of those starts
START_AFTER_MS, LATEST_MS, LOOK_MS = 150, 1500, 50
"""A picture that is being opened has the processor first, but does not keep a model waiting."""


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """A model process and what it was started for."""

    process: ModelProcess
    entry: Entry
    device: str

    def serves(self, entry: Entry, device: str) -> bool:
        """Whether this very model on this device would be the same again."""
        mine = (self.entry.folder, self.entry.card.sha256, self.device)
        return mine == (entry.folder, entry.card.sha256, device)


class ModelHost(QObject):
    """The model in use as a process, and the one that is to follow it.

    A swap starts the next model beside the current one and changes over when it says it is ready;
    if it never does, nothing has happened. Only where the device has no room for two does the
    current one leave first; it comes back if the next one still does not start.
    """

    ready = Signal(object)  # Host: it answers from now on
    lost = Signal(object, str)  # Host: it is gone, with its questions; why
    message = Signal(object, dict)  # Host, what it said
    swap_failed = Signal(str, str)  # model id, sentence; the model before stays or comes back
    out = Signal(str)  # no model answers and none is being started: why
    stopped = Signal(str)  # it ended too often and is not started again: why

    def __init__(
        self, session: Session, settings: Settings, catalog: Catalog, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._settings, self._catalog = session, settings, catalog
        self.is_opening: Callable[[], bool] = lambda: False  # a picture needs the processor now
        self._alive: set[Host] = set()  # every process that is not gone
        self.current: Host | None = None
        self.next: Host | None = None
        self._before: Host | None = None  # comes back where the next one fails
        self._room_for: tuple[Host, Entry] | None = None  # who leaves, and what starts then
        self._deaths: deque[float] = deque(maxlen=RESTARTS)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._start_again)
        settings.changed.connect(self._on_setting)

    @property
    def starting(self) -> bool:
        """Whether a model is on its way."""
        return self.next is not None or self._room_for is not None or self._again.isActive()

    @property
    def pids(self) -> list[int]:
        """Process numbers of the models that run, the one in use first."""
        order = sorted(self._alive, key=lambda host: host is not self.current)
        return [host.process.pid for host in order if host.process.pid]

    # -- asked -------------------------------------------------------------------------------

    def use(self, model_id: str, *, anew: bool = False) -> None:
        """Load a model beside the one in use and take it up when it is ready.

        Args:
            model_id: see ``Catalog.get``.
            anew: start it even if it is the one that answers.

        Raises:
            EngineError: no such model.
        """
        entry = self._catalog.get(model_id)
        device = self._settings.value("device", "auto")
        self._again.stop()
        self._room_for = None
        replaced, self.next = self.next, None
        if replaced is not None:
            replaced.process.kill()
        if self.current is not None and self.current.serves(entry, device) and not anew:
            self.ready.emit(self.current)
        else:
            self._start(entry, device)

    def restart(self) -> None:
        """Start the model in use anew: after it ended too often, or to try the GPU again.

        Raises:
            EngineError: it is no longer there.
        """
        self._deaths.clear()
        if self._session.model.id:
            self.use(self._session.model.id, anew=True)

    def stop(self) -> None:
        """End the model in use now, whatever it does, and start it anew."""
        current, self.current = self.current, None
        if current is None:
            return
        current.process.kill()
        if self.next is None:
            self._start(current.entry, current.device)

    def close(self) -> None:
        """End every process and delete what it wrote; call once, before the program ends."""
        self._again.stop()
        self.current = self.next = self._room_for = None  # their end is no failure now
        for host in list(self._alive):
            host.process.kill()

    # -- what becomes of them ----------------------------------------------------------------

    def _start(self, entry: Entry, device: str) -> None:
        command = child_command("model", str(entry.folder), "--device", device)
        process = ModelProcess(command, self)
        host = self.next = Host(process, entry, device)
        self._alive.add(host)
        process.ready.connect(lambda hello: self._on_ready(host, hello))
        process.answered.connect(lambda message: self.message.emit(host, message))
        process.gone.connect(lambda reason: self._on_gone(host, reason))
        if self.current is None:
            self._say(entry, "starting")
        QTimer.singleShot(START_AFTER_MS, self, lambda: self._run(host, START_AFTER_MS))

    def _run(self, host: Host, waited: int) -> None:
        if host is self.next and self.is_opening() and waited < LATEST_MS:
            QTimer.singleShot(LOOK_MS, self, lambda: self._run(host, waited + LOOK_MS))
        elif host is self.next:
            host.process.start()
        elif not host.process.pid:
            self._alive.discard(host)  # another was wanted meanwhile

    def _say(self, entry: Entry, state: Any, reason: str = "") -> None:
        self._session.set_model(ModelState(entry.id, entry.card.name, state, "", reason))

    def _on_ready(self, host: Host, hello: dict[str, Any]) -> None:
        if host is not self.next:
            return
        old, self.current, self.next = self.current, host, None
        self._before = None
        if old is not None:
            old.process.leave()
        provider = str(hello.get("provider_text") or hello.get("provider", ""))
        self._say(host.entry, "ready", str(hello.get("reason", "")))
        self._session.set_model(replace(self._session.model, provider=provider))
        self.ready.emit(host)

    def _on_gone(self, host: Host, reason: str) -> None:
        # Its object stays our child until the end: deleting a sender whose connections hold it is
        # what crashed before, and a swap a day leaks nothing that matters.
        self._alive.discard(host)
        if host is self.next:
            self._on_next_gone(host, reason)
        elif host is self.current:
            self._on_current_gone(host, reason)
        elif self._room_for is not None and host is self._room_for[0]:
            entry, self._room_for = self._room_for[1], None
            self._start(entry, host.device)
        self.lost.emit(host, reason)

    def _on_next_gone(self, host: Host, reason: str) -> None:
        self.next = None
        if host.process.no_room and self.current is not None:
            self._before, self.current = self.current, None
            self._room_for = (self._before, host.entry)
            self._say(host.entry, "starting")
            self._before.process.leave()
            return
        before, self._before = self._before, None
        if self.current is None and before is not None:
            self._start(before.entry, before.device)
        elif self.current is None:
            self._say(host.entry, "failed", reason)
            self.out.emit(reason)
        self.swap_failed.emit(host.entry.id, reason)

    def _on_current_gone(self, host: Host, reason: str) -> None:
        self.current = None
        if self.next is not None:  # the one that is to follow takes over all the sooner
            self._before = host
            self._say(host.entry, "starting", reason)
            return
        now = time.monotonic()
        recent = sum(now - each < WITHIN for each in self._deaths)
        self._deaths.append(now)
        self._say(host.entry, "failed", reason)
        if recent < RESTARTS:
            self._again.start(BACK_OFF_MS[recent])
        else:
            self.out.emit(reason)
            self.stopped.emit(reason)

    def _start_again(self) -> None:
        model = self._session.model
        if self.current is not None or self.next is not None or not model.id:
            return
        try:
            self.use(model.id)
        except EngineError as problem:
            self._session.set_model(replace(model, state="failed", reason=str(problem)))
            self.out.emit(str(problem))

    def _on_setting(self, key: str) -> None:
        """Another device: the same model there, beside the one that answers."""
        model = self._session.model
        if key != "device" or not model.id:
            return
        try:
            self.use(model.id)
        except EngineError as problem:
            self.swap_failed.emit(model.id, str(problem))

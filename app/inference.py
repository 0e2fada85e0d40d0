"""Ask the model in use, and change to another one when that one is ready."""

import time
from collections import deque
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import Relay
from app.model_process import ModelProcess
from app.scout import GotAnswer, GotInspection, Scout
from app.session import ModelState, Session
from app.settings import Settings
from app.workers import Workers
from engine.errors import EngineError
from engine.jobs.launch import child_command
from engine.models.answer import Answer, load_answer
from engine.models.card import Card
from engine.models.catalog import Catalog, Entry

RESTARTS, WITHIN = 3, 60.0  # then a message instead of another start; seconds
BACK_OFF_MS = (0, 500, 2000)  # before each of those starts


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked of the model that is not answered yet.

    Attributes:
        since: when it was asked, as ``time.monotonic`` counts.
    """

    image_id: int
    path: Path
    since: float


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


class Inference(QObject):
    """The model that answers now.

    A swap starts the next model beside the current one and changes over when it says it is ready;
    if it never does, nothing has happened. Only where the device has no room for two does the
    current one leave first; it comes back if the next one still does not start. Questions already
    asked are answered by the model they were asked of. Answers are read from their files on a
    worker thread.
    """

    answered = Signal(int, object)  # image id, Answer
    failed = Signal(int, str)  # image id, sentence
    swapped = Signal(str)  # the model id that answers from now on
    swap_failed = Signal(str, str)  # model id, sentence; the model before stays or comes back
    stopped = Signal(str)  # the model in use ended too often and is not started again: why
    moved = Signal(str)  # it answers on another device than before: why

    def __init__(
        self,
        session: Session,
        settings: Settings,
        catalog: Catalog,
        workers: Workers,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings, self._catalog = session, settings, catalog
        self._workers = workers
        self._ids = count(1)
        self._hosts: set[Host] = set()  # every process that is not gone
        self._current: Host | None = None
        self._next: Host | None = None
        self._before: Entry | None = None  # answered last; comes back where the next one fails
        self._making_room: Entry | None = None  # starts when the current one has left
        self._asked: dict[int, tuple[Question, Host]] = {}  # by question id
        self._latest: dict[int, int] = {}  # image id → newest question id
        self._waiting: deque[Question] = deque()  # until a model is ready
        self._deaths: deque[float] = deque(maxlen=RESTARTS)
        self._scout = Scout(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_read)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._start_again)
        session.project_changed.connect(self._forget_questions)
        settings.changed.connect(self._on_setting)

    # -- the model in use --------------------------------------------------------------------

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
        self._making_room = None
        replaced, self._next = self._next, None
        if replaced is not None:
            replaced.process.kill()
        if self._current is not None and self._current.serves(entry, device) and not anew:
            self.swapped.emit(entry.id)
            return
        self._start(entry, device)

    def _start(self, entry: Entry, device: str) -> None:
        command = child_command("model", str(entry.folder), "--device", device)
        process = ModelProcess(command, self)
        host = self._next = Host(process, entry, device)
        self._hosts.add(host)
        process.ready.connect(lambda hello: self._on_ready(host, hello))
        process.answered.connect(lambda message: self._on_answer(host, message))
        process.gone.connect(lambda reason: self._on_gone(host, reason))
        if self._current is None:
            self._session.set_model(ModelState(entry.id, entry.card.name, "starting"))
        process.start()

    def restart(self) -> None:
        """Start the model in use anew: after it ended too often, or to try the GPU again.

        Raises:
            EngineError: it is no longer there.
        """
        self._deaths.clear()
        if self._session.model.id:
            self.use(self._session.model.id, anew=True)

    def propose(self, image_id: int) -> None:
        """Ask the model about an image of the project; ``answered`` or ``failed`` follows.

        A question that is not answered yet is not asked twice.

        Raises:
            EngineError: the model is no longer there.
        """
        row = self._session.row(image_id)
        if row is None:
            return
        question = Question(image_id, row.path, time.monotonic())
        if self._current is not None:
            latest = self._asked.get(self._latest.get(image_id, 0))
            if latest is None or latest[1] is not self._current:
                self._ask(self._current, question)
        elif all(image_id != each.image_id for each in self._waiting):
            self._wait(question)

    def _wait(self, question: Question) -> None:
        if not self._session.model.id:
            self.failed.emit(question.image_id, "There is no model yet. Add one, or draw without.")
            return
        self._waiting.append(question)
        self._show_state()
        if self._next is None and self._making_room is None:
            self.use(self._session.model.id)

    def asked_since(self, image_id: int) -> float | None:
        """Since when an answer about an image is awaited (``time.monotonic``); None for none."""
        found = self._asked.get(self._latest.get(image_id, 0))
        return None if found is None else found[0].since

    def stop(self) -> None:
        """Give up what was asked: the model in use is ended and starts anew."""
        self._forget_questions()
        current, self._current = self._current, None
        if current is None:
            return
        current.process.kill()
        if self._next is None:
            self._start(current.entry, current.device)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._asked or self._waiting)

    @property
    def pids(self) -> list[int]:
        """Process numbers of the models that run, the one in use first."""
        first = [self._current] if self._current is not None else []
        rest = [each for each in self._hosts if each is not self._current]
        return [host.process.pid for host in (*first, *rest) if host.process.pid]

    def close(self) -> None:
        """End every model process and delete what they wrote; call once, before the program ends.

        Answers that are being read are not awaited: their files go with the folder.
        """
        self._again.stop()
        self._current = self._next = None  # so that their end is not taken for a failure
        for host in list(self._hosts):
            host.process.kill()
        self._scout.close()

    # -- questions that are not for the model in use ------------------------------------------

    def inspect(
        self, file: Path, done: GotInspection, image: Path | None = None, trust: str = ""
    ) -> None:
        """What a model file tells of itself; see ``Scout.inspect``."""
        self._scout.inspect(file, done, image, trust)

    def preview(self, folder: Path, image: Path, done: GotAnswer) -> None:
        """What a model of the catalog that is not in use says of a picture."""
        self._scout.preview_model(folder, image, done)

    def preview_draft(
        self, file: Path, card: Card, image: Path, done: GotAnswer, trust: str = ""
    ) -> None:
        """What a file says when it is read as a draft of a card tells; see ``Scout.preview``."""
        self._scout.preview(file, card, image, done, trust)

    # -- replies -----------------------------------------------------------------------------

    def _ask(self, host: Host, question: Question) -> None:
        number = next(self._ids)
        self._asked[number] = (question, host)
        self._latest[question.image_id] = number
        host.process.ask({"id": number, "op": "predict", "image": str(question.path)})
        self._show_state()

    def _on_ready(self, host: Host, hello: dict[str, Any]) -> None:
        if host is not self._next:
            return
        old, self._current, self._next = self._current, host, None
        self._before = None
        if old is not None:
            old.process.leave()
        provider = str(hello.get("provider_text") or hello.get("provider", ""))
        reason, name = str(hello.get("reason", "")), host.entry.card.name
        self._session.set_model(ModelState(host.entry.id, name, "ready", provider, reason))
        self.swapped.emit(host.entry.id)
        while self._waiting and self._current is host:
            self._ask(host, self._waiting.popleft())

    def _on_gone(self, host: Host, reason: str) -> None:
        """A process ended. Its object stays our child until the end: deleting a sender whose
        connections hold it is what crashed before, and a swap a day leaks nothing that matters.
        """
        self._hosts.discard(host)
        lost = [number for number, (_, asked) in self._asked.items() if asked is host]
        questions = [self._asked.pop(number)[0] for number in lost]
        making_room, self._making_room = self._making_room, None
        if host is self._next:
            self._on_next_gone(host, reason)
        elif host is self._current:
            self._on_current_gone(host, reason)
        elif making_room is not None:
            self._start(making_room, host.device)
        for question in questions:
            self.failed.emit(question.image_id, reason or "The model was ended.")
        self._show_state()

    def _on_next_gone(self, host: Host, reason: str) -> None:
        self._next = None
        if host.process.no_room and self._current is not None:
            leaving, self._current = self._current, None
            self._before, self._making_room = leaving.entry, host.entry
            self._session.set_model(ModelState(host.entry.id, host.entry.card.name, "starting"))
            leaving.process.leave()
            return
        before, self._before = self._before, None
        if self._current is None and before is not None:
            self._start(before, host.device)
        elif self._current is None:
            name = host.entry.card.name
            self._session.set_model(ModelState(host.entry.id, name, "failed", "", reason))
            self._fail_waiting(reason)
        self.swap_failed.emit(host.entry.id, reason)

    def _on_current_gone(self, host: Host, reason: str) -> None:
        self._current = None
        now = time.monotonic()
        often = len(self._deaths) == RESTARTS and now - self._deaths[0] < WITHIN
        recent = sum(now - each < WITHIN for each in self._deaths)
        self._deaths.append(now)
        name = host.entry.card.name
        if self._next is not None:  # the one that is to follow takes over all the sooner
            self._before = host.entry
            self._session.set_model(ModelState(host.entry.id, name, "starting", "", reason))
            return
        self._session.set_model(ModelState(host.entry.id, name, "failed", "", reason))
        if often:
            self._fail_waiting(reason)
            self.stopped.emit(reason)
        else:
            self._again.start(BACK_OFF_MS[min(recent, RESTARTS - 1)])

    def _start_again(self) -> None:
        """After the model in use has ended by itself."""
        model = self._session.model
        if self._current is not None or self._next is not None or not model.id:
            return
        try:
            self.use(model.id)
        except EngineError as problem:
            self._session.set_model(replace(model, state="failed", reason=str(problem)))
            self._fail_waiting(str(problem))

    def _fail_waiting(self, reason: str) -> None:
        while self._waiting:
            self.failed.emit(self._waiting.popleft().image_id, reason)

    def _forget_questions(self) -> None:
        """Answers that still come are for images of another project."""
        self._asked.clear()
        self._latest.clear()
        self._waiting.clear()
        self._show_state()

    def _on_setting(self, key: str) -> None:
        """Another device: the same model there, beside the one that answers."""
        model = self._session.model
        if key == "device" and model.id:
            try:
                self.use(model.id)
            except EngineError as problem:
                self.swap_failed.emit(model.id, str(problem))

    def _on_answer(self, host: Host, message: dict[str, Any]) -> None:
        number = message.get("id", 0)
        question, _ = self._asked.pop(number, (None, host))
        if host is self._current:
            self._show_provider(message)
        self._show_state()
        wanted = question is not None and self._latest.get(question.image_id) == number
        if "answer" in message:
            path, asked = Path(message["answer"]), question if wanted else None
            self._workers.run(lambda: self._relay.send((asked, number, _read(path, bool(asked)))))
        elif question is not None and wanted:
            self.failed.emit(
                question.image_id, str(message.get("error", "The model said nothing."))
            )

    def _on_read(self, read: tuple[Question | None, int, Answer | str]) -> None:
        question, number, answer = read
        if question is None or self._latest.get(question.image_id) != number:
            return  # asked again meanwhile, or of another project
        del self._latest[question.image_id]
        if isinstance(answer, str):
            self.failed.emit(question.image_id, answer)
        else:
            self.answered.emit(question.image_id, answer)

    def _show_provider(self, message: dict[str, Any]) -> None:
        """The provider of an answer is the one that gave it: a GPU may have been left since."""
        before = self._session.model
        if "provider_text" not in message:
            return
        reason = str(message.get("reason", ""))
        provider = str(message["provider_text"])
        self._session.set_model(replace(before, provider=provider, reason=reason))
        if reason and reason != before.reason:
            self.moved.emit(reason)

    def _show_state(self) -> None:
        state = self._session.model
        if state.state in ("ready", "busy"):
            self._session.set_model(replace(state, state="busy" if self.busy else "ready"))


def _read(path: Path, wanted: bool) -> Answer | str:
    """The answer in a file, which is deleted; "" where nobody wants it any more."""
    try:
        return load_answer(path) if wanted else ""
    except EngineError as problem:
        return str(problem)
    finally:
        path.unlink(missing_ok=True)

"""Ask the model in use, and change to another one when that one is ready."""

import time
from collections import deque
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

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
from engine.models.catalog import Catalog

RESTARTS, WITHIN = 3, 60.0  # then a message instead of another start; seconds


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked of the model that is not answered yet."""

    image_id: int
    path: Path


class Inference(QObject):
    """The model that answers now.

    A swap starts the next model beside the current one and changes over when it says it is ready;
    if it never does, nothing has happened. Questions already asked are answered by the model they
    were asked of. Answers are read from their files on a worker thread.
    """

    answered = Signal(int, object)  # image id, Answer
    failed = Signal(int, str)  # image id, sentence
    swapped = Signal(str)  # the model id that answers from now on
    swap_failed = Signal(str, str)  # model id, sentence; the old model stays

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
        self._current: ModelProcess | None = None
        self._next: ModelProcess | None = None
        self._asked: dict[int, Question] = {}  # by question id
        self._latest: dict[int, int] = {}  # image id → newest question id
        self._waiting: deque[Question] = deque()  # until a model is ready
        self._starts: deque[float] = deque(maxlen=RESTARTS)
        self._scout = Scout(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_read)

    # -- the model in use --------------------------------------------------------------------

    def use(self, model_id: str) -> None:
        """Load a model beside the one in use and take it up when it is ready.

        Raises:
            EngineError: no such model.
        """
        entry = self._catalog.get(model_id)
        replaced, self._next = self._next, None
        if replaced is not None:
            replaced.kill()
        device = self._settings.value("device", "auto")
        process = ModelProcess(child_command("model", str(entry.folder), "--device", device), self)
        self._next = process
        process.ready.connect(lambda hello: self._on_ready(process, entry.id, hello))
        process.answered.connect(self._on_answer)
        process.gone.connect(lambda reason: self._on_gone(process, entry.id, reason))
        if self._current is None:
            self._session.set_model(ModelState(entry.id, entry.card.name, "starting"))
        process.start()

    def propose(self, image_id: int) -> None:
        """Ask the model about an image of the project; ``answered`` or ``failed`` follows."""
        row = self._session.row(image_id)
        if row is None:
            return
        question = Question(image_id, row.path)
        if self._current is not None:
            self._ask(question)
        elif self._next is not None:
            self._waiting.append(question)
        elif self._session.model.id:
            self._waiting.append(question)
            self.use(self._session.model.id)
        else:
            self.failed.emit(image_id, "There is no model yet. Add one, or draw without it.")

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._asked or self._waiting)

    def close(self) -> None:
        """End every model process; call once, before the program ends."""
        running = [each for each in (self._current, self._next) if each is not None]
        self._current = self._next = None  # so that their end is not taken for a failure
        for process in running:
            process.kill()
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

    def _ask(self, question: Question) -> None:
        assert self._current is not None
        number = next(self._ids)
        self._asked[number] = question
        self._latest[question.image_id] = number
        self._current.ask({"id": number, "op": "predict", "image": str(question.path)})
        self._show_state()

    def _on_ready(self, process: ModelProcess, model_id: str, hello: dict[str, Any]) -> None:
        if process is not self._next:
            return
        old, self._current, self._next = self._current, process, None
        if old is not None:
            old.leave()
        entry = self._catalog.get(model_id)
        self._session.set_model(
            ModelState(
                model_id,
                entry.card.name,
                "ready",
                hello.get("provider_text") or hello.get("provider", ""),
                hello.get("reason", ""),
            )
        )
        self.swapped.emit(model_id)
        while self._waiting:
            self._ask(self._waiting.popleft())

    def _on_gone(self, process: ModelProcess, model_id: str, reason: str) -> None:
        if process is self._next:
            self._next = None
            self._fail_waiting(reason)
            if self._current is None:
                name = self._session.model.name
                self._session.set_model(ModelState(model_id, name, "failed", "", reason))
            self.swap_failed.emit(model_id, reason)
        elif process is self._current:
            self._current = None
            lost, self._asked = list(self._asked.values()), {}
            now = time.monotonic()
            often = len(self._starts) == RESTARTS and now - self._starts[0] < WITHIN
            self._starts.append(now)
            for question in lost:
                self.failed.emit(question.image_id, reason)
            name = self._session.model.name
            self._session.set_model(ModelState(model_id, name, "failed", "", reason))
            if not often:
                self.use(model_id)
        # The process object stays our child until the end: deleting a sender whose connections
        # hold it is what crashed before, and a swap a day leaks nothing that matters.

    def _fail_waiting(self, reason: str) -> None:
        while self._waiting:
            self.failed.emit(self._waiting.popleft().image_id, reason)

    def _on_answer(self, message: dict[str, Any]) -> None:
        number = message.get("id", 0)
        question = self._asked.pop(number, None)
        self._show_state()
        if question is None:
            return
        stale = self._latest.get(question.image_id) != number
        if "answer" in message:
            path = Path(message["answer"])
            self._workers.run(lambda: self._relay.send((question, stale, _read(path))))
        elif not stale:
            self.failed.emit(
                question.image_id, str(message.get("error", "The model said nothing."))
            )

    def _on_read(self, read: tuple[Question, bool, Answer | str]) -> None:
        question, stale, answer = read
        if stale:
            return
        if isinstance(answer, str):
            self.failed.emit(question.image_id, answer)
        else:
            self.answered.emit(question.image_id, answer)

    def _show_state(self) -> None:
        state = self._session.model
        if state.state in ("ready", "busy"):
            self._session.set_model(replace(state, state="busy" if self._asked else "ready"))


def _read(path: Path) -> Answer | str:
    try:
        return load_answer(path)
    except EngineError as problem:
        return str(problem)
    finally:
        path.unlink(missing_ok=True)

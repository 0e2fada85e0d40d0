"""Ask the model in use, and change to another one when that one is ready."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.bridge import Relay
from app.model_host import Host, ModelHost
from app.scout import GotAnswer, GotInspection, Scout
from app.session import Session
from app.settings import Settings
from app.workers import Workers
from engine.errors import EngineError
from engine.images.picture import Picture
from engine.models.answer import Answer, load_answer
from engine.models.card import Card
from engine.models.catalog import Catalog

NO_MODEL = "There is no model yet. Add one, or draw without it."


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked of the model that is not answered yet.

    Attributes:
        picture: what it is asked about, as it shows.
        since: when it was asked, as ``time.monotonic`` counts.
    """

    image_id: int
    picture: Picture
    since: float


class Inference(QObject):
    """Questions to the model that answers now, and their answers.

    Questions are answered by the model they were asked of, also during a swap (`ModelHost`).
    Answers are read from their files on a worker thread.
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
        self._session, self._workers, self._catalog = session, workers, catalog
        self._ids = count(1)
        self._asked: dict[int, tuple[Question, Host]] = {}  # by question id
        self._latest: dict[int, int] = {}  # image id → newest question id
        self._waiting: deque[Question] = deque()  # until a model is ready
        self._scout = Scout(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_read)
        self._host = ModelHost(session, settings, catalog, self)
        self._host.ready.connect(self._on_ready)
        self._host.lost.connect(self._on_lost)
        self._host.message.connect(self._on_answer)
        self._host.out.connect(self._fail_waiting)
        self._host.swap_failed.connect(self.swap_failed)
        self._host.stopped.connect(self.stopped)
        session.project_changed.connect(self._forget_questions)

    def yield_to(self, is_opening: Callable[[], bool]) -> None:
        """Start models a little later while a picture is being opened."""
        self._host.is_opening = is_opening

    # -- asking ------------------------------------------------------------------------------

    def use(self, model_id: str) -> None:
        """Load a model beside the one in use and take it up when it is ready.

        Raises:
            EngineError: no such model.
        """
        self._host.use(model_id)

    def restart(self) -> None:
        """Start the model in use anew; see ``ModelHost.restart``."""
        self._host.restart()

    def propose(self, image_id: int) -> None:
        """Ask the model about an image of the project; ``answered`` or ``failed`` follows.

        A question that is not answered yet is not asked twice.

        Raises:
            EngineError: the model has stopped, and is no longer there to be started.
        """
        row = self._session.row(image_id)
        if row is None:
            return
        question = Question(image_id, self._session.toning.picture(row), time.monotonic())
        current = self._host.current
        if current is not None:
            latest = self._asked.get(self._latest.get(image_id, 0))
            if latest is None or latest[1] is not current:
                self._ask(current, question)
        elif all(image_id != each.image_id for each in self._waiting):
            self._wait(question)

    def _wait(self, question: Question) -> None:
        if not self._session.model.id and not self._host.starting:
            self.failed.emit(question.image_id, NO_MODEL)
            return
        if not self._host.starting:
            self._host.restart()
        self._waiting.append(question)

    def asked_since(self, image_id: int) -> float | None:
        """Since when an answer about an image is awaited (``time.monotonic``); None for none."""
        found = self._asked.get(self._latest.get(image_id, 0))
        return None if found is None else found[0].since

    def card_of(self, model_id: str) -> Card:
        """The card of the model that gave an answer.

        Raises:
            EngineError: no such model any more.
        """
        current = self._host.current
        if current is not None and current.entry.id == model_id:
            return current.entry.card
        return self._catalog.get(model_id).card

    def stop(self) -> None:
        """Give up what was asked: the model in use is ended and starts anew."""
        self._forget_questions()
        self._host.stop()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._asked or self._waiting)

    @property
    def pids(self) -> list[int]:
        """Process numbers of the models that run, the one in use first."""
        return self._host.pids

    def close(self) -> None:
        """End every model process and delete what they wrote; call once, before the program ends.

        Answers that are being read are not awaited: their files go with the folder.
        """
        self._host.close()
        self._scout.close()

    # -- questions that are not for the model in use ------------------------------------------

    def inspect(
        self,
        file: Path,
        done: GotInspection,
        images: Sequence[Picture] = (),
        trust: str = "",
        network: str = "",
    ) -> None:
        """What a model file tells of itself; see ``Scout.inspect``."""
        self._scout.inspect(file, done, images, trust, network)

    def preview(self, folder: Path, image: Picture, done: GotAnswer) -> None:
        """What a model of the catalog that is not in use says of a picture."""
        self._scout.preview_model(folder, image, done)

    def preview_draft(
        self, file: Path, card: Card, image: Picture, done: GotAnswer, trust: str = ""
    ) -> None:
        """What a file says when it is read as a draft of a card tells; see ``Scout.preview``."""
        self._scout.preview(file, card, image, done, trust)

    # -- replies -----------------------------------------------------------------------------

    def _ask(self, host: Host, question: Question) -> None:
        number = next(self._ids)
        self._asked[number] = (question, host)
        self._latest[question.image_id] = number
        host.process.ask({"id": number, "op": "predict", **question.picture.as_json()})
        self._show_state()

    def _on_ready(self, host: Host) -> None:
        self._show_state()
        self.swapped.emit(host.entry.id)
        while self._waiting:
            self._ask(host, self._waiting.popleft())

    def _on_lost(self, host: Host, reason: str) -> None:
        gone = [number for number, (_, asked) in self._asked.items() if asked is host]
        for question in [self._asked.pop(number)[0] for number in gone]:
            self.failed.emit(question.image_id, reason or "The model was ended.")
        self._show_state()

    def _fail_waiting(self, reason: str) -> None:
        while self._waiting:
            self.failed.emit(self._waiting.popleft().image_id, reason)

    def _forget_questions(self) -> None:
        """Answers that still come are of another project, or nobody wants them any more."""
        self._asked.clear()
        self._latest.clear()
        self._waiting.clear()
        self._show_state()

    def _on_answer(self, host: Host, message: dict[str, Any]) -> None:
        number = message.get("id", 0)
        question, _ = self._asked.pop(number, (None, host))
        if question is not None and self._latest.get(question.image_id) != number:
            question = None  # it was asked again meanwhile
        if host is self._host.current:
            self._show_provider(message)
        self._show_state()
        if "answer" in message:
            path = Path(message["answer"])
            self._workers.run(
                lambda: self._relay.send((question, number, _read(path, question is not None)))
            )
        elif question is not None:
            self.failed.emit(
                question.image_id, str(message.get("error", "The model said nothing."))
            )

    def _on_read(self, read: tuple[Question | None, int, Answer | str]) -> None:
        question, number, answer = read
        if question is None or self._latest.get(question.image_id) != number:
            return
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
            self._session.set_model(replace(state, state="busy" if self._asked else "ready"))


def _read(path: Path, wanted: bool) -> Answer | str:
    """The answer in a file, which is deleted; "" where nobody wants it any more."""
    try:
        return load_answer(path) if wanted else ""
    except EngineError as problem:
        return str(problem)
    finally:
        path.unlink(missing_ok=True)

"""Questions about files and models that are not in use, to a model process without a model."""

import json
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer

from app.model_process import ModelProcess
from engine.child import child_command
from engine.errors import EngineError
from engine.images.picture import Picture
from engine.models.answer import Answer, load_answer
from engine.models.card import Card, load_card

IDLE_MS = 30_000  # a process that is not asked again gives its memory back

GotAnswer = Callable[[Answer | None, str], None]
GotInspection = Callable[[dict[str, Any]], None]


class Scout(QObject):
    """Looks into files so that a file that crashes its reader does not crash the window.

    Runs on the CPU: a preview must not take the GPU's memory from the model in use.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: ModelProcess | None = None
        self._ready = False
        self._ids = count(1)
        self._unsent: list[dict[str, Any]] = []
        self._open: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._let_go)

    def inspect(
        self,
        file: Path,
        done: GotInspection,
        images: Sequence[Picture] = (),
        trust: str = "",
        network: str = "",
    ) -> None:
        """What a model file tells of itself.

        Args:
            file: the model file.
            done: called once on the GUI thread with the inspection as data, or ``{"error": …}``.
            images: pictures to try it with; the more, the surer.
            trust: sha256 that the user confirmed, for a file that is a program.
            network: the architecture of a file that holds weights alone, where the user named it.
        """

        def take(message: dict[str, Any]) -> None:
            if "inspection" not in message:
                done({"error": message.get("error", "The file told nothing.")})
                return
            path = Path(message["inspection"])
            try:
                done(json.loads(path.read_bytes()))
            except (OSError, ValueError) as problem:
                done({"error": f"What {file.name} told could not be read: {problem}."})
            finally:
                path.unlink(missing_ok=True)

        question: dict[str, Any] = {"op": "inspect", "file": str(file), "trust": trust}
        pictures = [each.as_json() for each in images]
        self._ask({**question, "images": pictures, "architecture": network}, take)

    def preview(
        self, file: Path, card: Card, image: Picture, done: GotAnswer, trust: str = ""
    ) -> None:
        """What a model file says of a picture when it is read as ``card`` tells.

        Args:
            file: the model file.
            card: the draft.
            image: the picture.
            done: called once on the GUI thread with the answer, or None and a sentence.
            trust: sha256 that the user confirmed.
        """

        def take(message: dict[str, Any]) -> None:
            if "answer" not in message:
                done(None, str(message.get("error", "The model said nothing.")))
                return
            path = Path(message["answer"])
            try:
                answer = load_answer(path)
            except EngineError as problem:
                done(None, str(problem))
            else:
                done(answer, "")
            finally:
                path.unlink(missing_ok=True)

        data = msgspec.to_builtins(card)
        question = {"op": "preview", "file": str(file), "card": data, **image.as_json()}
        self._ask({**question, "trust": trust}, take)

    def preview_model(self, folder: Path, image: Picture, done: GotAnswer) -> None:
        """What a model of the catalog that is not in use says of a picture."""
        try:
            card = load_card(folder)
        except EngineError as problem:
            done(None, str(problem))
            return
        self.preview(folder / card.file, card, image, done)

    def close(self) -> None:
        """End the process; call once, before the program ends."""
        self._open.clear()
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _ask(self, question: dict[str, Any], take: Callable[[dict[str, Any]], None]) -> None:
        number = next(self._ids)
        self._open[number] = take
        self._unsent.append({"id": number, **question})
        self._idle.stop()
        if self._process is None:
            self._start()
        elif self._ready:
            self._send()

    def _start(self) -> None:
        process = ModelProcess(child_command("model", "-", "--device", "cpu"), self)
        self._process, self._ready = process, False
        process.ready.connect(lambda _hello: self._on_ready())
        process.answered.connect(self._on_answer)
        process.gone.connect(lambda reason: self._on_gone(process, reason))
        process.start()

    def _on_ready(self) -> None:
        self._ready = True
        self._send()

    def _send(self) -> None:
        assert self._process is not None
        for question in self._unsent:
            self._process.ask(question)
        self._unsent.clear()

    def _on_answer(self, message: dict[str, Any]) -> None:
        take = self._open.pop(message.get("id", 0), None)
        if not self._open:
            self._idle.start(IDLE_MS)
        if take is not None:
            take(message)

    def _on_gone(self, process: ModelProcess, reason: str) -> None:
        if process is not self._process:
            return
        self._process = None
        waiting, self._open = list(self._open.values()), {}
        self._unsent.clear()
        for take in waiting:
            take({"error": f"The file could not be looked into: {reason or 'it was stopped'}"})

    def _let_go(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.leave()

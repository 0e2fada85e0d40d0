"""What the model process does with a question; `engine.serve` is how it is asked."""

from __future__ import annotations

import itertools
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import psutil

from engine.errors import EngineError
from engine.images.picture import Picture, picture_from
from engine.models import doctor_steps, run_folder
from engine.models.answer import Answer, save_answer
from engine.models.card import Card, check_card, explain
from engine.models.catalog import Catalog, Entry, file_sha256
from engine.models.predictor import Predictor
from engine.runtimes.devices import gpu_memory

_TITLES = {
    "CPUExecutionProvider": "CPU",
    "CUDAExecutionProvider": "CUDA",
    "TensorrtExecutionProvider": "TensorRT",
    "CoreMLExecutionProvider": "CoreML",
    "DmlExecutionProvider": "DirectML",
}


class Server:
    """Answers questions about images with one model, and about model files with any.

    Args:
        model: Folder, id or file; "-" for none.
        device: See `engine.runtimes.base.Options`.
        threads: CPU threads, 0 for all cores but one.
        trust: Hashes of program files confirmed for this process.

    Raises:
        EngineError: The model cannot be opened.
    """

    def __init__(self, model: str, device: str, threads: int, trust: list[str]) -> None:
        self._device, self._threads, self._trust = device, threads, set(trust)
        self._catalog = Catalog()
        self._main = None if model == "-" else self._open(self._catalog.get(model))
        self._draft: tuple[bytes, Predictor] | None = None
        self._folder = run_folder.make()
        self._numbers = itertools.count(1)

    def hello(self) -> dict[str, Any]:
        """What the first line says."""
        return {
            "version": _version(),
            "model": self._main.card.id if self._main else "",
            **self._state(self._main),
        }

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer one question.

        Raises:
            EngineError: It cannot be answered; the text is for the user.
        """
        match question.get("op"):
            case "predict":
                return self._predict(self._model(), question)
            case "preview":
                return self._predict(self._drafted(question), question)
            case "inspect":
                return self._inspect(question)
            case "warm":
                return {"seconds": self._model().warm()}
            case "status":
                return self._state(self._main)
            case "facts":
                return doctor_steps.facts()
            case "torch_step":
                return {"seconds": doctor_steps.torch_step(_text(question, "device"))}
            case other:
                raise EngineError(f"The model process does not know the question “{other}”.")

    def close(self) -> None:
        """Free the models; answers that were not read yet stay for their reader."""
        for each in (self._main, self._draft and self._draft[1]):
            if each:
                each.close()
        run_folder.leave(self._folder)

    def discard(self) -> None:
        """Delete all answers: nobody is left to read them."""
        run_folder.remove(self._folder)

    def _open(self, entry: Entry) -> Predictor:
        trusted = _Either(self._trust, self._catalog)
        return Predictor(entry, self._device, self._threads, trusted)

    def _model(self) -> Predictor:
        if self._main is None:
            raise EngineError("This process has no model; name one when it is started.")
        return self._main

    def _predict(self, model: Predictor, question: dict[str, Any]) -> dict[str, Any]:
        _text(question, "image")
        picture = picture_from(question)
        rgb = model.read(picture)
        begun = time.perf_counter()
        answer = model.predict(rgb, picture.name)
        return {
            "model": answer.model,
            "answer": str(self._saved(answer)),
            "n": len(answer.objects),
            "seconds": round(time.perf_counter() - begun, 4),
            **self._state(model),
        }

    def _saved(self, answer: Answer) -> Path:
        path = self._folder / f"{next(self._numbers)}.answer"
        save_answer(path, answer)
        return path

    def _drafted(self, question: dict[str, Any]) -> Predictor:
        """The model of a draft card; kept open while only the same draft is asked about."""
        file = Path(_text(question, "file"))
        key = msgspec.json.encode([str(file), question.get("card"), question.get("trust", "")])
        if self._draft and self._draft[0] == key:
            return self._draft[1]
        if self._draft:
            self._draft[1].close()
            self._draft = None
        card = draft_card(question.get("card"), file)
        self._confirm(question, file)
        predictor = self._open(Entry(card.id, card, file.parent, "file"))
        self._draft = (key, predictor)
        return predictor

    def _inspect(self, question: dict[str, Any]) -> dict[str, Any]:
        from engine.models.inspect_file import inspect

        file = Path(_text(question, "file"))
        self._confirm(question, file)
        found = inspect(
            file,
            images=[each.read() for each in _images(question)],
            trusted=_Either(self._trust, self._catalog),
            threads=self._threads,
            architecture=str(question.get("architecture", "")),
        )
        path = self._folder / f"{next(self._numbers)}.inspection"
        path.write_bytes(msgspec.json.encode(found))
        return {"inspection": str(path)}

    def _confirm(self, question: dict[str, Any], file: Path) -> None:
        """Trust the file for this process where the question names its own hash."""
        given = question.get("trust")
        if given and given == file_sha256(file):
            self._trust.add(given)

    def _state(self, model: Predictor | None) -> dict[str, Any]:
        if model is None:
            return {"provider": "", "provider_text": "", "reason": "", "threads": 0, "memory": 0}
        return {
            "provider": model.provider,
            "provider_text": provider_text(model),
            "reason": model.provider_reason,
            "threads": model.threads,
            "memory": psutil.Process().memory_info().rss,
        }


class _Either:
    """Trusted in this process, or in the user's list."""

    def __init__(self, own: set[str], catalog: Catalog) -> None:
        self._own, self._catalog = own, catalog

    def __contains__(self, sha256: object) -> bool:
        return sha256 in self._own or sha256 in self._catalog.trusted


def provider_text(model: Predictor) -> str:
    """What the status bar says: "CPU · 2 threads", "CUDA · 1.1 of 8 GB"."""
    if model.on_cpu:
        threads = f"{model.threads} thread{'' if model.threads == 1 else 's'}"
        after = ", after GPU failed" if "ran out of memory" in model.provider_reason else ""
        return f"CPU{after} · {threads}"
    title = _TITLES.get(model.provider, model.provider.removeprefix("torch ").upper())
    memory = gpu_memory() if "CUDA" in title or "TensorRT" in title else None
    if memory is None:
        return title
    used, total = (value / 2**30 for value in memory)
    return f"{title} · {used:.1f} of {total:.0f} GB"


def draft_card(data: Any, file: Path) -> Card:
    """A card as the add-model sheet has it so far, for a file anywhere.

    Raises:
        EngineError: The key that is wrong, in a sentence.
    """
    if not isinstance(data, dict):
        raise EngineError("A preview needs the card so far.")
    try:
        card = msgspec.convert({**data, "file": file.name}, Card, strict=False)
    except msgspec.ValidationError as error:
        raise EngineError(f"The card so far: {explain(str(error))}") from error
    return check_card(card, "the card so far")


def _text(question: dict[str, Any], key: str) -> str:
    value = question.get(key)
    if not isinstance(value, str) or not value:
        raise EngineError(f"The question names no {key}.")
    return value


def _images(question: dict[str, Any]) -> list[Picture]:
    """The pictures named by "images", or by "image"."""
    given = question.get("images") or [question]
    named = [{"image": each} if isinstance(each, str) else each for each in given]
    return [picture_from(each) for each in named if each.get("image")][:5]


def _version() -> str:
    try:
        return metadata.version("maskwright")
    except metadata.PackageNotFoundError:
        return "0"

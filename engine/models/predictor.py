"""A loaded model that answers images: the one door to inference for the server and the jobs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.images.picture import Picture
from engine.models import onnx_checks, prepare, scores, semantic, tiled
from engine.models.ahead import answers
from engine.models.answer import Answer, Found
from engine.models.card import Card, check_card
from engine.models.catalog import Catalog, Entry, file_sha256
from engine.runtimes.base import Options, OutOfMemory, Runtime, open_runtime
from engine.runtimes.file_kind import FileKind, kind_of

Key = TypeVar("Key")
Result = TypeVar("Result")
RGB = NDArray[np.uint8]


class Predictor:
    """One model, open on one device.

    May be called from several threads: the network itself runs one image at a time.

    Args:
        entry: The model.
        device: "auto", "cpu", "cuda", …; see `engine.runtimes.base.Options`.
        threads: CPU threads, 0 for all cores but one.
        trusted: Hashes of program files that may run; the user's list by default.

    Raises:
        EngineError: It cannot be opened; the text says why.
    """

    def __init__(
        self,
        entry: Entry,
        device: str = "auto",
        threads: int = 0,
        trusted: Container[str] | None = None,
    ) -> None:
        self.entry = entry
        self.card: Card = check_card(entry.card)
        self.provider_reason = ""
        self._threads = threads
        self._trusted = Catalog().trusted if trusted is None else trusted
        self._digest = _digest(entry)
        self._pace: dict[str, float] = {}
        self._running = threading.Lock()
        self._runtime: Runtime = self._open(device)
        self._check_names()

    @property
    def provider(self) -> str:
        """What really runs it, such as "CPUExecutionProvider"."""
        return self._runtime.provider

    @property
    def threads(self) -> int:
        """CPU threads it runs with."""
        return self._runtime.threads

    @property
    def on_cpu(self) -> bool:
        """True where the network runs on the processor."""
        return self.provider in {"CPUExecutionProvider", "torch cpu"}

    @property
    def fallback(self) -> str:
        """Why the processor answers and not the device that was wanted; "" where all is well."""
        reason = self.provider_reason if self.on_cpu else ""
        return f"{reason} The CPU is used." if reason else ""

    def predict(self, rgb: RGB, name: str = "") -> Answer:
        """Masks for one image.

        Args:
            rgb: (height, width, 3) uint8, oriented.
            name: Of the image, for messages.

        Returns:
            Objects in the image's own resolution.

        Raises:
            EngineError: The network does not take this image, or memory ran out.
        """
        before = self.provider
        answer = self._retrying(name, lambda: self._predict(rgb))
        if self.provider == before:
            return answer
        return replace(answer, notes=(*answer.notes, self.provider_reason))

    def labels(self, rgb: RGB, name: str = "") -> semantic.Labels:
        """The winning class of each pixel, for metrics.

        Where classes may overlap the likeliest of those above the threshold wins.

        Args:
            rgb: As for `predict`.
            name: Of the image, for messages.

        Returns:
            (height, width): index of a class of the card; `answer.NOTHING` (255; 65535 in uint16)
            where it is none of them.

        Raises:
            EngineError: As `predict`.
        """
        return self._retrying(name, lambda: self._evidence(rgb).labels())

    def judged(self, rgb: RGB, name: str = "") -> tuple[semantic.Labels, list[Found]]:
        """What `labels` and `predict` find, from one run of the network.

        Args:
            rgb: As for `predict`.
            name: Of the image, for messages.

        Raises:
            EngineError: As `predict`.
        """

        def work() -> tuple[semantic.Labels, list[Found]]:
            evidence = self._evidence(rgb)
            return evidence.labels(), semantic.found_in(evidence)[0]

        return self._retrying(name, work)

    def field(self, rgb: RGB) -> semantic.Field:
        """What the network says before it becomes masks; the image is not cut into windows.

        Raises:
            EngineError: As `predict`.
        """
        frame = prepare.frame_for(self.card.input, (rgb.shape[0], rgb.shape[1]))
        tensor = prepare.tensor(rgb, self.card.input, frame)
        return semantic.field_of(self._ask(tensor), frame)

    def warm(self) -> float:
        """Run once on a grey image, so that the first real one is quick; seconds it took."""
        begun = time.perf_counter()
        self.predict(np.full((256, 256, 3), 127, np.uint8))
        return time.perf_counter() - begun

    def close(self) -> None:
        """Free the device's memory."""
        self._runtime.close()

    def read(self, picture: Picture) -> RGB:
        """An image as this model is given it: with the tone it learned with, see ``Picture.shown``.

        Raises:
            EngineError: It is no image that can be read.
        """
        return picture.read(self.card.learned_tone)

    def predict_many(
        self,
        images: Iterable[tuple[Key, Path | Picture]],
        ahead: int = 3,
        read: Callable[[Picture], RGB] | None = None,
    ) -> Iterator[tuple[Key, Answer | EngineError]]:
        """Answer many images, in order; files are decoded and masks made while the network runs.

        Args:
            images: (key, picture) each; a bare file is its first page in the automatic tone.
            ahead: Images worked on at once, fewer where they are large.
            read: Gives an RGB image, `read` by default.

        Yields:
            (key, answer), or (key, error) for an image that could not be read or answered; the
            others go on.
        """
        pictures = (
            (key, each if isinstance(each, Picture) else Picture(each)) for key, each in images
        )
        yield from answers(self.predict, pictures, ahead, read or self.read)

    def _predict(self, rgb: RGB) -> Answer:
        begun = time.perf_counter()
        evidence = self._evidence(rgb)
        objects, notes = semantic.found_in(evidence)
        return Answer(
            model=self.card.id,
            size=(rgb.shape[0], rgb.shape[1]),
            objects=tuple(objects),
            confidence=evidence.confidence(),
            seconds=time.perf_counter() - begun,
            notes=tuple(notes),
        )

    def _evidence(self, rgb: RGB) -> semantic.Evidence:
        if tiled.needed(self.card, (rgb.shape[0], rgb.shape[1])):
            return tiled.read(self.card, self._ask, rgb)
        return semantic.evidence_of(self.card, self.field(rgb))

    def _ask(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """One run of the network: input tensor → (C, h, w) float32 or a class map (h, w)."""
        output = self.card.output
        with self._running:
            runtime = self._runtime
            name = self.card.input.name or runtime.inputs[0].name
            wanted = output.name or (runtime.outputs[0].name if runtime.outputs else "")
            begun = time.perf_counter()
            given = runtime.run({name: tensor}, (wanted,) if wanted else ())
            self._pace[runtime.provider] = time.perf_counter() - begun
        return scores.read_output(next(iter(given.values())), output, self.card.name)

    def _check_names(self) -> None:
        """Refuse a card that names tensors the network does not have."""
        for kind, wanted, there in (
            ("input", self.card.input.name, self._runtime.inputs),
            ("output", self.card.output.name, self._runtime.outputs),
        ):
            names = [each.name for each in there]
            if wanted and names and any(names) and wanted not in names:
                raise EngineError(
                    f"{self.card.name} has no {kind} “{wanted}”; it has {', '.join(names[:8])}."
                    f" Correct {kind}.name in its card."
                )

    def _open(self, device: str) -> Runtime:
        weights = self.entry.weights
        kind = kind_of(weights)
        if kind is FileKind.ONNX:
            onnx_checks.check_file(weights)
        options = Options(
            device=device,
            threads=self._threads,
            trusted=self._digest if self._digest in self._trusted else "",
            architecture=self.card.architecture,
            classes=len(self.card.classes),
            key_prefix=self.card.key_prefix,
        )
        runtime = open_runtime(weights, options)
        self.provider_reason = self.provider_reason or runtime.provider_reason
        return runtime

    def _retrying(self, name: str, work: Callable[[], Result]) -> Result:
        """Run `work`; where the GPU's memory is too small, move to the CPU and run it there."""
        used = self._runtime
        try:
            return work()
        except OutOfMemory as error:
            if self.on_cpu and used is self._runtime:
                where = f" at {name}" if name else ""
                raise EngineError(
                    f"The memory of this computer was too small for {self.card.name}{where}."
                    " Close other programs, or use a smaller image."
                ) from error
        moved = self._move_to_cpu(used, name)
        result = work()
        if moved:
            slower = self._pace.get(self.provider, 0.0) / max(self._pace.get(moved, 0.0), 1e-4)
            told = moved in self._pace and slower > 1.5
            often = f", about {slower:.0f} times slower" if told else ""
            self.provider_reason += f" Maskwright now runs on the CPU{often}. Try the GPU again."
        return result

    def _move_to_cpu(self, used: Runtime, name: str) -> str:
        """Open the network on the CPU, once; the provider left behind, "" where another did it."""
        with self._running:
            if self._runtime is not used:
                return ""
            used.close()
            self.provider_reason = f"The GPU ran out of memory{f' at {name}' if name else ''}."
            self._runtime = self._open("cpu")
            return used.provider


def _digest(entry: Entry) -> str:
    """Hash of the weights; refuses a file that is not the card's."""
    weights = entry.weights
    if not weights.is_file():
        raise EngineError(
            f"The file {weights.name} of {entry.card.name} is missing in {entry.folder}."
            " Add the model again."
        )
    digest = file_sha256(weights)
    if entry.card.sha256 and digest != entry.card.sha256:
        raise EngineError(
            f"{weights} is not the file its card describes: its sha256 is {digest}."
            " Add the model again."
        )
    return digest

"""Adding a model by choosing its file: what the file tells is read, the rest tried or guessed."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models import pixel_values, probe, questions, scores
from engine.models.card import Card, InputSpec, OutputSpec, make_id
from engine.models.card_checks import MAX_CLASSES
from engine.models.catalog import file_sha256
from engine.models.draft import Inspection, Question
from engine.models.onnx_reading import read_onnx
from engine.models.pixel_values import WAYS, Finding
from engine.models.probe import Map, Trial
from engine.models.trust import trust_question
from engine.runtimes.base import Options, Runtime, Tensor, open_runtime
from engine.runtimes.file_kind import FileKind, kind_of

RGB = NDArray[np.uint8]
MOST_BYTES = 8 << 30
TRIAL_SECONDS = 120.0
"""For one run on noise of at most 512 pixels a side."""
_TITLES = {
    FileKind.ONNX: "ONNX",
    FileKind.TORCHSCRIPT: "TorchScript",
    FileKind.EXPORTED: "PyTorch program",
    FileKind.CHECKPOINT: "PyTorch weights",
    FileKind.SAFETENSORS: "safetensors weights",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands in the file."""

    image: Tensor
    names: tuple[str, ...] = ()
    classes: int | None = None
    architecture: str = ""
    key_prefix: str = ""


def inspect(
    path: Path,
    images: Sequence[RGB] = (),
    trusted: Container[str] = (),
    threads: int = 0,
    architecture: str = "",
) -> Inspection:
    """Look at a model file, try it out, and draft its card.

    Args:
        path: The file.
        images: Some of the user's photos, (height, width, 3) uint8 RGB; with them the pixel values
            are measured, without guessed.
        trusted: Hashes of program files the user allowed to run.
        threads: CPU threads, 0 for all cores but one.
        architecture: For files of weights only: the network they belong to, where it is known.

    Returns:
        The draft; for a program that is not trusted yet only its hash and the question to ask.

    Raises:
        EngineError: It is not a model this program can use; the sentence says why and what to do.
    """
    kind = _known_kind(path)
    digest = ""
    if kind.is_program:
        digest = file_sha256(path)
        if digest not in trusted:
            return Inspection(
                card=_blank(path),
                kind=kind,
                bytes=path.stat().st_size,
                summary=_summary(path, kind, None),
                needs_trust=digest,
                warning=trust_question(path.name, digest),
            )
    found = _read(path, kind, architecture)
    options = Options(
        device="cpu",
        threads=threads,
        trusted=digest,
        seconds=TRIAL_SECONDS,
        architecture=found.architecture,
        classes=found.classes or 0,
        key_prefix=found.key_prefix,
    )
    runtime = open_runtime(path, options)
    try:
        # Of a program that which was opened, not that which may lie there by now.
        return _draft(path, kind, found, runtime, images, digest or file_sha256(path))
    finally:
        runtime.close()


def _known_kind(path: Path) -> FileKind:
    kind = kind_of(path)
    if kind is FileKind.UNKNOWN:
        raise EngineError(
            f"{path.name} is not a model file this program knows."
            " Choose an ONNX, TorchScript or safetensors file."
        )
    if path.stat().st_size > MOST_BYTES:
        raise EngineError(f"{path.name} is larger than 8 GB, the most a model may have.")
    return kind


def _blank(path: Path) -> Card:
    return Card(id=make_id(path.stem), name=path.stem, file=path.name)


def _read(path: Path, kind: FileKind, architecture: str) -> _Found:
    """What the file says without being run."""
    if kind is FileKind.ONNX:
        facts = read_onnx(path)
        return _Found(facts.image, facts.names, facts.classes)
    if kind.is_program:
        return _Found(Tensor("", "float32", ()))
    from engine.models.weights_only import recognise

    name, classes, prefix = recognise(path, kind, architecture)
    return _Found(Tensor("", "float32", ()), (), classes, name, prefix)


def _draft(
    path: Path,
    kind: FileKind,
    found: _Found,
    runtime: Runtime,
    images: Sequence[RGB],
    digest: str,
) -> Inspection:
    place = probe.input_layout(found.image.shape)
    if place is None:
        raise EngineError(
            f"{path.name} takes an image of shape"
            f" {' × '.join(str(side or '?') for side in found.image.shape)}; this version knows"
            " images of 1 or 3 channels. Choose another model."
        )
    layout, channels = place
    trial = probe.try_out(runtime, path.name, found.image, layout, channels or 3)
    chosen = trial.maps[0]
    single = chosen.channels == 1 and chosen.meaning != "classmap"
    guess = "minmax" if single and _is_saliency(trial) else chosen.meaning
    count = found.classes if chosen.meaning == "classmap" else chosen.channels
    if count is not None and count > MAX_CLASSES:
        raise EngineError(
            f"{path.name} tells {count:,} classes apart; {MAX_CLASSES:,} are the most a model may"
            " have. Choose another model."
        )
    sets, from_file = questions.class_options(count, found.names)
    card = msgspec.structs.replace(
        _blank(path),
        sha256=digest,
        task="saliency" if single and _is_saliency(trial) else "semantic",
        architecture=found.architecture,
        key_prefix=found.key_prefix,
        classes=sets[0].classes(),
        output=OutputSpec(name=chosen.name, layout=chosen.layout, meaning=guess),
        input=InputSpec(
            name=found.image.name,
            layout=layout,
            dtype=found.image.dtype,  # type: ignore[arg-type]
            height=trial.size[0] if trial.size else 0,
            width=trial.size[1] if trial.size else 0,
            multiple_of=trial.multiple_of,
            resize="stretch" if trial.size else "none",
            color="gray" if channels == 1 else "RGB",
        ),
    )
    finding = pixel_values.measure(card, _asker(runtime, chosen), images)
    if card.input.dtype != "uint8":
        card = pixel_values.with_way(card, WAYS[finding.way], finding.color)
    rows = _rows(card, trial, finding, chosen, guess)
    return Inspection(
        card=card,
        questions=(*rows, questions.classes(sets, from_file)),
        kind=kind,
        bytes=path.stat().st_size,
        summary=_summary(path, kind, chosen),
    )


def _rows(
    card: Card, trial: Trial, finding: Finding, chosen: Map, guess: str
) -> tuple[Question, ...]:
    measured = chosen.measured and guess == chosen.meaning and not _is_saliency(trial)
    rows = (
        questions.size(card, trial),
        questions.layout(card, declared=trial.size_read),
        questions.colors(card, finding),
        questions.pixels(card, finding),
        questions.fit(card),
        questions.output(trial.maps, 0),
        questions.meaning(card, chosen, measured),
    )
    return tuple(row for row in rows if row is not None)


def _is_saliency(trial: Trial) -> bool:
    """Several maps of one channel in 0..1 are one foreground at several depths, as in U²-Net."""
    return len(trial.maps) > 2 and all(
        each.channels == 1 and each.meaning == "sigmoid" for each in trial.maps
    )


def _asker(runtime: Runtime, chosen: Map) -> pixel_values.Ask:
    def ask(card: Card, tensor: NDArray[Any]) -> NDArray[Any]:
        given = runtime.run({card.input.name: tensor}, (chosen.name,) if chosen.name else ())
        return scores.read_output(next(iter(given.values())), card.output, card.name)

    return ask


def _summary(path: Path, kind: FileKind, chosen: Map | None) -> str:
    parts = [f"{_TITLES[kind]}, {path.stat().st_size / 1e6:.1f} MB"]
    if chosen is not None:
        one = chosen.meaning == "classmap"
        told = f"{chosen.channels} score{'' if chosen.channels == 1 else 's'}"
        parts += ["one label per pixel" if one else f"{told} per pixel", "runs on CPU"]
    return " · ".join(parts)

"""What a job is: a spec (data), a function that runs it, and a context to speak through.

This module is light: a watcher imports it without loading the code of any job.
"""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.errors import EngineError
from engine.formats.storable import encoded
from engine.images.folder import must_be_text
from engine.jobs.events import Artifact, Event, Level, Metric, Note, Progress

Exif = Literal["applied", "ignored"]


PROGRESS_GAP = 0.05
"""Seconds between two progress events."""


class Cancelled(Exception):
    """Raised by `Context.check` once the job was asked to end."""


class Spec(msgspec.Struct, tag_field="kind", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every job is told.

    Attributes:
        project: Path of the project file, "" for a job that needs none.
    """

    project: str = ""


class PredictSpec(Spec, tag="predict", frozen=True, kw_only=True):
    """Let a model propose masks for many images.

    Attributes:
        model: Id in the catalog, or the path of a model file or folder.
        images: Image ids to predict, in this order; None: all that are not done.
        device: "auto", "cpu", "cuda", …
        ahead: Images decoded ahead of the network.
        per_part: Answered images in one numbered part.
    """

    model: str
    images: tuple[int, ...] | None = None
    device: str = "auto"
    ahead: int = 4
    per_part: int = 8


class TrainSpec(Spec, tag="train", frozen=True, kw_only=True):
    """Fine-tune a model; `engine.training.recipe.Recipe` gives `recipe` its meaning.

    Attributes:
        recipe: The recipe as JSON data.
        model: Model in use the result is compared with: id or path, "" for none.
        name: Name of the new model, "" for one made from the old.
        threads: CPU threads to compute with, 0 for all cores; the window gives cores − 1.
    """

    recipe: dict[str, Any] = msgspec.field(default_factory=dict)
    model: str = ""
    name: str = ""
    threads: int = 0


class EvaluateSpec(Spec, tag="evaluate", frozen=True, kw_only=True):
    """Measure a model, or a file of predictions, against corrected and done images.

    Attributes:
        model: Id or path; "" when `predictions` is given.
        predictions: Path of a COCO file with masks, "" when `model` is given.
        images: Image ids; None: the held-out fold, or all corrected and done ones without a fold.
        device: "auto", "cpu", "cuda", …
        threshold: Lowest score of a predicted object that counts.
    """

    model: str = ""
    predictions: str = ""
    images: tuple[int, ...] | None = None
    device: str = "auto"
    threshold: float = 0.5


class ImportSpec(Spec, tag="import", frozen=True, kw_only=True):
    """Read annotations of another tool into numbered parts.

    Attributes:
        source: File or folder to read.
        format: Name of a format (`engine.formats.registry`), or "" to be found out.
        images: Folder the images are in, "" to look beside `source`.
        masks: Folder of the mask files that belong to a file, "" to look beside `source`.
        exif: How sizes of turned photos were meant (decision 3).
        values: Meaning of pixel values of index masks: value → class name; "background" and
            "ignore" are names too.
        status: What annotated images become: "done", "corrected" or "new" (left as they are).
        by_name: Images of the project are meant by name and size, although a picture of other
            content lies beside `source`; see `engine.jobs.landing`.
        per_part: Images in one numbered part.
    """

    source: str
    format: str = ""
    images: str = ""
    masks: str = ""
    exif: Exif = "applied"
    values: dict[int, str] = msgspec.field(default_factory=dict)
    status: Literal["done", "corrected", "new"] = "done"
    by_name: bool = False
    per_part: int = 64


class ExportSpec(Spec, tag="export", frozen=True, kw_only=True):
    """Write the project's annotations in a public format.

    Attributes:
        target: File or folder to write, by the format.
        format: Name of a format (`engine.formats.registry`).
        images: Image ids, None for all.
        only_done: Leave out images that are not marked done.
        scores: Write the score of objects that have one.
        deep: Decode every mask when reading the file back, not a sample.
        consecutive: png: number the classes 1, 2, 3 … in list order instead of by their ids.
        overlap: Where a pixel is one thing only: "order" (the upper object has it), "smaller" or
            "void".
        refuse_void: Refuse images with pixels that belong to nothing, for the same formats.
        tile: Side of the tiles that images are cut into, pixels; 0 for whole images.
        polygons: Write outlines, for formats that have the choice.
        colors: Write colours of classes in the place of numbers, likewise.
        dialect: Which of a format's dialects, "" for the usual one.
        splits: Write the training, validation and test images apart, each as a file or folder of
            its own; see `engine.jobs.folds`.
        pictures: Put the images beside the export: "copy", "link", or "none".
        empty: "skip" leaves out images without any mask.
        provenance: Write who made each object, for formats that have room for it; see
            `engine.document.provenance_fields`.
    """

    target: str
    format: str = "coco"
    images: tuple[int, ...] | None = None
    only_done: bool = False
    scores: bool = False
    deep: bool = False
    consecutive: bool = False
    overlap: Literal["order", "smaller", "void"] = "order"
    refuse_void: bool = False
    tile: int = 0
    polygons: bool = False
    colors: bool = False
    dialect: str = ""
    splits: bool = False
    pictures: Literal["none", "copy", "link"] = "none"
    empty: Literal["keep", "skip"] = "keep"
    provenance: bool = False


AnySpec = PredictSpec | TrainSpec | EvaluateSpec | ImportSpec | ExportSpec

RUNNERS = {
    "predict": "engine.jobs.predict:run",
    "train": "engine.jobs.train:run",
    "evaluate": "engine.jobs.evaluate:run",
    "import": "engine.jobs.import_files:run",
    "export": "engine.jobs.export:run",
}
"""Kind of job → "module:function"; the module is imported in the job's own process."""

Run = Callable[[Any, "Context"], dict[str, Any]]

_decoder = msgspec.json.Decoder(AnySpec)


def kind_of(spec: Spec) -> str:
    """The kind of job a spec asks for, a key of `RUNNERS`."""
    return str(spec.__struct_config__.tag)


def encode_spec(spec: AnySpec) -> bytes:
    """The spec as readable JSON.

    Raises:
        EngineError: A file or folder in it has a name that JSON cannot hold.
    """
    for name in spec.__struct_fields__:
        if isinstance(value := getattr(spec, name), str):
            must_be_text(Path(value))
    return msgspec.json.format(encoded(spec, msgspec.json.Encoder()), indent=1)


def decode_spec(data: bytes) -> AnySpec:
    """The spec in `data`.

    Raises:
        EngineError: `data` is no spec of this version.
    """
    try:
        spec: AnySpec = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineError(
            f"This job was described in a way this version does not know: {error}. Start it again."
        ) from error
    return spec


def runner_of(kind: str) -> Run:
    """The function that runs jobs of `kind`: `run(spec, context) -> outcome`."""
    module, _, name = RUNNERS[kind].partition(":")
    run: Run = getattr(importlib.import_module(module), name)
    return run


class Context:
    """What a running job sees of the world.

    Attributes:
        folder: Folder of the job; results go here, whole or not at all.
        resume: An earlier attempt left its work in `folder`.
        out_of_memory: That attempt was ended for want of memory: go on with half the batch.
    """

    def __init__(
        self,
        folder: Path,
        emit: Callable[[Event], None],
        cancelled: Callable[[], bool] = lambda: False,
        *,
        resume: bool = False,
        out_of_memory: bool = False,
    ) -> None:
        self.folder = folder
        self.resume = resume
        self.out_of_memory = out_of_memory
        self._emit = emit
        self._cancelled = cancelled
        self._first: tuple[float, int] | None = None
        self._last_total = 0
        self._said = 0.0

    def emit(self, event: Event) -> None:
        """Say `event` to whoever watches."""
        self._emit(event)

    def cancelled(self) -> bool:
        """Whether the job was asked to end."""
        return self._cancelled()

    def check(self) -> None:
        """End the job here if it was asked to.

        Raises:
            Cancelled: It was.
        """
        if self._cancelled():
            raise Cancelled

    def note(self, text: str, level: Level = "info") -> None:
        """Say one sentence."""
        self._emit(Note(text, level))

    def metric(self, name: str, step: int, value: float) -> None:
        """Say one number; a number that is not finite is said as None."""
        self._emit(Metric(name, step, value if math.isfinite(value) else None))

    def artifact(self, kind: str, path: Path) -> None:
        """Say that the result at `path`, inside the job's folder, is whole."""
        self._emit(Artifact(kind, path.relative_to(self.folder).as_posix()))

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Say how far the job is; the time left follows from the pace since the first call.

        Calls that follow each other faster than the eye are dropped, except the last.
        """
        now = time.monotonic()
        if self._first is None or total != self._last_total or done < self._first[1]:
            self._first = (now, done)
            self._last_total = total
        elif now - self._said < PROGRESS_GAP and done < total:
            return
        self._said = now
        began, before = self._first
        left = (now - began) / (done - before) * (total - done) if done > before else None
        self._emit(Progress(done, total, text, left))

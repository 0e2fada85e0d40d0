"""The labels a training run learns from, frozen when it starts.

While a model learns, the labeler goes on painting. The run draws the label images once into its own
folder and reads them there ever after, so it can be resumed exactly.

    labels/<image id>.png    8-bit: the class's place in the recipe, 255 = unlabelled
    snapshot.json            what there is; written last
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.labels import label_image
from engine.errors import EngineError
from engine.formats.whole import write_whole
from engine.images.picture import Picture
from engine.images.tone import tone_from
from engine.training.schema import Recipe
from engine.training.watch import Watch

if TYPE_CHECKING:
    from engine.store import Project

IGNORED = 255
FILE = "snapshot.json"
LABELS = "labels"


class Shot(msgspec.Struct, frozen=True):
    """One image of a run.

    Attributes:
        id: Of the image in the project.
        path: Of its file.
        name: As the user knows it.
        fold: "train" or "held".
        pixels: Labelled pixels per class of the recipe.
        page: Which image of the file.
        tone: How it is shown to the network (`engine.images.tone.Tone.as_json`).
        own: The tone is the image's own, not the recipe's.
    """

    id: int
    path: str
    name: str
    fold: Literal["train", "held"]
    pixels: tuple[int, ...]
    page: int = 0
    tone: dict[str, Any] = msgspec.field(default_factory=dict)
    own: bool = False

    @property
    def picture(self) -> Picture:
        """What is read for it."""
        return Picture(Path(self.path), self.page, tone_from(self.tone), self.own)


class Snapshot(msgspec.Struct, frozen=True):
    """The images of a run.

    Attributes:
        shots: With at least one labelled pixel, in the recipe's order.
        skipped: Names of images without a labelled pixel.
    """

    shots: tuple[Shot, ...]
    skipped: tuple[str, ...] = ()

    def fold(self, fold: str) -> list[Shot]:
        """The images of one fold."""
        return [each for each in self.shots if each.fold == fold]

    def pixels(self, fold: str) -> NDArray[np.int64]:
        """Labelled pixels per class in one fold."""
        counts = [each.pixels for each in self.fold(fold)]
        total: NDArray[np.int64] = np.asarray(counts, np.int64).sum(axis=0)
        return total


def write_label(folder: Path, image_id: int, labels: NDArray[np.uint8]) -> None:
    """Keep a label image in a run's folder."""
    from PIL import Image

    target = folder / LABELS
    target.mkdir(parents=True, exist_ok=True)
    Image.fromarray(labels).save(target / f"{image_id}.png", compress_level=1)


def read_label(folder: Path, image_id: int) -> NDArray[np.uint8]:
    """A label image of a run: uint8 (height, width)."""
    from PIL import Image

    with Image.open(folder / LABELS / f"{image_id}.png") as image:
        return np.array(image, np.uint8)


def take(
    project: Project,
    recipe: Recipe,
    folder: Path,
    watch: Watch,
    note: Callable[[int, int, bytes], None] | None = None,
) -> Snapshot:
    """Draw the labels of the recipe's images into `folder`; done once, later calls read it.

    Args:
        project: Read only is enough.
        recipe: Names images and classes.
        folder: Of the run.
        watch: Told how far it is; may end it.
        note: Told what is read, see `Project.iter_documents`.

    Raises:
        EngineError: no image has a label to learn from, or the folder cannot be written.
    """
    kept = load(folder)
    if kept is not None:
        return kept
    rows = {row.id: row for row in project.images()}
    tone = tone_from(recipe.tone)
    wanted = [(each, "train") for each in recipe.train] + [(each, "held") for each in recipe.held]
    shots, skipped = [], []
    for image_id, _ in wanted:
        if image_id not in rows:
            raise EngineError(f"The project has no image {image_id} that the recipe names.")
    documents = project.iter_documents([image_id for image_id, _ in wanted], note)
    for done, ((image_id, fold), document) in enumerate(zip(wanted, documents, strict=True)):
        watch.check()
        watch.progress(done, len(wanted), "Reading the labels")
        labels = label_image(document, recipe.class_ids, project.taxonomy)
        counts = np.bincount(labels.ravel(), minlength=256)[: len(recipe.classes)]
        row = rows[image_id]
        if counts.any():
            _keep(folder, image_id, labels)
            shown = row.picture(tone)
            shots.append(
                Shot(
                    image_id,
                    str(row.path),
                    row.file_name,
                    fold,  # type: ignore[arg-type]
                    tuple(map(int, counts)),
                    shown.page,
                    shown.tone.as_json(),
                    shown.own,
                )
            )
        else:
            skipped.append(row.file_name)
    return keep(folder, shots, skipped)


def keep(folder: Path, shots: Sequence[Shot], skipped: Sequence[str] = ()) -> Snapshot:
    """Write what a run learns from, whole or not at all.

    Raises:
        EngineError: there is nothing to learn from, or it cannot be written.
    """
    snapshot = Snapshot(tuple(shots), tuple(skipped))
    if not snapshot.fold("train"):
        raise EngineError(
            "None of the chosen images has a labelled pixel of the chosen classes. "
            "Correct an image or mark one as done, then start again."
        )
    write_whole(folder / FILE, msgspec.json.encode(snapshot))
    return snapshot


def load(folder: Path) -> Snapshot | None:
    """What an earlier start of this run froze; None where there is nothing."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Snapshot)
    except FileNotFoundError:
        return None


def _keep(folder: Path, image_id: int, labels: NDArray[np.uint8]) -> None:
    try:
        write_label(folder, image_id, labels)
    except OSError as error:
        raise EngineError(
            f"The labels could not be kept in {folder}: {error.strerror or error}. "
            "Free some space, then start again."
        ) from error

"""What lies under the pointer, for the status bar."""

from dataclasses import dataclass

import numpy as np

from app.canvas.mask_layer import MaskLayer
from app.canvas.photo_layer import PhotoLayer
from app.session import Session
from engine.document.taxonomy import UNLABELLED


@dataclass(frozen=True, slots=True)
class PointerInfo:
    """One pixel.

    Attributes:
        x, y: column and row.
        rgb: its 8-bit colour as stored; None when the file has more bits or other channels, or it
            is not known yet.
        raw: the samples as stored, for files of more than 8 bits or other channels; else empty.
        channels: what the samples of ``raw`` are called.
        class_name: of the object or of the pixel's class; empty when unlabelled.
        object_text: the object in words ("person #3, proposal 0.77"); empty without one.
        probability: 0..1, how likely the model holds its likeliest class here; None without one.
        model_class: what it calls that class; empty where that is not known.
    """

    x: int
    y: int
    rgb: tuple[int, int, int] | None = None
    raw: tuple[float, ...] = ()
    channels: tuple[str, ...] = ()
    class_name: str = ""
    object_text: str = ""
    probability: float | None = None
    model_class: str = ""


def probe(
    x: float, y: float, session: Session, photo: PhotoLayer, masks: MaskLayer
) -> PointerInfo | None:
    """What is at a place in image pixels; None outside the image."""
    document = session.document
    if document is None:
        return None
    column, row = int(x // 1), int(y // 1)
    height, width = document.size
    if not (0 <= column < width and 0 <= row < height):
        return None
    rgb, raw = _value(photo, column, row)
    channels = photo.source.names if raw and photo.source is not None else ()
    class_name, object_text = _names(session, masks, column, row)
    sure, model_class = None, ""
    if session.confidence is not None:
        index, sure = session.confidence.at(x, y, document.size)[:2]
        model_class = session.confidence_names.get(index, "")
    return PointerInfo(column, row, rgb, raw, channels, class_name, object_text, sure, model_class)


def _value(
    photo: PhotoLayer, column: int, row: int
) -> tuple[tuple[int, int, int] | None, tuple[float, ...]]:
    samples = photo.value(column, row)
    source = photo.source
    if not samples or source is None:
        return None, ()
    if source.dtype != np.uint8 or not (len(samples) == 1 or (source.colour and len(samples) == 3)):
        return None, samples
    values = [int(each) for each in samples]
    return (values[0], values[len(values) // 2], values[-1]), ()


def _names(session: Session, masks: MaskLayer, column: int, row: int) -> tuple[str, str]:
    document, taxonomy = session.document, session.taxonomy
    under = masks.under(column, row)
    if under:
        each = under[0]
        name = taxonomy.name(each.class_id)
        words = f"{name} #{each.id}"
        if each.proposal:
            words += ", proposal" + ("" if each.score is None else f" {each.score:.2f}")
        return name, words
    class_id = UNLABELLED if document is None else document.layer.at(column, row)
    return ("" if class_id == UNLABELLED else taxonomy.name(class_id)), ""

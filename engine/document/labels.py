"""The class of each pixel of an image, as training and measuring want it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.document.document import Document, State
from engine.document.taxonomy import Taxonomy

IGNORED: Final = 255
"""Written where no class is known, or one that was not asked for."""


def label_image(
    document: Document | State, class_order: Sequence[int], taxonomy: Taxonomy | None = None
) -> NDArray[np.uint8]:
    """Draw the accepted annotations of an image as positions in ``class_order``.

    Things lie above stuff, and each other by their order; a crowd region lies above what it
    covers and is ignored, as in COCO. Proposals are not drawn.

    Args:
        document: the annotations, or a snapshot of them.
        class_order: class numbers, ``BACKGROUND`` among them where it is to be learnt.
        taxonomy: the project's classes; where given, objects of deleted classes are left out.

    Returns:
        uint8 (height, width), the caller's own: the position of the pixel's class in
        ``class_order``, 255 where it is unlabelled or of another class.

    Raises:
        ValueError: more than 255 classes are asked for.
    """
    if len(class_order) > IGNORED:
        raise ValueError("a label image holds at most 255 classes")
    state = document.state if isinstance(document, Document) else document
    table = np.full(65_536, IGNORED, np.uint8)
    for position, class_id in enumerate(class_order):
        table[class_id] = position
    out: NDArray[np.uint8] = table[state.layer.to_array()]
    objects = sorted(state.annotations.values(), key=lambda a: (a.crowd, a.order, a.id))
    for annotation in objects:
        if taxonomy is not None and annotation.class_id not in taxonomy:
            continue
        value = IGNORED if annotation.crowd else table[annotation.class_id]
        for left, top, bits in annotation.mask.pieces:
            view = out[top : top + bits.shape[0], left : left + bits.shape[1]]
            view[bits[: view.shape[0], : view.shape[1]]] = value
    return out

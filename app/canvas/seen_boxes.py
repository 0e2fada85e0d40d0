"""Where boxes of the image stand on the screen."""

from collections.abc import Iterable

from PySide6.QtCore import QRect

from app.canvas.camera import Camera
from engine.masks.box import Box

MANY = 48
"""Boxes that are drawn again one by one; more cost more than drawing everything."""


def seen_boxes(boxes: Iterable[Box], camera: Camera, reach: float, beside: int) -> list[QRect]:
    """The rectangles of boxes of the image that are seen; all of the viewport for many.

    Args:
        boxes: in image pixels.
        camera: where the image stands.
        reach: device pixels that what is drawn stands out from a box.
        beside: device pixels beside the viewport that count as seen.
    """
    whole = QRect(0, 0, camera.width, camera.height)
    near = whole.adjusted(-beside, -beside, beside, beside)
    seen: list[QRect] = []
    for box in boxes:
        left, top, right, bottom = camera.view_rect(box, reach)
        rect = QRect(left, top, right - left, bottom - top)
        if rect.intersects(near):
            seen.append(rect)
            if len(seen) > MANY:
                return [whole]
    return seen

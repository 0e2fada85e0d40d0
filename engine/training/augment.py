"""Varies a picture and its labels: one affine map, then brightness and contrast.

All chance comes from the generator that is given, so the same generator gives the same picture, in
whatever order or thread pictures are made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.training.geometry import Geometry, Size
from engine.training.schema import Augment

IGNORED = 255
Matrix = NDArray[np.float64]


def draw(geometry: Geometry, image: Size, look: Augment, chance: np.random.Generator) -> Matrix:
    """A random map from an image to the canvas.

    Args:
        geometry: How the image lies without variation.
        image: (height, width) in pixels.
        look: What may vary.
        chance: Drawn from a fixed number of times.

    Returns:
        (3, 3) matrix on (x, y, 1), pixel (0, 0) spanning 0..1 on both sides.
    """
    drawn = chance.uniform(size=6)
    down, across = geometry.scale(image)
    zoom = float(look.zoom) ** (2 * drawn[0] - 1)
    angle = np.deg2rad(look.turn) * (2 * drawn[1] - 1)
    width, height = image[1] * across, image[0] * down
    flip_x = -1.0 if look.flip in {"both", "horizontal"} and drawn[2] < 0.5 else 1.0
    flip_y = -1.0 if look.flip == "both" and drawn[3] < 0.5 else 1.0
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    spread = np.diag([flip_x * zoom, flip_y * zoom, 1.0])
    centred = _shift(-width / 2, -height / 2) @ np.diag([across, down, 1.0])
    # Where the picture is larger than the canvas a random part is seen; where it is smaller it
    # lies anywhere inside. Both leave |canvas − picture| to choose from.
    slack = np.array([geometry.canvas[1] - width * zoom, geometry.canvas[0] - height * zoom])
    place = (drawn[4:6] - 0.5) * np.abs(slack)
    middle = np.array([geometry.canvas[1], geometry.canvas[0]]) / 2 + place
    return np.asarray(_shift(*middle) @ turn @ spread @ centred)


def apply(
    rgb: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    matrix: Matrix,
    canvas: Size,
    fill: tuple[int, int, int] | None,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Map a picture and its labels.

    Args:
        rgb: (height, width, 3).
        labels: (height, width).
        matrix: As `draw` gives it, for this picture's pixels.
        canvas: (height, width) of the result.
        fill: Colour beside the picture; None mirrors it there.

    Returns:
        (picture, labels) of the canvas' size; labels beside the picture are ignored (255).
    """
    import cv2

    centres = (_shift(-0.5, -0.5) @ matrix @ _shift(0.5, 0.5))[:2]
    border = cv2.BORDER_REFLECT_101 if fill is None else cv2.BORDER_CONSTANT
    picture = cv2.warpAffine(
        rgb,
        centres,
        canvas[::-1],
        flags=cv2.INTER_LINEAR,
        borderMode=border,
        borderValue=fill or (0, 0, 0),
    )
    classes = cv2.warpAffine(
        labels,
        centres,
        canvas[::-1],
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(IGNORED,),
    )
    return np.asarray(picture, np.uint8), np.asarray(classes, np.uint8)


def recolor(
    rgb: NDArray[np.uint8], amount: float, chance: np.random.Generator
) -> NDArray[np.uint8]:
    """Change contrast around the mean, and brightness, each by at most `amount` of the range."""
    contrast, light = chance.uniform(-amount, amount, size=2)
    if amount == 0:
        return rgb
    middle = float(rgb.mean())
    values = np.arange(256, dtype=np.float64)
    table = (values - middle) * (1 + contrast) + middle + light * 128
    return np.asarray(np.clip(np.rint(table), 0, 255).astype(np.uint8)[rgb])


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0, x], [0, 1.0, y], [0, 0, 1.0]])

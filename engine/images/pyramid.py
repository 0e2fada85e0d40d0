"""An image and its halves: level k is the image at 1 / 2**k, each pixel the mean of four."""

import numpy as np

from engine.images.convert import RGB

SMALLEST_SIDE = 512
"""The last level is the first whose longer side is at most this."""


def level_count(size: tuple[int, int]) -> int:
    """Number of levels of an image, level 0 included."""
    side, levels = max(size), 1
    while side > SMALLEST_SIDE:
        side, levels = (side + 1) // 2, levels + 1
    return levels


def level_size(size: tuple[int, int], level: int) -> tuple[int, int]:
    """(height, width) of a level: rounded up, so that no edge row is lost."""
    step = 1 << level
    return -(-size[0] // step), -(-size[1] // step)


def halve(pixels: RGB) -> RGB:
    """Half the size, rounded up; a last odd row or column is averaged with itself."""
    import cv2

    height, width = pixels.shape[:2]
    if height > 1 and width > 1 and height % 2 == 0 and width % 2 == 0:
        return np.asarray(
            cv2.resize(pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
    padded = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return halve(np.asarray(padded, np.uint8))


def pyramid(pixels: RGB) -> list[RGB]:
    """All levels, the given pixels first (not copied)."""
    levels = [pixels]
    for _ in range(level_count((pixels.shape[0], pixels.shape[1])) - 1):
        levels.append(halve(levels[-1]))
    return levels


def shrink(pixels: RGB, max_side: int) -> RGB:
    """Fitted into a square of ``max_side``, area-averaged; never enlarged."""
    height, width = pixels.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return pixels
    import cv2

    target = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, target, interpolation=cv2.INTER_AREA), np.uint8)

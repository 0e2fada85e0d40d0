"""Axis-aligned boxes of whole pixels.

A box is ``(left, top, right, bottom)`` in image pixels; right and bottom are exclusive. A box with
no pixel in it is written ``NOTHING``; functions that may have no answer return ``None`` instead.
"""

Box = tuple[int, int, int, int]

NOTHING: Box = (0, 0, 0, 0)


def area(box: Box) -> int:
    """Number of pixels in ``box``; 0 for one that is turned inside out."""
    left, top, right, bottom = box
    return max(0, right - left) * max(0, bottom - top)


def intersect(a: Box, b: Box) -> Box | None:
    """The pixels that lie in both boxes, or None where they share none."""
    left, top = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[2], b[2]), min(a[3], b[3])
    if left >= right or top >= bottom:
        return None
    return left, top, right, bottom


def union(a: Box, b: Box) -> Box:
    """The smallest box around both; an empty box adds nothing."""
    if area(a) == 0:
        return b if area(b) else NOTHING
    if area(b) == 0:
        return a
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def clip(box: Box, size: tuple[int, int]) -> Box | None:
    """The part of ``box`` inside an image of ``size`` (height, width), or None."""
    return intersect(box, (0, 0, size[1], size[0]))


def grow(box: Box, margin: int) -> Box:
    """``box`` with ``margin`` more pixels on every side."""
    return box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin


def contains(outer: Box, inner: Box) -> bool:
    """Whether every pixel of ``inner`` is in ``outer``; true for an empty ``inner``."""
    if area(inner) == 0:
        return True
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )

"""Boxes of the image as seen, and where they lie in the image as stored."""

from engine.images.convert import Box

_ROWS_TURNED = (3, 4, 7, 8)
_COLUMNS_TURNED = (2, 3, 6, 7)


def stored_box(box: Box, size: tuple[int, int], orientation: int) -> Box:
    """Where a box lies in the picture as stored; the inverse of ``convert.orient`` for boxes.

    Args:
        box: in the picture as seen.
        size: (height, width) of the picture as seen.
        orientation: EXIF orientation 1..8.
    """
    left, top, right, bottom = box
    height, width = size
    if orientation in _COLUMNS_TURNED:
        left, right = width - right, width - left
    if orientation in _ROWS_TURNED:
        top, bottom = height - bottom, height - top
    return (top, left, bottom, right) if orientation >= 5 else (left, top, right, bottom)


def odd_first(orientation: int) -> tuple[bool, bool]:
    """Where the last row and column as seen stand in the picture as stored; see ``halve``."""
    rows, columns = orientation in _ROWS_TURNED, orientation in _COLUMNS_TURNED
    return (columns, rows) if orientation >= 5 else (rows, columns)

"""How masks made for an image of some size lie on the image file that is there (decision 3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import EngineError
from engine.formats.base import Exif
from engine.formats.report import Report
from engine.images.header import image_header

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """How annotations of one image lie on its file.

    Attributes:
        size: (height, width) of the image as seen.
        drawn: (height, width) the annotations were drawn in.
        turn: EXIF orientation to turn them by, 1 for none.
        orientation: EXIF orientation of the file.
        usable: False when the annotations were made for an image of another size.
    """

    size: Size
    drawn: Size
    turn: int = 1
    orientation: int = 1
    usable: bool = True


def frame_of(
    given: Size | None, path: Path, page: int, present: bool, exif: Exif, report: Report
) -> Frame | None:
    """How annotations lie on a page of a file.

    Args:
        given: (height, width) the annotations say they were made for, None when they do not.
        path: The image file.
        page: Which image of the file, from 0.
        present: Whether the file is there.
        exif: How photos whose size does not tell were annotated.
        report: Takes what had to be repaired.

    Returns:
        None when no size is known at all.
    """
    where = path.name
    if present:
        try:
            size, orientation, stored = image_header(path, page)
        except EngineError:
            report.add("unreadable", where)
        else:
            return _fit(given, Frame(size, size, 1, orientation), stored, exif, report, where)
    if given is None:
        report.add("no size", where)
        return None
    return Frame(given, given)


def _fit(
    given: Size | None, plain: Frame, stored: Size, exif: Exif, report: Report, where: str
) -> Frame:
    if given is None:
        report.add("size from file", where)
        return plain
    if given == plain.size:
        tells = plain.orientation == 1 or plain.size != stored
        if tells or exif == "applied":
            return plain
        return replace(plain, drawn=stored, turn=plain.orientation)
    if given == stored:
        return replace(plain, drawn=stored, turn=plain.orientation)
    if given == plain.size[::-1]:
        report.add("swapped size", where)
        return plain
    return replace(plain, usable=False)


def tell_turn(frame: Frame, report: Report, where: str) -> None:
    """Say that masks were turned, or that it is not known whether they should have been."""
    if frame.turn != 1:
        report.add("turned", where)
    elif frame.orientation in (2, 3, 4) or (
        frame.orientation >= 5 and frame.size[0] == frame.size[1]
    ):
        report.add("ambiguous turn", where)

"""Annotations that are there twice, and numbers left out between others, in COCO files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from engine.formats.coco_file import whole
from engine.formats.report import Report
from engine.formats.verify_outlines import Entry

MOST = 1_000
"""Numbers left out that are counted; beyond that the numbers are names, not a count."""


class Twins:
    """Finds annotations of the same image, class and outline or runs, at 16 bytes for each."""

    def __init__(self) -> None:
        self._marks: list[np.ndarray[Any, np.dtype[np.int64]]] = []
        self._numbers: list[np.ndarray[Any, np.dtype[np.int64]]] = []

    def add(self, entries: Iterable[Entry]) -> None:
        """Take the next ones with a mask."""
        listed = list(entries)
        marks = [hash(f"{each.image_id} {each.category_id} {_text(each)}") for each in listed]
        self._marks.append(np.array(marks, np.int64))
        numbers = [-1 if (number := whole(each.id)) is None else number for each in listed]
        self._numbers.append(np.array(numbers, np.int64))

    def tell(self, report: Report) -> None:
        """Report the later ones of each."""
        if not self._marks:
            return
        marks, numbers = np.concatenate(self._marks), np.concatenate(self._numbers)
        order = np.argsort(marks, kind="stable")
        again = np.zeros(len(marks), np.bool_)
        again[1:] = marks[order][1:] == marks[order][:-1]
        for number in np.sort(numbers[order[again]]).tolist():
            report.add("same mask", f"annotation {number}")


def _text(each: Entry) -> str:
    value = each.segmentation
    counts = value.get("counts") if isinstance(value, dict) else None
    return counts if isinstance(counts, str) else repr(value)


def tell_gaps(numbers: set[int], report: Report) -> None:
    """Report class numbers left out between the smallest and the largest."""
    if not numbers or max(numbers) - min(numbers) > MOST:
        return
    for number in sorted(set(range(min(numbers), max(numbers))) - numbers):
        report.add("class gap", str(number))

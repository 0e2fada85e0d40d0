"""Tables as CSV (RFC 4180) that spreadsheets show and never run.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return
for a formula, even where it is quoted; names of classes and files come from others. Such a text
gets an apostrophe in front, which spreadsheets read as "text follows". Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.formats.whole import write_whole

Cell = str | int | float | None
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The last four are the full-width forms, which some programs take for the others."""


def plain_cell(value: Cell) -> str:
    """A cell as it is written: nothing for None, and no text that is a formula."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    return f"'{value}" if value.lstrip(" ").startswith(_STARTS) else value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table with a header, lines ended by CR LF."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([plain_cell(each) for each in header])
    writer.writerows([plain_cell(each) for each in row] for row in rows)
    return out.getvalue()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a table, whole or not at all; UTF-8 with the mark by which spreadsheets know it.

    Raises:
        EngineError: it cannot be written.
    """
    write_whole(path, csv_text(header, rows).encode("utf-8-sig", errors="replace"))

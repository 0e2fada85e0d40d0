"""Text of errors, cut to what fits in a sentence."""

from __future__ import annotations


def first_line(error: BaseException) -> str:
    """The first line of an error's text, at most 300 letters."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]

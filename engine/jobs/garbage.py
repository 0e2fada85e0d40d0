"""Look for garbage seldom, where millions of small values come and go and none are in circles."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

SELDOM = (200_000, 20, 100)
"""Thresholds of Python's collector; each round costs what there is and finds nothing here."""


@contextlib.contextmanager
def seldom_collected() -> Iterator[None]:
    """Python looks for garbage in circles a few hundred times less often inside the block."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)

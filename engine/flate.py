"""The fastest zlib there is; what it writes any other reads."""

import zlib
from functools import cache
from typing import Any


@cache
def library() -> Any:
    """ISA-L is twice as fast as zlib, both ways; it is there where a wheel of it is."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


def errors() -> tuple[type[Exception], ...]:
    """What damaged data raises."""
    return (zlib.error, library().error)

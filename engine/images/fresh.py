"""Memory for a picture that the system hands out to one thread while another decodes into it.

A system gives memory page by page when it is first written. For a camera's photo that takes about
as long as decoding it, and longer than that in a virtual machine.
"""

import contextlib
import ctypes
import sys
import threading
from collections.abc import Generator
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

_FROM: Final = 8 << 20
"""Bytes from which a second thread is worth it."""

_PIECE: Final = 1 << 20
"""Bytes asked for at a time; meanwhile no other thread can be given an address."""

_AHEAD: Final = 4
"""The thread begins at 1 / n, where the decoder comes to when half of the rest is there."""

_POPULATE_WRITE: Final = 23
"""Linux 5.14, madvise(2): have pages there as if they were written, and leave what is in them."""

_PAGE: Final = 4096


class Room:
    """Memory that arrays are cut from, one behind the other.

    It is let go of when none of them is left.
    """

    def __init__(self, size: int) -> None:
        """Reserve ``size`` bytes; none of them is there yet."""
        self._memory = np.empty(size, np.uint8)
        self._used = 0

    def take(self, shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
        """An array with anything in it; of memory of its own when the room is used up."""
        dtype = np.dtype(kind)
        count = int(np.prod(shape)) * dtype.itemsize
        at = -(-self._used // 64) * 64
        if at + count > self._memory.size:
            return np.empty(shape, dtype)
        self._used = at + count
        return self._memory[at : at + count].view(dtype).reshape(shape)

    @contextlib.contextmanager
    def coming(self) -> Generator[None]:
        """While the block runs, the memory is had from the system by another thread too."""
        if sys.platform != "linux" or self._memory.size < _FROM:
            yield
            return
        done = threading.Event()
        thread = threading.Thread(
            target=_populate, args=(self._memory, done), daemon=True, name="memory"
        )
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _populate(memory: NDArray[np.uint8], done: threading.Event) -> None:
    """Have the pages there; a kernel that does not know how hands them out as they are written."""
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    first = int(memory.ctypes.data)
    at = -(-(first + memory.size // _AHEAD) // _PAGE) * _PAGE
    end = (first + memory.size) // _PAGE * _PAGE
    while at < end and not done.is_set():
        count = min(_PIECE, end - at)
        if advise(at, count, _POPULATE_WRITE):
            return
        at += count

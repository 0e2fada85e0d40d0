"""A file through which a decoder process hands over pixels; in memory where the system can."""

import contextlib
import mmap
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine.errors import EngineError
from engine.images.convert import Raw


class SharedFile:
    """A file in memory, or where there is none on disk, that a decoder process can open.

    Attributes:
        name: what the decoder opens.
        file: open for writing and reading.
    """

    def __init__(self, name: str, file: IO[bytes], path: Path) -> None:
        self.name, self.file, self._path = name, file, path

    def take(self, answer: dict[str, Any]) -> Raw:
        """The pixels that were put there; they stay when the file is gone.

        Raises:
            EngineError: the file does not hold what the answer says.
        """
        shape = tuple(int(each) for each in answer["shape"])
        dtype = np.dtype(str(answer["dtype"]))
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        if size == 0 or os.fstat(self.file.fileno()).st_size != size:
            raise EngineError(f"{self._path.name} could not be read as an image: it holds none.")
        held = mmap.mmap(self.file.fileno(), size)
        return np.frombuffer(held, dtype).reshape(shape)


@contextlib.contextmanager
def shared_file(path: Path) -> Generator[SharedFile]:
    """A new one for the pixels of an image file, gone when the block ends."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        with os.fdopen(os.memfd_create("picture"), "r+b") as file:
            yield SharedFile(f"/proc/{os.getpid()}/fd/{file.fileno()}", file, path)
        return
    made = tempfile.NamedTemporaryFile(prefix="maskwright-", delete=False)  # noqa: SIM115
    try:
        with made:
            yield SharedFile(made.name, made, path)
    finally:
        with contextlib.suppress(OSError):  # still mapped on Windows; its owner is the temp folder
            os.unlink(made.name)

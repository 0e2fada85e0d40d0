"""Files that are written whole or not at all (rule 8)."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.errors import EngineError


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when the block ends without an exception.

    It is written beside `path` under a temporary name, flushed to the disk, then renamed; after
    an exception the temporary file is gone and `path` is as it was.

    Raises:
        EngineError: The folder cannot be written or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise EngineError(
            f"Could not write {path.name} in {path.parent}: {error.strerror or error}. "
            "Nothing was changed there. Choose another folder."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, or leave what is there.

    Raises:
        EngineError: As `whole_file`.
    """
    with whole_file(path) as file:
        file.write(data)

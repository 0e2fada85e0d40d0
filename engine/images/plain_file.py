"""Opening a file of others: a pipe or a device in its place is refused, never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

_AT_ONCE: Final = getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes would be waited for
_FLAGS: Final = os.O_RDONLY | _AT_ONCE | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_plain(path: Path) -> BinaryIO:
    """Open a file to be read.

    Raises:
        OSError: It cannot be, or it is a folder, a pipe or a device, which may go on for ever.
    """
    number = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is a folder, pipe or device and no file", str(path))
    return os.fdopen(number, "rb")

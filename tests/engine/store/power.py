"""What a power cut leaves: the files as far as they had reached the disk, and no further.

SQLite promises to survive that as long as what it had flushed is there and only the last writes
are missing or torn. So a cut is made from copies of the project's files while it is worked on: the
log is cut off at any byte, or its last frame torn, and the file of the project may be as it was at
any earlier moment since its last checkpoint.
"""

import random
import shutil
from pathlib import Path

FRAME = 24 + 4096
"""Bytes of a page in the log, its header included; the log begins with 32 of its own."""


def copied(path: Path, target: Path) -> Path:
    """The project's files now, without a word to the program that has them open."""
    target.mkdir(parents=True)
    for end in ("", "-wal"):
        side = path.with_name(path.name + end)
        if side.exists():
            shutil.copyfile(side, target / side.name)
    return target / path.name


def cut(project: Path, rng: random.Random, least: int) -> int:
    """Let the end of the log not have reached the disk; at least ``least`` bytes of it had.

    Answers with how many bytes are left.
    """
    log = project.with_name(project.name + "-wal")
    data = log.read_bytes()
    length = rng.randint(min(least, len(data)), len(data))
    kept = bytearray(data[:length])
    how = rng.choice(("short", "zero", "torn"))
    if how != "short":
        rest = len(data) - length
        kept += bytes(rest) if how == "zero" else rng.randbytes(rest)
    log.write_bytes(kept)
    return length

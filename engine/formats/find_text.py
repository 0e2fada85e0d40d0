"""Look for a word in a file without reading it into memory."""

from __future__ import annotations

from pathlib import Path

from engine.images.plain_file import open_plain

PIECE = 1 << 20
FAR = 64 << 20
"""Bytes that are looked through."""


def holds(path: Path, word: bytes, far: int = FAR) -> bool:
    """Whether `word` stands in the first `far` bytes of a file; False where it cannot be read."""
    tail = b""
    try:
        with open_plain(path) as file:
            for _ in range(0, far, PIECE):
                data = file.read(PIECE)
                if not data:
                    return False
                if word in tail + data:
                    return True
                tail = data[-len(word) :]
    except OSError:
        return False
    return False

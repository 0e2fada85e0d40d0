"""The images below a folder."""

from __future__ import annotations

import os
from pathlib import Path

from engine.images.header import IMAGE_SUFFIXES


def images_in(folder: Path) -> list[Path]:
    """Image files below a folder by name, subfolders included.

    Hidden files and folders are left out, and the ``.files`` folders beside projects, in which
    jobs keep masks of their own.
    """
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not name.endswith(".files")
        )
        # Suffixes of plain strings: for 10,000 files, paths would cost most of the time.
        found += [
            Path(place, name)
            for name in sorted(files)
            if name[name.rfind(".") :].lower() in IMAGE_SUFFIXES and not name.startswith(".")
        ]
    return found

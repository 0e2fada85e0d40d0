"""Which project files were closed cleanly here, so that they need no check when opened again.

The list is the user's own (never in the project file, which anyone may have written) and holds,
per path, what the file system said when the project was closed. A file that differs in any of it
is checked as a foreign one.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

from engine.store.paths import user_state

_MOST = 200


def is_known(project: Path) -> bool:
    """Whether the file is exactly the one that was closed here, with nothing beside it."""
    if not is_clean(project):
        return False
    with suppress(OSError):
        return _load().get(str(project)) == _looks(project)
    return False


def is_clean(project: Path) -> bool:
    """Whether nothing lies beside the file that belongs to it while it is open."""
    ends = ("-wal", "-shm", "-journal")
    return not any(project.with_name(project.name + end).exists() for end in ends)


def remember(project: Path) -> None:
    """Note what the file looks like now; not being able to is no harm."""
    with suppress(OSError):
        looks = {key: value for key, value in _load().items() if key != str(project)}
        looks[str(project)] = _looks(project)
        path = _path()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            part.write_text(json.dumps(dict(list(looks.items())[-_MOST:])), "utf-8")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)


def _path() -> Path:
    return user_state() / "projects.json"


def _looks(project: Path) -> list[int]:
    found = project.stat()
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns]


def _load() -> dict[str, list[int]]:
    try:
        said = json.loads(_path().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}

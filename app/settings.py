"""The user's preferences, kept between runs."""

import os
from pathlib import Path
from typing import Any, TypeVar, cast

import platformdirs
from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

T = TypeVar("T", bool, int, float, str, list[str], QByteArray)


def settings_path() -> Path:
    """The settings file; an INI file, so that it can be read, copied and deleted by hand."""
    return Path(platformdirs.user_config_dir("maskwright", appauthor=False)) / "settings.ini"


def _why_not_kept(path: Path) -> str:
    """Make the folder of the settings; why they are forgotten at the end, "" where they are not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        return f"{path.parent} cannot be made ({problem.strerror})"
    if os.path.exists(path) and not os.access(path, os.R_OK | os.W_OK):
        return f"{path} may not be read and written"
    return "" if os.access(path.parent, os.W_OK) else f"{path.parent} cannot be written"


class Settings(QObject):
    """Typed values by name; a value of another type than its default counts as not set.

    Attributes:
        problem: why they are forgotten when the program ends; "" when they are not.
    """

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        path = settings_path()
        self.problem = _why_not_kept(path)
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    def value(self, key: str, default: T) -> T:
        """The value of ``key``, of the type of ``default``."""
        found: Any = self._store.value(key)
        if found is None:
            return default
        result: Any = found
        if isinstance(default, bool):  # INI keeps words
            result = str(found).lower() in ("true", "1")
        elif isinstance(default, list) and isinstance(found, str):  # a list of one is kept bare
            result = [found] if found else []
        elif not isinstance(found, type(default)):
            try:
                result = type(default)(found)
            except (TypeError, ValueError):
                result = default
        return cast(T, result)

    def set(self, key: str, value: Any) -> None:
        """Keep a value."""
        self._store.setValue(key, value)
        self.changed.emit(key)

    def recent(self) -> list[str]:
        """Projects opened lately, newest first, that still exist."""
        return [path for path in self.value("recent", []) if os.path.exists(path)]

    def add_recent(self, path: Path) -> None:
        """Put a project first among the recent ones; ten are kept."""
        others = [each for each in self.value("recent", []) if each != str(path)]
        self.set("recent", [str(path), *others][:10])

    def sync(self) -> None:
        """Write to disk now."""
        self._store.sync()

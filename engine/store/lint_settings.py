"""What a project keeps of its linter: limits, and the findings that were left as they are."""

from collections.abc import Iterable
from typing import Any, Final, Protocol

from engine.document.lint import RULES, Limits

LIMITS: Final = "lint.limits"
_LEFT: Final = "lint.left/"

RANGES: Final[dict[str, tuple[float, float]]] = {
    "hole": (0, 100_000),
    "island": (0, 100_000),
    "duplicate": (0.5, 1),
    "touch": (0.05, 1),
    "overlap": (1, 100_000),
}
"""Limit → least and largest value that is kept and read; beyond it sound masks would be mended."""


class Keeps(Protocol):
    """A project, as far as its settings go."""

    def setting(self, key: str, default: Any = None) -> Any:
        """A value kept with the project."""

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a JSON value with the project; None forgets it."""


def limits_of(project: Keeps) -> Limits:
    """What counts as a fault in this project; the usual where nothing that can be read is kept."""
    said = project.setting(LIMITS)
    if not isinstance(said, dict):
        return Limits()
    usual = Limits()
    kept: dict[str, Any] = {}
    for name, (least, most) in RANGES.items():
        value = said.get(name)
        if isinstance(value, int | float) and least <= value <= most:
            kept[name] = type(getattr(usual, name))(value)
    off = said.get("off")
    if isinstance(off, list):
        kept["rules"] = usual.rules - {name for name in off if isinstance(name, str)}
    return Limits(**kept)


def keep_limits(project: Keeps, limits: Limits) -> None:
    """Keep what counts; the usual is not written down.

    Raises:
        EngineError: the project can only be read.
    """
    if limits == Limits():
        project.set_setting(LIMITS, None)
        return
    said: dict[str, Any] = {name: getattr(limits, name) for name in RANGES}
    said["off"] = sorted(RULES.keys() - limits.rules)
    project.set_setting(LIMITS, said)


def left_of(project: Keeps, image: int) -> frozenset[str]:
    """Keys of the findings of an image that a person left as they are."""
    said = project.setting(f"{_LEFT}{image}")
    keys = said if isinstance(said, list) else []
    return frozenset(each for each in keys if isinstance(each, str))


def leave(project: Keeps, image: int, keys: Iterable[str]) -> None:
    """Leave exactly these findings of an image as they are.

    Raises:
        EngineError: the project can only be read.
    """
    project.set_setting(f"{_LEFT}{image}", sorted(keys) or None)

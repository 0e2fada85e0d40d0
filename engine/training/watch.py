"""What training says while it runs; a job's context fits."""

from __future__ import annotations

from typing import Literal, Protocol


class Watch(Protocol):
    """Who is told, and may end it."""

    def check(self) -> None:
        """Called between steps; raises to end the training."""

    def progress(self, done: int, total: int, text: str = "") -> None:
        """How far it is."""

    def metric(self, name: str, step: int, value: float) -> None:
        """One number of a curve."""

    def note(self, text: str, level: Literal["info", "warning", "error"] = "info") -> None:
        """One sentence for the user."""

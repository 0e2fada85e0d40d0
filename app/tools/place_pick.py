"""Picks places that a sheet shows on the picture, and gives each to one who may have it."""

from typing import Protocol

from app.tools.base import Desk, Gesture, Pointer, Result
from engine.document.commands import Command


class Places(Protocol):
    """What a sheet shows."""

    def is_place(self, x: int, y: int) -> bool:
        """Whether the pixel lies in a place."""

    def pick(self, x: int, y: int, *, turn: bool) -> None:
        """Look at the place of a pixel; with ``turn``, where it is already, at the next who may."""

    def given(self) -> Command | None:
        """The step that gives the place that is looked at to who is looked at.

        Raises:
            EngineError: what would change is locked.
        """


class PlacePick:
    """A click picks a place, another the next who may have it; Ctrl click and Enter give it."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def takes(self, press: Pointer) -> bool:
        """See Guest; with Shift objects are selected as everywhere."""
        return not press.shift and self._places.is_place(int(press.x // 1), int(press.y // 1))

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture; it acts on the release, so that Escape leaves all as it was."""
        if press.kind == "enter":
            return Result(self._places.given())
        event = press
        while event.kind != "release":
            event = yield
        self._places.pick(int(press.x // 1), int(press.y // 1), turn=not press.ctrl)
        return Result(self._places.given()) if press.ctrl else None

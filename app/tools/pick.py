"""Choosing what is painted under the pointer."""

from app.tools.base import Desk, Pointer
from engine.document.taxonomy import FIRST_CLASS


def choose_layer_class(press: Pointer, desk: Desk) -> None:
    """Where a class is painted as pixels, the class is the object."""
    found = desk.document.layer.at(int(press.x // 1), int(press.y // 1))
    if found >= FIRST_CLASS:
        desk.choose_class(found)

"""Choosing what is painted under the pointer."""

from app.tools.base import Desk, Pointer
from engine.document.taxonomy import FIRST_CLASS


def choose_layer_class(press: Pointer, desk: Desk) -> None:
    """Where a class is painted as pixels, the class is the object."""
    found = desk.document.layer.at(int(press.x // 1), int(press.y // 1))
    if found >= FIRST_CLASS:
        desk.choose_class(found)


def deeper(stack: list[int], selection: frozenset[int], step: int = 1) -> tuple[int, ...]:
    """The object below the selected one in a stack, topmost first; after the last the first."""
    if not stack:
        return ()
    here = [place for place, number in enumerate(stack) if number in selection]
    if not here:
        return (stack[0 if step > 0 else -1],)
    return (stack[(here[-1] + step) % len(stack)],)

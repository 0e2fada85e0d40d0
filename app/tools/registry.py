"""The tools there are, by id; menus, rail, option strip and canvas read this table.

The gestures themselves are imported when one is first asked for: thirty modules that a window
which starts does not need.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import import_module
from typing import Literal

from app.tools.base import Tool
from app.tools.offered import (
    CELL,
    CHANNEL,
    CONNECTED,
    EDGE,
    GAP,
    HOLES,
    KEEP_INSIDE,
    ON_SCREEN,
    PEN_PRESSURE,
    SHOW_CELLS,
    SMOOTH,
    TOLERANCE,
)
from app.tools.options import Number, Option

Pointed = Literal["ring", "cross", "arrow", "hand"]


@dataclass(frozen=True)
class ToolInfo:
    """One tool.

    Attributes:
        id: as in ``Session.tool`` and in the action ``tool.<id>``.
        name: for people.
        icon: Phosphor name.
        pointer: what stands at the pointer.
        paints: it edits with the current class; Ctrl picks up a class, the right button erases.
        hint: one line for the status bar.
        make: makes its gesture; None for the hand, which moves the picture and touches no data.
        options: what the option strip offers; values live in ``Session.tool_options``.
        wheel: the number that Shift and the wheel change; without one and without a ring they walk
            through the stack under the pointer.
        stays: its gesture may go on after the release; Enter, Backspace and undo belong to it then.
    """

    id: str
    name: str
    icon: str
    pointer: Pointed
    paints: bool
    hint: str
    make: Callable[[], Tool] | None
    options: tuple[Option, ...] = ()
    wheel: Number | None = None
    stays: bool = False

    @cached_property
    def tool(self) -> Tool | None:
        """Its gesture, the same each time; the first time takes a few milliseconds."""
        return None if self.make is None else self.make()


def _gesture(module: str, name: str, **how: bool) -> Tool:
    made: Tool = getattr(import_module(f"app.tools.{module}"), name)(**how)
    return made


def _of(module: str, name: str, **how: bool) -> Callable[[], Tool]:
    """Makes the gesture of that name in ``app.tools``."""
    return partial(_gesture, module, name, **how)


_ALL = (
    ToolInfo(
        "select",
        "Select",
        "cursor",
        "arrow",
        False,
        "Click to select · Shift click to add · Ctrl click one deeper",
        _of("select", "Select"),
    ),
    ToolInfo(
        "brush",
        "Brush",
        "paint-brush",
        "ring",
        True,
        "Drag to add · right drag or hold {tool.eraser} to remove · "
        "Shift click for a straight line",
        _of("brush", "Brush"),
        (ON_SCREEN, PEN_PRESSURE, KEEP_INSIDE),
    ),
    ToolInfo(
        "eraser",
        "Eraser",
        "eraser",
        "ring",
        True,
        "Drag to remove · Shift click for a straight line · Shift wheel for the size",
        _of("brush", "Brush", erase=True),
        (ON_SCREEN, PEN_PRESSURE),
    ),
    ToolInfo(
        "polygon",
        "Polygon",
        "polygon",
        "cross",
        True,
        "Click points · {edit.enter} closes · right click: closes and begins a hole · "
        "{edit.backspace} takes back · begun with the right button it cuts out",
        _of("polygon", "Polygon"),
        (KEEP_INSIDE,),
        stays=True,
    ),
    ToolInfo(
        "lasso",
        "Lasso",
        "scribble-loop",
        "cross",
        True,
        "Draw around an area to add it · right drag or hold {tool.eraser} to remove · "
        "Shift goes straight and on after the release",
        _of("lasso", "Lasso"),
        (KEEP_INSIDE,),
        stays=True,
    ),
    ToolInfo(
        "fill",
        "Fill",
        "paint-bucket",
        "cross",
        True,
        "Click inside a gap or an unlabelled area to fill it",
        _of("fill", "Fill"),
    ),
    ToolInfo(
        "points",
        "Edit points",
        "path",
        "arrow",
        True,
        "Drag a point, Shift for straight lines · press on the line for a new one · "
        "right click or {edit.backspace} takes one away",
        _of("points", "Points"),
        stays=True,
    ),
    ToolInfo(
        "cut",
        "Cut",
        "scissors",
        "cross",
        True,
        "Draw across an object to part it, around a part to take it out · click points, "
        "{edit.enter} cuts",
        _of("cut", "Cut"),
        (GAP,),
        GAP,
        stays=True,
    ),
    ToolInfo(
        "join",
        "Join",
        "link-simple",
        "cross",
        False,
        "Click objects to join them with the selected one · drag across several of a class · "
        "Ctrl click begins with another",
        _of("join", "Join"),
        stays=True,
    ),
    ToolInfo(
        "wand",
        "Magic wand",
        "magic-wand",
        "cross",
        True,
        "Press on an area, drag right for more of it, left for less · "
        "right drag or hold {tool.eraser} to remove",
        _of("wand", "Wand"),
        (TOLERANCE, CONNECTED, CHANNEL, SMOOTH, HOLES),
        TOLERANCE,
    ),
    ToolInfo(
        "superpixel",
        "Superpixels",
        "hexagon",
        "cross",
        True,
        "Paint over cells to add them · right drag or hold {tool.eraser} to remove · "
        "Shift wheel for the size of the cells",
        _of("superpixel", "Superpixels"),
        (CELL, SHOW_CELLS),
        CELL,
    ),
    ToolInfo(
        "snap_box",
        "Snap in a box",
        "bounding-box",
        "cross",
        True,
        "Drag a box around an object to outline it · around the selected one to find it anew · "
        "right drag removes",
        _of("snap_box", "SnapBox"),
        (EDGE,),
        EDGE,
    ),
    ToolInfo("pan", "Pan", "hand", "hand", False, "Drag to move the picture · wheel zooms", None),
)

TOOLS: dict[str, ToolInfo] = {info.id: info for info in _ALL}
"""By id, in the order of the rail."""


def tool_info(tool_id: str) -> ToolInfo:
    """The tool of that id; Select where there is none."""
    return TOOLS.get(tool_id, TOOLS["select"])


HELD_HINTS = {
    "masks": "The masks alone, as long as the key is down",
    "lift": "The limits are lifted as long as the key is down",
    "changes": "Since the proposal: rising lines added · dots taken away · grid another class",
}


def hint(tool_id: str, held: str = "") -> str:
    """One line on what the pointer does now, following a held key; keys as ``{action}``."""
    if held in HELD_HINTS:
        return HELD_HINTS[held]
    if held == "pan":
        return TOOLS["pan"].hint
    if held == "erase" and tool_info(tool_id).paints and tool_info(tool_id).pointer != "ring":
        return "As long as the key is down: what you draw or press is taken away"
    if held == "erase" and tool_info(tool_id).paints:
        return TOOLS["eraser"].hint
    return tool_info(tool_id).hint

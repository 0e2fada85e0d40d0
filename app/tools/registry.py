"""The tools there are, by id; menus, rail, option strip and canvas read this table."""

from dataclasses import dataclass
from typing import Literal

from app.tools.base import Tool
from app.tools.brush import KEEP_INSIDE, ON_SCREEN, PEN_PRESSURE, Brush
from app.tools.fill import Fill
from app.tools.options import Number, Option
from app.tools.polygon import Polygon
from app.tools.select import Eyedropper, Select

Pointed = Literal["ring", "cross", "arrow", "hand"]


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """One tool.

    Attributes:
        id: as in ``Session.tool`` and in the action ``tool.<id>``.
        name: for people.
        icon: Phosphor name.
        pointer: what stands at the pointer.
        paints: it edits with the current class; Ctrl picks up a class, the right button erases.
        hint: one line for the status bar.
        tool: its gesture; None for the hand, which moves the picture and touches no data.
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
    tool: Tool | None
    options: tuple[Option, ...] = ()
    wheel: Number | None = None
    stays: bool = False


_ALL = (
    ToolInfo(
        "select",
        "Select",
        "cursor",
        "arrow",
        False,
        "Click to select · Shift click to add · Ctrl click one deeper",
        Select(),
    ),
    ToolInfo(
        "brush",
        "Brush",
        "paint-brush",
        "ring",
        True,
        "Drag to add · right drag or hold {tool.eraser} to remove · Shift click for a straight line",
        Brush(),
        (ON_SCREEN, PEN_PRESSURE, KEEP_INSIDE),
    ),
    ToolInfo(
        "eraser",
        "Eraser",
        "eraser",
        "ring",
        True,
        "Drag to remove · Shift click for a straight line · Shift wheel for the size",
        Brush(erase=True),
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
        Polygon(),
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
        Fill(),
    ),
    ToolInfo("pan", "Pan", "hand", "hand", False, "Drag to move the picture · wheel zooms", None),
)

TOOLS: dict[str, ToolInfo] = {info.id: info for info in _ALL}
"""By id, in the order of the rail."""

EYEDROPPER: Tool = Eyedropper()


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
    if held == "erase" and tool_info(tool_id).paints:
        return TOOLS["eraser"].hint
    return tool_info(tool_id).hint

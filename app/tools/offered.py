"""What each tool can be told, apart from the tools: the option strip shows it before one is used.

This module imports no tool, so that the window need not either when it starts.
"""

from typing import Final

from app.tools.options import Choice, Number, Switch

STORED: Final = "stored"
"""Begins the name of a stored channel; its number follows, from 1."""

_MOST_STORED: Final = 8

PEN_PRESSURE = Switch(
    "pen_pressure", "Pen pressure sets size", "A lighter pen paints down to 35 % of the size", True
)

ON_SCREEN = Switch(
    "size_on_screen",
    "Size on screen",
    "The brush keeps its size on the screen when you zoom, and not in the image",
)

KEEP_INSIDE = Switch("keep_inside", "Keep inside free area", "Paint only where no other object is")

GAP = Number("cut_gap", "Gap", "Pixels taken away along the line; 0 loses none", 0, 0, 50, "px")

TOLERANCE = Number(
    "tolerance",
    "Tolerance",
    "How unlike the pixel you press on a pixel may be, of the range of values in view; "
    "drag to change it, right for more",
    10.0,
    0.0,
    100.0,
    "%",
    decimals=1,
)

CONNECTED = Switch(
    "connected", "Connected", "Off: everything like it in the whole image, connected or not", True
)

CHANNEL = Choice(
    "channel",
    "Compare",
    "What has to be like the pixel you press on; stored channels as in the file",
    (
        ("color", "Colour"),
        ("luminance", "Brightness"),
        ("red", "Red"),
        ("green", "Green"),
        ("blue", "Blue"),
        *((f"{STORED}{n}", f"Stored {n}") for n in range(1, _MOST_STORED + 1)),
    ),
)

SMOOTH = Number("wand_smooth", "Smooth", "Evens out the edge of the result", 0, 0, 12, "px")

HOLES = Number(
    "wand_holes", "Fill holes up to", "Gaps that are no larger are filled", 0, 0, 5000, "px"
)

CELL = Number(
    "cell_size",
    "Cell size",
    "About how wide a cell is on the screen; Shift and the wheel change it",
    28.0,
    8.0,
    160.0,
    "px",
    even=True,
)

SHOW_CELLS = Switch("show_cells", "Show cells", "Draw the borders of the cells", True)

EDGE = Number(
    "snap_edge",
    "Edge",
    "How far the outline may move to an edge of the photo afterwards; 0 leaves it",
    3.0,
    0.0,
    20.0,
    "px",
)

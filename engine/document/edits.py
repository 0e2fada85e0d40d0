"""Everything a person can do to an image, as functions that answer with a command.

Each takes the document and what is wanted, changes nothing, and returns the one undo step that
does it, or None where nothing would change. What is not allowed raises ``EngineError`` with the
sentence to show. The parts: ``targets`` (what a press edits), ``painting`` (pixels), ``objects``
(whole objects), ``joining``, ``parting`` (cut, move outlines), ``neighbours`` (cut out, give),
``finishing`` (fill, done).
"""

from engine.document.finishing import fill, mark_done, reopen
from engine.document.joining import join, merge
from engine.document.neighbours import Neighbour, cut_out, give, neighbours
from engine.document.objects import (
    accept,
    change_class,
    change_layer_class,
    delete,
    paste,
    reject,
    reorder,
    set_attributes,
    tidy,
)
from engine.document.painting import foretelling, paint, set_mask
from engine.document.parting import Parted, cut, cut_class, reshape, reshape_class
from engine.document.targets import Target, press

__all__ = [
    "Neighbour",
    "Parted",
    "Target",
    "accept",
    "change_class",
    "change_layer_class",
    "cut",
    "cut_class",
    "cut_out",
    "delete",
    "fill",
    "foretelling",
    "give",
    "join",
    "mark_done",
    "merge",
    "neighbours",
    "paint",
    "paste",
    "press",
    "reject",
    "reopen",
    "reorder",
    "reshape",
    "reshape_class",
    "set_attributes",
    "set_mask",
    "tidy",
]

"""Everything a person can do to an image, as functions that answer with a command.

Each takes the document and what is wanted, changes nothing, and returns the one undo step that
does it, or None where nothing would change. What is not allowed raises ``EngineError`` with the
sentence to show. The parts: ``targets`` (what a press edits), ``painting`` (pixels), ``objects``
(whole objects), ``finishing`` (fill, done).
"""

from engine.document.finishing import fill, mark_done, reopen
from engine.document.objects import (
    accept,
    change_class,
    change_layer_class,
    delete,
    merge,
    paste,
    reject,
    reorder,
    set_attributes,
    tidy,
)
from engine.document.painting import paint, set_mask
from engine.document.targets import Target, press

__all__ = [
    "Target",
    "accept",
    "change_class",
    "change_layer_class",
    "delete",
    "fill",
    "mark_done",
    "merge",
    "paint",
    "paste",
    "press",
    "reject",
    "reopen",
    "reorder",
    "set_attributes",
    "set_mask",
    "tidy",
]

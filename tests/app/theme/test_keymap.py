import json
from itertools import combinations

from PySide6.QtGui import QKeySequence

from app.action_table import ACTIONS
from app.theme.tokens import resource_text

KEYS = json.loads(resource_text("themes", "keymap.json"))["keys"]
# Contexts that can be live at the same moment.
TOGETHER = {
    frozenset(pair)
    for pair in (
        ("global", "canvas"),
        ("global", "correct"),
        ("global", "inspect"),
        ("global", "candidates"),
        ("canvas", "correct"),
        ("canvas", "inspect"),
        ("canvas", "candidates"),
        ("correct", "candidates"),
    )
}


def meet(first, second):
    return first == second or frozenset((first, second)) in TOGETHER


def test_keymap_binds_every_key_once_where_contexts_meet():
    clashes = [
        (a, b)
        for a, b in combinations(KEYS, 2)
        if a["key"] == b["key"] and meet(a["context"], b["context"])
    ]
    assert clashes == []


def test_action_table_binds_every_key_once_where_contexts_meet():
    bound = [(QKeySequence(key).toString(), action) for action in ACTIONS for key in action.keys]
    assert all(text for text, _ in bound)
    clashes = [
        (text, one.id, two.id)
        for (text, one), (other, two) in combinations(bound, 2)
        if text == other and one.id != two.id and meet(one.context, two.context)
    ]
    # Backspace takes back a point only while a polygon is open, where nothing else wants it.
    assert clashes == []


def test_contexts_are_known():
    known = {"global", "canvas", "correct", "inspect", "candidates"}
    assert {key["context"] for key in KEYS} <= known
    assert {action.context for action in ACTIONS} <= known

"""The table of actions against the designed key map, and how actions answer."""

import json

import pytest
from PySide6.QtGui import QKeySequence

from app.action_table import ACTIONS
from app.actions import Actions
from app.session import Session

# Keys of the design that act inside a widget (mouse-like) or come with a later version.
ELSEWHERE = {
    "S": "smart select is a later version",
    "Arrows": "the canvas moves its cross",
    "Shift+I": "an outside point belongs to smart select",
    "Shift+Tab": "candidates belong to smart select",
}


def designed(root):
    entries = json.loads((root / "resources/themes/keymap.json").read_text())["keys"]
    for entry in entries:
        if entry["key"] == "1…9":
            yield from (str(n) for n in range(1, 10))
        else:
            yield entry["key"]


def normal(key):
    return QKeySequence({"Delete": "Del", "Enter": "Return"}.get(key, key)).toString()


def test_every_designed_key_is_bound(root, qapp):
    bound = {normal(key) for action in ACTIONS for key in action.keys}
    missing = [key for key in designed(root) if key not in ELSEWHERE and normal(key) not in bound]
    assert missing == []


def test_every_action_has_a_key():
    assert [action.id for action in ACTIONS if not action.keys] == []


def test_no_key_means_two_things_where_both_are_live(qapp):
    together = {
        "global": {"global", "canvas", "correct", "inspect", "candidates"},
        "canvas": {"global", "canvas", "correct", "inspect", "candidates"},
        "correct": {"global", "canvas", "correct", "candidates"},
        "inspect": {"global", "canvas", "inspect"},
        "candidates": {"global", "canvas", "correct", "candidates"},
    }
    for one in ACTIONS:
        for other in ACTIONS:
            if one is not other and other.context in together[one.context]:
                assert not {normal(k) for k in one.keys} & {normal(k) for k in other.keys}


def test_names_are_unique_and_alt_is_free():
    names = [action.id for action in ACTIONS]
    assert len(names) == len(set(names))
    assert not [key for action in ACTIONS for key in action.keys if "Alt" in key]


@pytest.fixture
def actions(qapp):
    session = Session()
    said = []
    session.said.connect(lambda text, level: said.append((text, level)))
    found = Actions(session)
    found.said = said
    yield found
    found.deleteLater()
    session.deleteLater()


def test_an_action_that_cannot_run_says_why(actions):
    ran = []
    actions.handle("edit.undo", lambda: ran.append(1), lambda: "There is nothing to undo.")
    actions.trigger("edit.undo")
    assert ran == []
    assert actions.said == [("There is nothing to undo.", "info")]


def test_an_action_is_bound_once(actions):
    actions.handle("edit.undo", lambda: None)
    with pytest.raises(ValueError, match="bound twice"):
        actions.handle("edit.undo", lambda: None)
    with pytest.raises(KeyError):
        actions.handle("edit.nothing", lambda: None)

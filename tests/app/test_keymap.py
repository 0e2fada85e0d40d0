"""Which key runs what: sets, changes, conflicts, files, and how keys are written."""

import json

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from app import key_text
from app.action_table import ACTIONS
from app.keymap import SETTING, Keymap, meet, mirrored
from app.keymap_file import KeySet, read, write
from app.settings import Settings
from engine.errors import EngineError

Key = Qt.Key
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
NAMES = {action.id for action in ACTIONS}


@pytest.fixture
def keymap(qapp):
    return Keymap()


@pytest.fixture
def settings(qapp):
    found = Settings()
    yield found
    found._store.clear()


# -- sets ------------------------------------------------------------------------------------


def test_the_designed_set_has_no_conflict(keymap):
    assert [name for name in NAMES if keymap.lost(name)] == []
    assert keymap.live("edit.redo") == ("Ctrl+Shift+Z", "Ctrl+Y")


def test_the_left_handed_set_mirrors_single_keys_and_has_no_conflict(keymap):
    keymap.set_hand("left")
    assert [name for name in NAMES if keymap.lost(name)] == []
    assert keymap.live("proposal.accept") == (";",)
    assert keymap.live("proposal.accept_class") == ("Shift+;",)
    assert keymap.live("image.next") == ("O",)
    assert keymap.live("view.masks_alone") == ("C",)
    assert keymap.live("edit.undo") == ("Ctrl+Z",)
    assert keymap.live("object.delete") == ("Del",)
    assert keymap.live("class.1") == ("1",)


def test_the_mirror_is_its_own_inverse():
    single = {key for a in ACTIONS for key in map(key_text.normal, a.keys)}
    for key in single:
        assert key_text.same_press(mirrored(mirrored(key))) == key_text.same_press(key)


def test_contexts_that_never_meet_may_share_a_key(keymap):
    assert not meet("correct", "inspect")
    assert meet("canvas", "correct")
    keymap.set_keys("inspect.fix", ["B"])
    assert keymap.live("inspect.fix") == ("B",)
    assert keymap.live("tool.brush") == ("B",)
    assert keymap.lost("inspect.fix") == {}


# -- changes ---------------------------------------------------------------------------------


def test_several_keys_none_and_the_way_back(keymap):
    told = []
    keymap.changed.connect(lambda: told.append(1))
    keymap.set_keys("tool.brush", ["Ctrl+F7", "B", "Ctrl+F7", "nonsense", ""])
    assert keymap.live("tool.brush") == ("Ctrl+F7", "B")
    assert keymap.is_changed("tool.brush")
    keymap.set_keys("tool.brush", [])
    assert keymap.live("tool.brush") == ()
    keymap.reset("tool.brush")
    assert keymap.live("tool.brush") == ("B",)
    assert not keymap.is_changed("tool.brush")
    assert len(told) == 3


def test_a_key_wanted_twice_goes_to_what_was_changed(keymap):
    keymap.set_keys("view.fit", ["B"])
    assert keymap.live("view.fit") == ("B",)
    assert keymap.live("tool.brush") == ()
    assert keymap.lost("tool.brush") == {"B": "view.fit"}
    assert [a.id for a in keymap.holders("B", "tool.polygon")] == ["tool.brush", "view.fit"]
    keymap.reset("view.fit")
    assert keymap.live("tool.brush") == ("B",)


def test_one_press_under_two_spellings_is_one_key(keymap):
    assert [a.id for a in keymap.holders("{", "tool.brush")] == ["view.opacity_down"]
    assert [a.id for a in keymap.holders("Shift+=", "tool.brush")] == ["view.zoom_in"]
    keymap.set_keys("tool.brush", ["?"])
    assert [a.id for a in keymap.find("Shift+/")] == ["tool.brush"]


def test_take_and_swap(keymap):
    keymap.take_key("tool.brush", "P")
    assert keymap.live("tool.brush") == ("B", "P")
    assert keymap.live("tool.polygon") == ()
    keymap.reset()
    keymap.swap("tool.brush", "B", "P")
    assert keymap.live("tool.brush") == ("P",)
    assert keymap.live("tool.polygon") == ("B",)
    keymap.reset()
    assert not any(keymap.is_changed(name) for name in NAMES)


def test_single_keys_can_be_switched_off_as_a_whole(keymap):
    keymap.set_single_keys(False)
    for name in ("tool.brush", "class.1", "view.masks_alone", "proposal.accept_class"):
        assert keymap.live(name) == (), name
        assert keymap.lost(name) == {}
    for name in ("edit.undo", "tool.pan", "edit.escape", "object.delete", "app.keys"):
        assert keymap.live(name) == keymap.keys(name), name


def test_what_was_changed_outlives_the_program(settings):
    first = Keymap(settings)
    first.set_hand("left")
    first.set_keys("tool.brush", ["Ctrl+F7"])
    first.set_single_keys(False)
    again = Keymap(settings)
    assert (again.hand, again.single_keys) == ("left", False)
    assert again.keys("tool.brush") == ("Ctrl+F7",)
    again.reset("tool.brush")
    assert not Keymap(settings).is_changed("tool.brush")


def test_kept_keys_that_cannot_be_read_are_said_and_the_set_is_used(settings):
    settings.set(SETTING, "{broken")
    found = Keymap(settings)
    assert found.live("tool.brush") == ("B",)
    assert "cannot be read" in found.problem


# -- files -----------------------------------------------------------------------------------


def test_export_and_import_carry_everything(keymap, qapp):
    keymap.set_hand("left")
    keymap.set_keys("tool.brush", ["Ctrl+F7", "K"])
    keymap.set_keys("tool.fill", [])
    text = keymap.export()
    assert set(json.loads(text)["keys"]) == NAMES
    other = Keymap()
    other.set_keys("tool.polygon", ["F9"])
    other.import_(text)
    assert {name: other.keys(name) for name in NAMES} == {n: keymap.keys(n) for n in NAMES}
    assert other.is_changed("tool.brush")
    assert not other.is_changed("tool.polygon")
    assert other.export() == text


def test_unknown_actions_are_named_and_kept(keymap):
    text = write(KeySet(keys={"tool.brush": ("F9",)}, unknown={"tool.laser": ("Ctrl+F9",)}))
    said = keymap.import_(text)
    assert said.unknown == {"tool.laser": ("Ctrl+F9",)}
    assert keymap.live("tool.brush") == ("F9",)
    keymap.set_keys("tool.fill", ["F12"])
    assert json.loads(keymap.export())["keys"]["tool.laser"] == ["Ctrl+F9"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "cannot be read as keys"),
        ("[]", "is not a file of keys"),
        ('{"format": "other"}', "is not a file of keys"),
        ('{"format": "maskwright-keys", "version": 99}', "newer Maskwright"),
        ('{"format": "maskwright-keys", "version": 1, "hand": "both"}', "hand or single_keys"),
        ('{"format": "maskwright-keys", "version": 1, "keys": []}', "no list of keys"),
        ('{"format": "maskwright-keys", "version": 1, "keys": {"a": 1}}', "not a list of texts"),
        (
            '{"format": "maskwright-keys", "version": 1, "keys": {"tool.brush": ["Foo+1"]}}',
            "“Foo+1” of tool.brush is not a key. Nothing was taken",
        ),
        ("[" * 100_000, "cannot be read as keys"),
    ],
)
def test_a_file_that_cannot_be_taken_changes_nothing(keymap, text, sentence):
    keymap.set_keys("tool.brush", ["F9"])
    before = keymap.export()
    with pytest.raises(EngineError, match=sentence.replace("+", r"\+")):
        keymap.import_(text, "mine.json")
    assert keymap.export() == before


def test_a_key_wanted_twice_in_a_file_is_taken_and_told(keymap):
    keymap.import_(write(KeySet(keys={"tool.brush": ("F9",), "tool.fill": ("F9",)})))
    assert keymap.live("tool.brush") == ("F9",)
    assert keymap.lost("tool.fill") == {"F9": "tool.brush"}


def test_the_file_says_what_it_is():
    value = json.loads(write(KeySet()))
    assert (value["format"], value["version"]) == ("maskwright-keys", 1)
    assert read(write(KeySet("left", False)), NAMES) == KeySet("left", False)


# -- how keys are written --------------------------------------------------------------------


def event(key, keys=NONE, text="", scan=0):
    return QKeyEvent(QEvent.Type.KeyPress, key, keys, scan, scan, 0, text)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (event(Key.Key_B), "B"),
        (event(Key.Key_B, SHIFT), "Shift+B"),
        (event(Key.Key_K, CTRL | SHIFT), "Ctrl+Shift+K"),
        (event(Key.Key_BraceLeft, SHIFT), "{"),
        (event(Key.Key_BracketLeft, SHIFT), "Shift+["),
        (event(Key.Key_Plus, CTRL | SHIFT), "Ctrl++"),
        (event(Key.Key_Backtab, SHIFT), "Shift+Tab"),
        (event(Key.Key_5, Qt.KeyboardModifier.KeypadModifier), "5"),
        (event(Key.Key_Shift, SHIFT), ""),
        (event(Key.Key_F9, CTRL), "Ctrl+F9"),
        # Cyrillic А is where F lies: scan code 33 of the kernel
        (event(0x0410, NONE, "а", 33 + key_text.XKB_OFFSET), "F"),
        (event(0x0410, SHIFT, "А", 33 + key_text.XKB_OFFSET), "Shift+F"),
        # Greek Ω without a code that is known stays what it is
        (event(0x03A9, NONE, "ω", 0), "Ω"),
        # French É is Latin: by letter, wherever it lies
        (event(0x00C9, NONE, "é", 3 + key_text.XKB_OFFSET), "É"),
    ],
)
def test_what_is_pressed(qapp, given, key):
    assert key_text.pressed(given) == key


@pytest.mark.parametrize(
    ("platform", "code", "letter"),
    [
        ("linux", 24, "Q"),
        ("linux", 61, "/"),
        ("win32", 16, "Q"),
        ("win32", 53, "/"),
        ("linux", 23, ""),
        ("darwin", 12, "Q"),
        ("darwin", 0, "A"),
        ("darwin", 47, "."),
        ("darwin", 50, "`"),
        ("darwin", 36, ""),
        ("darwin", 200, ""),
    ],
)
def test_the_place_of_a_letter(qapp, platform, code, letter):
    assert key_text._at(event(0x0410, NONE, "а", code), platform) == letter


@pytest.mark.parametrize("key", ["Alt+B", "Meta+B", "Ctrl+Alt+B", "Left", "Shift+Up", "Esc", "Tab"])
def test_keys_that_may_not_be_bound(key):
    assert key_text.refusal(key).endswith("Press another key.")


@pytest.mark.parametrize("key", ["B", "Ctrl+Left", "F1", "Space", "Ctrl+Tab", "{", "Del"])
def test_keys_that_may(key):
    assert key_text.refusal(key) == ""


def test_no_designed_key_is_one_that_may_not_be_bound():
    own = {"edit.escape", "object.next_below"}
    for action in ACTIONS:
        for key in map(key_text.normal, action.keys):
            assert action.id in own or not key_text.refusal(key), key


@pytest.mark.parametrize(
    ("key", "single"),
    [
        *((key, True) for key in ("B", "Shift+B", "{", "1", ",", "+")),
        *((key, False) for key in ("Ctrl+B", "Space", "F1", "Del", "Ctrl++")),
    ],
)
def test_which_keys_type_a_sign(key, single):
    assert key_text.is_single(key) is single

"""A hand that does anything, by chance and the same each time."""

import numpy as np
from PySide6.QtCore import Qt

from app.state import ValueRange
from app.tools.registry import TOOLS
from engine.document.targets import is_locked
from tests.e2e.driver import CTRL, PLAIN, SHIFT

Key = Qt.Key
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SIZE = (180, 260)
HAND = [name for name in TOOLS if name != "pan"]
COMMANDS = [
    *(f"object.{name}" for name in (
        "delete", "merge", "fill_gaps", "lock", "hide", "doubtful", "front", "back", "copy",
        "paste", "next", "previous", "new", "only_class", "deselect", "select_all", "cut_out",
        "give", "cut_out", "give", "next_below",
    )),
    *(f"proposal.{name}" for name in ("accept", "accept_class", "accept_all", "reject")),
    *(f"view.{name}" for name in ("zoom_in", "zoom_out", "fit", "zoom_object", "fills")),
    *(f"class.{number}" for number in range(1, 6)),
    "image.done", "image.reopen", "brush.larger", "brush.smaller", "limits.clear",
]  # fmt: skip
INTERRUPTS = [
    "escape", "tool", "class", "size", "wheel", "undo", "delete", "resize", "held", "backspace",
]  # fmt: skip
KINDS = ["grow", "shrink", "smooth", "open", "close", "holes", "islands", "edges"]


class Monkey:
    """Does one thing after the other, by chance."""

    def __init__(self, w, seed):
        self.w, self.session, self.canvas = w, w.session, w.canvas
        self.rng = np.random.default_rng(seed)
        self.done = []

    def one_of(self, things):
        return things[int(self.rng.integers(len(things)))]

    def chance(self, share):
        return self.rng.random() < share

    def place(self):
        """Anywhere in the image, a little beyond it, or on the outline of something."""
        height, width = SIZE
        shown = [each for each in self.session.in_sight() if each.mask]
        if shown and self.chance(0.5):
            left, top, right, bottom = self.one_of(shown).mask.box
            x, y = self.rng.uniform(left - 3, right + 3), self.rng.uniform(top - 3, bottom + 3)
            return self.one_of([(x, y), (left, y), (right, y), (x, top), (x, bottom)])
        return self.rng.uniform(-8, width + 8), self.rng.uniform(-8, height + 8)

    def act(self):
        kinds = (
            ["drag"] * 10 + ["clicks"] * 3 + ["command"] * 9 + ["undo", "redo", "redo", "points"]
        )
        kind = self.one_of([*kinds, "reshape", "cross", "limit", "points", "select", "leave"])
        self.done.append(kind)
        getattr(self, kind)()
        self.settle()

    def settle(self):
        """What is worked out has come; a shape that is open is closed or dropped."""
        errands = self.canvas.hands.aside.errands
        self.w.until(lambda: errands.calm)
        if self.canvas.is_stroking:
            self.w.key(self.one_of([Key.Key_Return, Key.Key_Return, Key.Key_Escape]))
            self.w.until(lambda: errands.calm)
        for _ in range(3):  # a list of classes may have opened over it
            if self.canvas.is_stroking:
                self.w.key(Key.Key_Escape)
        assert not self.canvas.is_stroking, self.done

    # -- gestures ----------------------------------------------------------------------------

    def choose(self):
        """A tool, a class, and now and then something selected."""
        self.w.trigger(f"tool.{self.one_of(HAND)}")
        if self.chance(0.5):
            self.w.trigger(f"class.{self.one_of([1, 1, 1, 2, 2, 3, 3, 3, 4, 5])}")
        if self.chance(0.5):
            self.select()
        self.done.append(self.session.tool)

    def select(self):
        """Nothing, one or several; what is locked or hidden less often than the rest."""
        document, taxonomy = self.w.document, self.session.taxonomy
        both = [*document.annotations.values(), *document.proposals.values()]
        if self.chance(0.8):
            both = [each for each in both if not (each.hidden or is_locked(taxonomy, each))]
        count = min(len(both), self.one_of([0, 0, 1, 1, 2, 3]))
        chosen = self.rng.permutation(len(both))[:count]
        self.session.set_selection([both[int(at)].id for at in chosen])

    def drag(self):
        self.choose()
        places = [self.place() for _ in range(self.rng.integers(2, 6))]
        button = self.one_of([LEFT, LEFT, RIGHT])
        keys = self.one_of([PLAIN, PLAIN, PLAIN, SHIFT, CTRL])
        self.w.press(*places, button=button, keys=keys, steps=4)
        if self.chance(0.35):
            self.interrupt()
        self.w.release(*places[-1], button=button, keys=keys)

    def interrupt(self):
        """Something comes in the middle of a gesture."""
        what = self.one_of(INTERRUPTS)
        self.done.append(what)
        w = self.w
        if what == "escape":
            w.key(Key.Key_Escape)
        elif what == "tool":
            w.trigger(f"tool.{self.one_of(HAND)}")
        elif what == "class":
            w.trigger(f"class.{self.rng.integers(1, 6)}")
        elif what == "size":
            w.trigger(self.one_of(["brush.larger", "view.zoom_in", "view.fit"]))
        elif what == "wheel":
            w.wheel(self.one_of([1, -1]), self.place(), self.one_of([PLAIN, SHIFT, CTRL]))
        elif what == "undo":
            w.key(Key.Key_Z, CTRL)
        elif what == "delete":
            w.key(Key.Key_Delete)
        elif what == "resize":
            self.canvas.settle()
            w.window.resize(self.one_of([1500, 1600]), self.one_of([900, 1000]))
        elif what == "held":
            key = self.one_of([Key.Key_T, Key.Key_Comma, Key.Key_Period, Key.Key_Y, Key.Key_E])
            w.hold(key)
            w.let_go(key)
        else:
            w.key(Key.Key_Backspace)

    def clicks(self):
        """Points one by one, as polygon and cut take them."""
        self.choose()
        if self.chance(0.6):
            self.w.trigger(self.one_of(["tool.polygon", "tool.cut", "tool.lasso"]))
        for _ in range(self.rng.integers(1, 6)):
            keys = self.one_of([PLAIN, PLAIN, SHIFT])
            self.w.stroke(self.place(), button=self.one_of([LEFT] * 5 + [RIGHT]), keys=keys)
            if self.chance(0.1):
                self.interrupt()

    def points(self):
        """Drag a handle of the selected object somewhere."""
        self.w.trigger("tool.points")
        things = [each for each in self.session.in_sight() if each.mask]
        if not things:
            return
        chosen = self.one_of(things)
        self.session.set_selection([chosen.id])
        left, top, _, bottom = chosen.mask.box
        rows = chosen.mask.read(chosen.mask.box)
        row = int(self.rng.integers(top, bottom))
        columns = np.flatnonzero(rows[row - top])
        if len(columns):
            keys = self.one_of([PLAIN, SHIFT])
            self.w.stroke((left + columns[0], row + 0.5), self.place(), keys=keys, steps=3)

    def cross(self):
        """The keyboard's cross: where it is, it presses."""
        self.choose()
        for _ in range(self.rng.integers(1, 5)):
            for _ in range(3):
                step = self.one_of([Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down])
                self.w.key(step, self.one_of([PLAIN, SHIFT]))
            self.w.key(Key.Key_I, self.one_of([PLAIN, PLAIN, SHIFT]))

    # -- commands ----------------------------------------------------------------------------

    def command(self):
        name = self.one_of(COMMANDS)
        self.done.append(name)
        self.w.trigger(name)

    def undo(self):
        for _ in range(self.rng.integers(1, 3)):
            self.w.key(Key.Key_Z, CTRL)

    def redo(self):
        for _ in range(self.rng.integers(1, 4)):
            self.w.key(Key.Key_Y, CTRL)

    def limit(self):
        """One limit more; a place where nothing may be touched is a good place for mistakes."""
        limits = self.session.limits
        self.canvas.settle()
        if self.chance(0.5):
            limits.set(values=ValueRange(0, 60, 200) if limits.now.values is None else None)
        else:
            over = frozenset({0, self.w.class_id("cell"), self.w.class_id("tissue")})
            limits.set(over=frozenset() if limits.now.over else over)

    def reshape(self):
        """The sheet with any operation, on anything, applied or left."""
        self.w.trigger(self.one_of(["object.reshape", "object.refine"]))
        sheet = self.w.window.sheet
        if sheet is None:
            return
        sheet.reshaping.ask(
            kind=self.one_of(KINDS),
            amount=int(self.rng.integers(1, 30)),
            scope=self.one_of(["selection", "class", "image"]),
        )
        self.done.append(sheet.reshaping.wish.kind)
        if self.chance(0.8):
            self.w.until(lambda: not sheet.reshaping.busy)
            sheet.main.click()
            self.w.until(lambda: not sheet.reshaping.busy)
        self.w.window.close_sheet()

    def leave(self):
        """To the other image and back, now and then in the middle of a stroke."""
        before = self.w.content
        self.session.set_selection(())
        self.w.trigger("image.next")
        self.w.trigger("image.previous")
        self.canvas.settle()
        assert diff(self.w.content, before) == [], "another image was opened and this one again"


def diff(a, b):
    """Where two contents differ, in words."""
    out = []
    for name, x, y in (("objects", a[0], b[0]), ("proposals", a[1], b[1])):
        for number in sorted(x.keys() | y.keys()):
            if x.get(number) != y.get(number):
                one, two = x.get(number), y.get(number)
                what = [each and (each[0], each[1], sum(each[2])) for each in (one, two)]
                out.append(f"{name} {number}: {what}")
    layers = [np.frombuffer(each[2], np.uint8) for each in (a, b)]
    count = np.count_nonzero(layers[0] != layers[1])
    if count:
        out.append(f"{count} pixels of the class map")
    if a[3] != b[3]:
        out.append(f"status {a[3]} {b[3]}")
    return out

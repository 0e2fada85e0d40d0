"""Anything in any order: tools, keys and commands by chance, on a picture that has everything.

After every act what is locked is as it was, and what is on the screen is what drawing it for the
first time shows; at the end undoing all leads back to the beginning, redoing all to the end, and
the project file holds the same.
"""

import os

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.canvas.mask_layer import MaskLayer
from app.canvas.scene import Scene
from app.state import ValueRange
from app.tools.registry import TOOLS
from engine.document.annotation import Annotation
from engine.document.targets import is_locked
from engine.masks.box import contains
from engine.masks.mask import Mask
from engine.masks.raster import disc, polygon
from engine.store import Project
from tests.e2e.content import content
from tests.e2e.driver import CTRL, PLAIN, SHIFT

Key = Qt.Key
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SIZE = (180, 260)
SEEDS = range(int(os.environ.get("MASKWRIGHT_MONKEYS", "3")))  # more of them look for what is left
ACTS = 45
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


def untouchable(w):
    """Pixels that are locked: by object, and by class in the layer."""
    taxonomy, document = w.session.taxonomy, w.document
    every = document.annotations.values()
    objects = {each.id: each.mask for each in every if is_locked(taxonomy, each)}
    return objects, {number: document.layer.mask(number) for number in taxonomy.locked_ids}


def kept(w, before, done):
    objects, layers = before
    for number, mask in objects.items():
        now = w.document.find(number)
        assert now is not None, f"a locked object is gone: {done}"
        assert now.mask.same(mask), f"a locked object has other pixels: {done}"
    for number, mask in layers.items():
        assert w.document.layer.mask(number).same(mask), f"a locked class was painted over: {done}"


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


def sound(w, done):
    """What holds for every document."""
    taxonomy, document = w.session.taxonomy, w.document
    for each in (*document.annotations.values(), *document.proposals.values()):
        assert each.mask, f"an object without pixels: {done}"
        assert contains((0, 0, SIZE[1], SIZE[0]), each.mask.box), f"beyond the image: {done}"
        assert each.proposal or taxonomy.is_thing(each.class_id), f"an area as an object: {done}"
    stuff = {0, 1} | {each.id for each in taxonomy.classes if not each.thing}
    assert set(np.unique(document.layer.to_array()).tolist()) <= stuff, done
    assert w.session.selection <= document.annotations.keys() | document.proposals.keys()
    assert w.session.tool == "superpixel" or w.canvas.picture.glass.is_clear, (
        f"something of a gesture was left: {done}"
    )


def looks_right(w, done):
    """The screen shows what a scene shows that has drawn nothing before."""
    w.canvas.settle()
    picture = w.canvas.picture
    masks = MaskLayer()
    masks.open(w.document, picture._taxonomy(), picture.around)
    scene = Scene(picture.photo, masks)
    scene.ratio, scene.surround = picture.ratio, picture.scene.surround
    scene.around = picture.around
    scene.set_camera(picture.camera)
    shown, fresh = _pixels(picture.scene), _pixels(scene)
    different = (np.abs(shown.astype(int) - fresh) > 24).any(axis=2)
    # A pixel of the photo may lie one screen pixel further where the picture was panned.
    assert different.sum() <= 60, f"{different.sum()} pixels show something else: {done}"


def _pixels(scene):
    scene.render()
    image = scene.image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8)
    return rows.reshape(image.height(), image.width(), 4)[..., :3].copy()


@pytest.fixture
def w(d, tmp_path):
    """Overlapping things, stuff, proposals, a locked class, a locked and a hidden object."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    rng = np.random.default_rng(3)
    pixels = np.clip(rng.normal(110, 12, (*SIZE, 3)), 0, 255)
    pixels[disc((90, 80), 40, SIZE).read((0, 0, SIZE[1], SIZE[0]))] += (70, 20, -30)
    for name in ("a", "b"):
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")
    d.open(folder)
    d.add_classes(cell=True, nucleus=True, tissue=False, wall=False, fixed=True)
    d.window.resize(1600, 1000)
    project, image = d.session.project, d.session.image.id
    numbers = iter(project.new_ids(10))

    def put(name, mask, order, **fields):
        number = next(numbers)
        return Annotation(id=number, class_id=d.class_id(name), mask=mask, order=order, **fields)

    objects = [
        put("cell", disc((90, 80), 40, SIZE), 0),
        put("cell", disc((130, 85), 30, SIZE), 1, locked=True),
        put("nucleus", disc((85, 75), 15, SIZE), 2),
        put("nucleus", Mask.rectangle((140, 20, 200, 60)), 3, hidden=True),
        put("fixed", polygon([(60, 100), (170, 110), (110, 170)], SIZE), 4),
        put("cell", disc((220, 150), 20, SIZE) - disc((220, 150), 9, SIZE), 5),
    ]
    layer = d.document.layer
    for name, box in (("tissue", (0, 100, 120, 180)), ("wall", (90, 120, 180, 180))):
        layer = layer.flip(layer.change(Mask.rectangle(box), d.class_id(name)))
    project.add_annotations(image, objects, layer)
    project.set_proposals(
        image,
        [
            put("cell", disc((200, 90), 28, SIZE), 6, proposal=True, score=0.9, source="m"),
            put("nucleus", disc((60, 60), 14, SIZE), 7, proposal=True, score=0.4, source="m"),
            put("tissue", Mask.rectangle((0, 0, 60, 70)), 8, proposal=True, score=0.7, source="m"),
            put("fixed", disc((240, 30), 16, SIZE), 9, proposal=True, score=0.8, source="m"),
        ],
    )
    d.canvas.settle()
    for name in ("wall", "fixed"):
        project.set_class_view(d.class_id(name), locked=True)
    d.session.touch_taxonomy()
    d.canvas.settle()
    return d


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_done_can_be_undone_and_is_kept(w, seed):
    begin = w.content
    monkey = Monkey(w, seed)
    for _ in range(ACTS):
        monkey.done.clear()
        before = untouchable(w)
        monkey.act()
        if not {"undo", "redo"} & set(monkey.done):
            kept(w, before, monkey.done)
        sound(w, monkey.done)
        looks_right(w, monkey.done)
    end = w.content
    history, head = w.session.history, w.session.history.head
    steps = 0
    while history.undo():
        steps += 1
        sound(w, "undo")
    assert steps
    assert diff(w.content, begin) == []
    while history.head < head:
        history.redo()
        sound(w, "redo")
    assert diff(w.content, end) == []
    looks_right(w, "redo")
    path, number = w.session.project.path, w.session.image.id
    w.program.files.close()
    project = Project.open(path)
    document = project.load(number)
    history = project.history(document)
    assert diff(content(document.state), end) == []
    while history.undo():
        pass
    assert diff(content(document.state), begin) == []
    project.close()

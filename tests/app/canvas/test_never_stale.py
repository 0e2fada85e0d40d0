"""Whatever is done in whatever order, the picture is what drawing it for the first time shows.

The fresh picture is drawn from copies that share nothing with what is on screen: no tiles, no
remembered reductions, no pictures kept for undo.
"""

import operator
from dataclasses import replace
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from app.canvas.mask_layer import MaskLayer
from app.canvas.scene import Scene
from engine.document.document import Document
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.raster import capsule, disc
from tests.app.canvas.harness import BOAT, CLASSES, PERSON, SKY, annotation

LARGE = (1500, 2100)


def rebuilt(document):
    """The document with masks and class map made anew from their pixels."""
    objects = []
    for each in (*document.annotations.values(), *document.proposals.values()):
        left, top = each.mask.box[:2]
        bits = each.mask.read(each.mask.box)
        objects.append(replace(each, mask=Mask.from_bits(bits, left, top)))
    layer = ClassMap.from_array(document.layer.to_array())
    return Document(1, document.size, annotations=objects, layer=layer)


def cells(scene):
    scene.render()
    image = scene.image
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    return rows.copy()


def fresh(desk):
    picture = desk.canvas.picture
    masks = MaskLayer()
    masks.open(rebuilt(desk.document), picture._taxonomy(), picture.around)
    scene = Scene(picture.photo, masks)
    scene.ratio, scene.surround = picture.ratio, picture.scene.surround
    scene.around = picture.around
    scene.set_camera(picture.camera)
    return cells(scene)


def most_different(a, b):
    parts = [(x[..., None] >> np.array([16, 8, 0], np.uint32)) & np.uint32(255) for x in (a, b)]
    return int(np.abs(parts[0].astype(int) - parts[1]).max())


class Person:
    """Does one thing after the other, by chance."""

    def __init__(self, desk, seed):
        self.desk, self.session = desk, desk.session
        self.rng = np.random.default_rng(seed)
        self.tolerance = 2

    def point(self):
        left, top, right, bottom = self.desk.canvas.camera.visible
        return self.rng.uniform(left, right), self.rng.uniform(top, bottom)

    def act(self):
        kinds = [
            *["stroke"] * 5, *["undo"] * 6, *["redo"] * 5, "erase", "hide", "hover", "select",
            "zoom", "pan", "opacity", "radius", "class", "color", "lines", "fills",
        ]  # fmt: skip
        kind = self.rng.choice(kinds)
        getattr(self, kind)()
        return kind

    def stroke(self, button=None):
        points = [self.point() for _ in range(self.rng.integers(2, 7))]
        self.session.set_tool("brush")
        self.desk.stroke(*points, button=button or self.desk.left)

    def erase(self):
        self.stroke(self.desk.right)

    def undo(self):
        self.session.history.undo()

    def redo(self):
        self.session.history.redo()

    def hide(self):
        taxonomy = self.session.taxonomy
        label = taxonomy.get(int(self.rng.choice([PERSON, BOAT, SKY])))
        changed = taxonomy.with_(replace(label, visible=not label.visible))
        self.session.project.taxonomy = changed
        self.session.touch_taxonomy()

    def hover(self):
        ids = [*self.desk.document.annotations, None]
        self.session.set_hovered(ids[self.rng.integers(len(ids))])

    def select(self):
        ids = list(self.desk.document.annotations)
        self.session.set_selection([n for n in ids if self.rng.random() < 0.3])

    def zoom(self):
        scale = float(self.rng.choice([0.12, 0.2, 0.45, 0.7, 1.0, 2.5]))
        self.desk.canvas.view.scale_to(scale, self.desk.canvas.view.middle)
        self.tolerance = 2  # all of it is drawn anew

    def pan(self):
        self.desk.canvas.pan(QPoint(*self.rng.integers(-60, 60, 2).tolist()))
        self.tolerance = 24  # strips of a photo between pixels are rounded otherwise

    def opacity(self):
        self.session.set_view(opacity=float(self.rng.choice([0.5, 1.0, 1.4])))

    def color(self):
        taxonomy = self.session.taxonomy
        label = taxonomy.get(int(self.rng.choice([PERSON, BOAT, SKY])))
        color = str(self.rng.choice(["#FF0000", "#00AA44", "#2070EF"]))
        self.session.project.taxonomy = taxonomy.with_(replace(label, color=color))
        self.session.touch_taxonomy()

    def lines(self):
        self.session.set_view(line_width=float(self.rng.choice([1.0, 2.5])))

    def fills(self):
        self.session.set_view(fills=not self.session.view.fills)

    def radius(self):
        self.session.set_radius(float(self.rng.choice([3, 20, 90, 300])))

    def klass(self):
        self.session.set_class(int(self.rng.choice([PERSON, BOAT, SKY])))

    locals()["class"] = klass


@pytest.mark.parametrize("seed", range(14))
def test_any_sequence_shows_what_a_first_look_would(desk, seed):
    desk.open(
        LARGE,
        [
            annotation(1, disc((500, 400), 300, LARGE)),
            annotation(2, disc((900, 700), 420, LARGE), BOAT),
            annotation(3, disc((300, 900), 40, LARGE)),
        ],
        layer=ClassMap(LARGE),
    )
    desk.session.set_radius(60)
    person, done = Person(desk, seed), []
    for _ in range(26):
        done.append(str(person.act()))
        if person.rng.random() < 0.8:  # else several things happen before it is painted
            QApplication.processEvents()
        if person.rng.random() < 0.6:
            shown = cells(desk.canvas.picture.scene)
            assert most_different(shown, fresh(desk)) <= person.tolerance, done
    assert most_different(cells(desk.canvas.picture.scene), fresh(desk)) <= person.tolerance, done


def large_stroke(desk):
    desk.session.set_tool("brush")
    desk.session.set_radius(100)
    desk.stroke((300, 300), (1500, 300), (1500, 1200))


def look(desk, **changes):
    desk.session.set_view(**changes)


def paint_class(desk, color):
    session = desk.session
    label = session.taxonomy.get(PERSON)
    session.project.taxonomy = session.taxonomy.with_(replace(label, color=color))
    session.touch_taxonomy()


def brighter(desk):
    """Another look of the photo, as a tone would make it."""
    photo = desk.canvas.picture.photo
    draw = photo.draw

    def drawn(out, *rest):
        draw(out, *rest)
        out ^= np.uint32(0x303030)

    photo.draw = drawn
    photo.changed.emit()


BETWEEN = {
    "nothing": lambda desk: None,
    "lines": lambda desk: look(desk, line_width=2.5),
    "fills": lambda desk: look(desk, fills=False),
    "color": lambda desk: paint_class(desk, "#FF0000"),
    "selection": lambda desk: desk.session.set_selection([]),
    "hover": lambda desk: desk.session.set_hovered(2),
    "pan": lambda desk: desk.canvas.pan(QPoint(-12, 0)),
    "photo": brighter,
    "zoom": lambda desk: desk.canvas.view.scale_to(0.5, desk.canvas.view.middle),
}


def small_stroke(desk):
    desk.session.set_tool("brush")
    desk.session.set_radius(40)
    desk.stroke((1000, 600), (1150, 640))


@pytest.mark.parametrize(
    ("stroke", "fills"), [(large_stroke, True), (large_stroke, False), (small_stroke, True)]
)
@pytest.mark.parametrize("between", BETWEEN)
def test_undo_shows_what_is_right_by_now(desk, between, stroke, fills):
    """A picture of the state before the stroke is no longer right after some changes."""
    objects = disc((700, 700), 400, LARGE), disc((1700, 300), 250, LARGE)
    desk.open(
        LARGE,
        [annotation(number, mask) for number, mask in enumerate(objects, 1)],
        layer=ClassMap(LARGE),
    )
    session, scene = desk.session, desk.canvas.picture.scene
    session.set_view(fills=fills)
    desk.canvas.view.scale_to(0.2, desk.canvas.view.middle)
    session.set_selection([1])
    cells(scene)
    stroke(desk)
    QApplication.processEvents()
    BETWEEN[between](desk)
    QApplication.processEvents()
    tolerance = 24 if between == "pan" else 2  # strips of a photo between pixels
    for step in (session.history.undo, session.history.redo, session.history.undo):
        step()
        assert most_different(cells(scene), fresh(desk)) <= tolerance
        QApplication.processEvents()


def test_stuff_is_never_stale_far_away(desk):
    desk.open(LARGE, layer=ClassMap(LARGE))
    session = desk.session
    session.set_tool("brush")
    session.set_class(SKY)
    session.set_radius(200)
    scene = desk.canvas.picture.scene
    strokes = (
        (((100, 100), (2000, 1400)), desk.left),
        (((2000, 100), (100, 1400)), desk.left),
        (((100, 700), (1000, 700), (2000, 900)), desk.right),
    )
    for points, button in strokes:
        before = desk.document.layer
        desk.stroke(*points, button=button)
        assert most_different(cells(scene), fresh(desk)) <= 2
        ways = (capsule(*way, 200, LARGE) for way in pairwise(points))
        region = reduce(operator.or_, ways)
        expected = before.flip(before.change(region, SKY if button == desk.left else 0))
        assert desk.document.layer.same(expected)
    for step in (session.history.undo, session.history.undo, session.history.redo):
        step()
        assert most_different(cells(scene), fresh(desk)) <= 2
    assert CLASSES.get(SKY).thing is False

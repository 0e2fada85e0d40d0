"""Anything in any order: tools, keys and commands by chance, on a picture that has everything.

After every act what is locked is as it was, and what is on the screen is what drawing it for the
first time shows; at the end undoing all leads back to the beginning, redoing all to the end, and
the project file holds the same.
"""

import os

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from app.canvas.mask_layer import MaskLayer
from app.canvas.scene import Scene
from engine.document.annotation import Annotation
from engine.document.targets import is_locked
from engine.masks.box import contains
from engine.masks.mask import Mask
from engine.masks.raster import disc, polygon
from engine.store import Project
from tests.e2e.content import content
from tests.e2e.monkey import SIZE, Monkey, diff

SEEDS = range(int(os.environ.get("MASKWRIGHT_MONKEYS", "3")))  # more of them look for what is left
ACTS = 45


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

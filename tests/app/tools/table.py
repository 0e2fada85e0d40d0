"""A desk in memory: what tools see, without a window."""

import numpy as np

from app.tools.base import Pointer
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.history import History
from engine.document.taxonomy import LabelClass, Taxonomy

PERSON, BOAT, SKY = 2, 3, 4
SIZE = (200, 300)

CLASSES = Taxonomy(
    [
        LabelClass(id=PERSON, name="person", color="#2070EF", order=0),
        LabelClass(id=BOAT, name="boat", color="#EF8F30", order=1),
        LabelClass(id=SKY, name="sky", color="#00EF9F", order=2, thing=False),
    ]
)


class Shown:
    """A preview that remembers what it was told."""

    def __init__(self):
        self.began = None
        self.covered, self.outlines = [], []

    def begin(self, class_id, *, erase):
        self.began = (class_id, erase)

    def cover(self, region, start, stop, radius):
        self.covered.append((region, start, stop, radius))

    def fill(self, region):
        self.covered.append((region, None, None, 0))

    def outline(self, points, *, closed):
        self.outlines.append((list(points), closed))

    def clear(self):
        self.covered.clear()


class Pixels:
    """A photo in memory; see app.tools.base.Photo."""

    def __init__(self, pixels):
        self.stored, self.size, self.levels = pixels, pixels.shape[:2], 1

    def read(self, box, level=0):
        left, top, right, bottom = box
        cut = self.stored[top:bottom, left:right]
        return np.repeat(cut[..., None], 3, 2) if cut.ndim == 2 else cut

    def raw(self, box):
        left, top, right, bottom = box
        return self.stored[top:bottom, left:right]


class Table:
    """See app.tools.base.Desk."""

    def __init__(self, *annotations, taxonomy=CLASSES, **document):
        self.document = Document(1, SIZE, annotations=annotations, **document)
        self.history = History(self.document)
        self.taxonomy, self.class_id = taxonomy, PERSON
        self.selection, self.radius, self.force_new = frozenset(), 5.0, False
        self.options, self.scale, self.last_point = {}, 1.0, None
        self.preview = Shown()
        self.photo = Pixels(np.zeros((*SIZE, 3), np.uint8))
        self.limit = None  # a mask: nothing outside it may be touched

    def allowed(self, region):
        return region if self.limit is None else region & self.limit

    def under(self, point):
        return self.document.at(int(point[0] // 1), int(point[1] // 1))

    def shown(self):
        return [*self.document.ordered(), *self.document.proposals.values()]

    def choose(self, ids):
        self.selection = frozenset(ids)

    def choose_class(self, class_id):
        self.class_id = class_id

    def mark(self, point):
        self.last_point = point

    # -- doing -------------------------------------------------------------------------------

    def run(self, tool, *events):
        """Send a press and what follows; does the command like the canvas. Answers the result."""
        first, *rest = events
        gesture = tool.gesture(first, self)
        try:
            next(gesture)
            for event in rest:
                gesture.send(event)
        except StopIteration as stop:
            result = stop.value
            if result is not None and result.command is not None:
                self.history.do(result.command)
            if result is not None and result.select is not None:
                self.choose(result.select)
            return result
        return gesture


def press(x, y, **more):
    return Pointer("press", x, y, **more)


def move(x, y, **more):
    return Pointer("move", x, y, **more)


def release(x, y, **more):
    return Pointer("release", x, y, down=False, **more)


def key(kind):
    return Pointer(kind, 0, 0)


def annotation(number, mask, class_id=PERSON, **fields):
    return Annotation(id=number, class_id=class_id, mask=mask, order=number, **fields)

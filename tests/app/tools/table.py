"""A desk in memory: what tools see, without a window."""

from itertools import pairwise

import numpy as np

from app.tools.base import Pointer
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.history import History
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.errors import EngineError

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
        self.covered, self.outlines, self.trails = [], [], []
        self.shown = None

    def begin(self, class_id, *, erase):
        self.began = (class_id, erase)

    def cover(self, region, start, stop, radius):
        self.covered.append((region, start, stop, radius))

    def fill(self, region):
        self.covered.append((region, None, None, 0))

    def outline(self, points, *, closed):
        self.outlines.append((list(points), closed))

    def trail(self, points):
        self.trails += points

    def figure(self, figure):
        self.shown = figure

    def clear(self):
        self.covered.clear()
        self.trails.clear()
        self.shown = None


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


class Levels(Pixels):
    """A photo with a pyramid."""

    def __init__(self, pixels):
        super().__init__(pixels)
        self.all = [pixels]
        while len(self.all) < 4:
            self.all.append(_half(self.all[-1]))
        self.levels = len(self.all)

    def read(self, box, level=0):
        left, top, right, bottom = box
        return self.all[level][top:bottom, left:right]


def _half(pixels):
    height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
    blocks = pixels[:height, :width].astype(float).reshape(height // 2, 2, width // 2, 2, 3)
    return np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8)


class Clear:
    """A glass that remembers what it shows; see app.tools.base.Glass."""

    def __init__(self):
        self.tints, self.cells = [], None

    def show(self, tints):
        self.tints = list(tints)

    def grid(self, cells):
        self.cells = cells

    def clear(self):
        self.tints, self.cells = [], None


class Answer:
    """Work that is done when somebody lets it; see app.tools.base.Later."""

    def __init__(self, work):
        self._work, self.done, self.dropped = work, False, False
        self.shares = []

    def check(self):
        assert not self.dropped, "work that was dropped went on"

    def report(self, share):
        self.shares.append(share)

    def do(self):
        try:
            self._answer, self._problem = self._work(self), None
        except EngineError as problem:
            self._problem = problem
        self.done = True

    def answer(self):
        if self._problem is not None:
            raise self._problem
        return self._answer

    def drop(self):
        self.dropped = True


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
        self.glass, self.kept = Clear(), {}
        self.visible = (0, 0, SIZE[1], SIZE[0])
        self.asked, self.slow = [], False  # slow: work waits for work()

    def later(self, work, at=None):
        self.asked.append(Answer(work))
        return self.asked[-1]

    def set_option(self, name, value):
        self.options[name] = value

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
            self.work(gesture)
            for event in rest:
                gesture.send(event)
                self.work(gesture)
        except StopIteration as stop:
            return self.finish(stop.value)
        return gesture

    def work(self, gesture):
        """Do the work that is asked for, unless it is slow, and say that it is ready."""
        while not self.slow and self.asked:
            answer = self.asked.pop(0)
            if not answer.dropped:
                answer.do()
                gesture.send(Pointer("ready", 0, 0))

    def finish(self, result):
        if result is not None and result.command is not None:
            self.history.do(result.command)
        if result is not None and result.select is not None:
            self.choose(result.select)
        return result


def press(x, y, **more):
    return Pointer("press", x, y, **more)


def move(x, y, **more):
    return Pointer("move", x, y, **more)


def release(x, y, **more):
    return Pointer("release", x, y, down=False, **more)


def between(a, b, share):
    """The point that far along the way from a to b."""
    return tuple(start * (1 - share) + stop * share for start, stop in zip(a, b, strict=True))


def stroke(*points, steps=1, **more):
    """Press at the first point, move through the others, release at the last."""
    moves = [
        move(*between(a, b, k / steps), **more)
        for a, b in pairwise(points)
        for k in range(1, steps + 1)
    ]
    return [press(*points[0], **more), *moves, release(*points[-1], **more)]


def key(kind):
    return Pointer(kind, 0, 0)


def annotation(number, mask, class_id=PERSON, **fields):
    return Annotation(id=number, class_id=class_id, mask=mask, order=number, **fields)


def drawn(table):
    """The mask of the only object."""
    (only,) = table.document.annotations.values()
    return only.mask

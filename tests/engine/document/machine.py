"""A person at work, and a plain numpy model of what must come of it.

The model keeps whole arrays and whole copies for undo; nothing of it is taken from the engine.
"""

import copy
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.history import History
from engine.document.taxonomy import Taxonomy
from engine.masks.mask import Mask

HEIGHT, WIDTH = 300, 620
THINGS, STUFF = (2, 3), (4, 5)


@dataclass
class Model:
    """Objects and proposals as (class, bool array), bottom to top; the class map; the status."""

    objects: dict = field(default_factory=dict)
    proposals: dict = field(default_factory=dict)
    layer: np.ndarray = field(default_factory=lambda: np.zeros((HEIGHT, WIDTH), np.uint8))
    touched: str = ""

    @property
    def status(self):
        return self.touched or ("proposed" if self.proposals else "new")


def classes():
    taxonomy = Taxonomy()
    for name, thing in (("cell", True), ("nucleus", True), ("road", False), ("sky", False)):
        taxonomy = taxonomy.with_(taxonomy.new_class(name, thing=thing))
    return taxonomy


@st.composite
def boxes(draw):
    """Few places, so that boxes often meet, cover and equal each other, at tiles' edges too."""
    left = draw(st.sampled_from([0, 7, 100, 255, 256, 512, 619]))
    top = draw(st.sampled_from([0, 90, 255, 256, 299]))
    right = draw(st.sampled_from([1, 100, 256, 257, 512, 513, 619, 640]).filter(lambda x: x > left))
    bottom = draw(st.sampled_from([1, 91, 256, 257, 300, 310]).filter(lambda y: y > top))
    return left, top, right, bottom


def bits(box):
    out = np.zeros((HEIGHT, WIDTH), bool)
    out[box[1] : box[3], box[0] : box[2]] = True
    return out


class Machine(RuleBasedStateMachine):
    """The rules; where the document comes from is up to ``begin``."""

    def __init__(self):
        super().__init__()
        self.taxonomy = classes()
        self.model = Model()
        self.done, self.undone = [], []
        self.begin()

    def begin(self):
        self.document = Document(1, (HEIGHT, WIDTH))
        self.history = History(self.document)

    def propose(self, proposals):
        self.document.set_proposals(proposals)

    @initialize(found=st.lists(st.tuples(st.sampled_from((*THINGS, *STUFF)), boxes()), max_size=3))
    def a_model_proposes(self, found):
        ids = self.document.new_ids(len(found))
        proposals = []
        for number, (class_id, box) in zip(ids, found, strict=True):
            mask = Mask.rectangle(box).clip((0, 0, WIDTH, HEIGHT))
            proposals.append(Annotation(id=number, class_id=class_id, mask=mask, source="m"))
            self.model.proposals[number] = (class_id, bits(box))
        self.propose(proposals)

    def take(self, command, change):
        """Take a step; ``change`` does it to the model and says whether anything changed."""
        before = copy.deepcopy(self.model)
        changed = change()
        assert (command is not None) == bool(changed)
        if command is None:
            self.model = before
            return
        self.model.touched = self.model.touched if changed == "quiet" else "corrected"
        if changed == "done":
            self.model.touched = "done"
        self.history.do(command)
        self.done.append(before)
        self.undone.clear()

    @rule(box=boxes(), class_id=st.sampled_from(THINGS), erase=st.booleans(), new=st.booleans())
    def paint_a_thing(self, box, class_id, erase, new):
        point = box[:2]
        target = edits.press(
            self.document, self.taxonomy, class_id, point, erase=erase, force_new=new
        )
        command = edits.paint(self.document, Mask.rectangle(box), target, erase, self.taxonomy)
        self.take(command, lambda: self.painted_thing(box, class_id, erase, new, target.annotation))

    def painted_thing(self, box, class_id, erase, new, given):
        model, region = self.model, bits(box)
        stack = [*model.objects.items(), *model.proposals.items()]
        under = [n for n, (c, b) in stack if c == class_id and b[box[1], box[0]]]
        if new and not erase:
            under = []
        if not under and erase:
            under = [n for n, (c, b) in stack if c == class_id and (b & region).any()]
        if not under:
            if erase:
                return False
            model.objects[given] = (class_id, region)
            return True
        number = under[-1]
        proposed = number in model.proposals
        old = (model.proposals if proposed else model.objects)[number][1]
        after = old & ~region if erase else old | region
        if (after == old).all() and not proposed:
            return False
        if proposed:
            del model.proposals[number]
        if after.any():
            model.objects[number] = (class_id, after)
        else:
            model.objects.pop(number, None)
        return True

    @rule(box=boxes(), class_id=st.sampled_from(STUFF), erase=st.booleans())
    def paint_stuff(self, box, class_id, erase):
        target = edits.press(self.document, self.taxonomy, class_id, box[:2], erase=erase)
        command = edits.paint(self.document, Mask.rectangle(box), target, erase, self.taxonomy)
        self.take(command, lambda: self.painted_stuff(box, class_id, erase))

    def painted_stuff(self, box, class_id, erase):
        model, region = self.model, bits(box)
        before, changed = model.layer.copy(), False
        for number, (other, pixels) in list(model.proposals.items()):
            if other not in STUFF or not (pixels & region).any():
                continue
            if other == class_id:
                model.layer[pixels] = class_id
                del model.proposals[number]
                changed = True
            elif not erase:
                left = pixels & ~region
                model.proposals[number] = (other, left)
                if not left.any():
                    del model.proposals[number]
                changed = True
        if erase:
            model.layer[region & (model.layer == class_id)] = 0
        else:
            model.layer[region] = class_id
        return changed or (before != model.layer).any()

    @rule(data=st.data())
    def accept_some(self, data):
        ids = data.draw(st.sets(st.sampled_from([0, *self.document.proposals])))
        command = edits.accept(self.document, ids, self.taxonomy)
        self.take(command, lambda: self.accepted(ids - {0}))

    def accepted(self, ids):
        for number in sorted(ids):
            class_id, pixels = self.model.proposals.pop(number)
            if class_id in STUFF:
                self.model.layer[pixels] = class_id
            else:
                self.model.objects[number] = (class_id, pixels)
        return bool(ids)

    @rule(data=st.data())
    def delete_one(self, data):
        number = data.draw(st.sampled_from([0, *self.document.annotations]))
        command = edits.delete(self.document, [number], self.taxonomy)
        self.take(command, lambda: self.model.objects.pop(number, None) is not None)

    @rule(data=st.data(), class_id=st.sampled_from((*THINGS, *STUFF)))
    def change_class(self, data, class_id):
        number = data.draw(st.sampled_from([0, *self.document.annotations]))
        command = edits.change_class(self.document, [number], class_id, self.taxonomy)

        def change():
            old, pixels = self.model.objects.get(number, (class_id, None))
            if old == class_id:
                return False
            if class_id in THINGS:
                self.model.objects[number] = (class_id, pixels)
            else:
                del self.model.objects[number]
                self.model.layer[pixels] = class_id
            return True

        self.take(command, change)

    @rule(data=st.data())
    def raise_one(self, data):
        number = data.draw(st.sampled_from([0, *self.document.annotations]))
        command = edits.reorder(self.document, [number], "top")

        def change():
            stack = list(self.model.objects)
            if number not in stack or stack[-1] == number:
                return False
            self.model.objects[number] = self.model.objects.pop(number)
            return "quiet"

        self.take(command, change)

    @rule()
    def say_done(self):
        command = edits.mark_done(self.document)

        def change():
            if self.model.touched == "done":
                return False
            self.model.layer[self.model.layer == 0] = 1
            return "done"

        self.take(command, change)

    @rule()
    def undo(self):
        if self.history.undo() is None:
            assert not self.done
        else:
            self.undone.append(self.model)
            self.model = self.done.pop()

    @rule()
    def redo(self):
        if self.history.redo() is None:
            assert not self.undone
        else:
            self.done.append(self.model)
            self.model = self.undone.pop()

    @invariant()
    def the_document_is_what_the_model_says(self):
        document, model = self.document, self.model
        assert [a.id for a in document.ordered()] == list(model.objects)
        assert set(document.proposals) == set(model.proposals)
        for expected, found in (
            (model.objects, document.annotations),
            (model.proposals, document.proposals),
        ):
            for number, (class_id, pixels) in expected.items():
                assert found[number].class_id == class_id
                assert np.array_equal(found[number].mask.read(document.box), pixels)
        assert np.array_equal(document.layer.to_array(), model.layer)
        assert str(document.status) == model.status
        assert len(self.history.steps) == len(self.done)
        assert self.history.can_redo == bool(self.undone)

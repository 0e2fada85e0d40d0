"""Long steps made short do the same and can be taken back."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.annotation import Annotation
from engine.document.commands import FlipPixels, Replace, Several, from_payload, walk
from engine.document.condensing import FEW, condensed, copied
from engine.document.document import Document
from engine.document.history import History
from engine.masks.mask import Mask

SIZE = (64, 64)


def document(objects):
    every = [
        Annotation(id=n + 1, class_id=2, mask=Mask.rectangle((n * 6, 4, n * 6 + 5, 30)), order=n)
        for n in range(objects)
    ]
    return Document(1, SIZE, annotations=every)


def pixels(doc):
    return {key: each.mask.read((0, 0, *SIZE)).tobytes() for key, each in doc.annotations.items()}


steps = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 55), st.integers(0, 55), st.booleans()),
    min_size=FEW + 1,
    max_size=FEW + 40,
)


@settings(max_examples=15)
@given(steps)
def test_the_same_pixels_in_one_part_and_undone_as_one(made):
    doc = document(6)
    trial, parts = copied(doc), []
    for number, x, y, whole in made:
        each = trial.annotations.get(number)
        if each is None:
            continue
        step = (
            Replace((each,), (), "Go")
            if whole and len(parts) > FEW
            else FlipPixels(number, Mask.rectangle((x, y, x + 3, y + 3)))
        )
        step.apply(trial)
        parts.append(step)
    command = Several(tuple(parts), "Mend")
    short = condensed(doc, command)
    if len(parts) > FEW:
        assert len(list(walk(short))) <= 1
    assert short.label == "Mend"
    before, history = pixels(doc), History(doc)
    history.do(short)
    assert pixels(doc) == pixels(trial)
    history.undo()
    assert pixels(doc) == before
    read = from_payload(short.kind, short.to_payload(), SIZE)
    read.apply(doc)
    assert pixels(doc) == pixels(trial)


def test_a_step_of_few_parts_stays_as_it_is():
    doc = document(2)
    step = FlipPixels(1, Mask.from_bits(np.ones((2, 2), np.bool_), 1, 1))
    assert condensed(doc, step) is step

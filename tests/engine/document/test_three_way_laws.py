"""What must hold of merging whatever was done: against arrays and from either side."""

import itertools
from dataclasses import replace

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.annotation import Annotation
from engine.document.commands import Several
from engine.document.document import Document, Status
from engine.document.painting import flip_layer
from engine.document.three_way import merge_states
from engine.masks.mask import Mask

SIZE = (110, 320)
WHOLE = (0, 0, SIZE[1], SIZE[0])

boxes = st.tuples(st.integers(0, 30), st.integers(0, 7), st.integers(1, 8), st.integers(1, 4)).map(
    lambda b: (8 * b[0], 10 * b[1], 8 * (b[0] + b[2]), 10 * (b[1] + b[3]))
)
objects = st.lists(boxes, min_size=1, max_size=4)
places = st.integers(0, 3)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), places, boxes),
        st.tuples(st.just("drop"), places),
        st.tuples(st.just("class"), places, st.sampled_from([2, 3, 4])),
        st.tuples(st.just("order"), places, st.integers(0, 9)),
        st.tuples(st.just("note"), places, st.sampled_from(["a", "b"])),
        st.tuples(st.just("add"), boxes, st.sampled_from([2, 3])),
        st.tuples(st.just("paint"), boxes, st.sampled_from([0, 1, 6, 700])),
        st.tuples(st.just("status"), st.sampled_from(list(Status))),
    ),
    max_size=6,
)


def begun(found):
    things = [
        Annotation(id=n, class_id=2, mask=Mask.rectangle(box), created=float(n), order=n)
        for n, box in enumerate(found, 1)
    ]
    document = Document(1, SIZE, annotations=things)
    paint(document, (0, 0, 120, 60), 6)
    return document.state


def paint(document, box, class_id):
    patch = document.layer.change(Mask.rectangle(box), class_id)
    if patch:
        flip_layer(document.layer, patch, "Paint").apply(document)


def changed(state, script, first=100):
    """A state after a script; new objects get numbers from ``first`` on."""
    things = dict(state.annotations)
    layer, status, numbers = state.layer, state.status, itertools.count(first)
    for kind, *rest in script:
        if kind == "add":
            number = next(numbers)
            things[number] = Annotation(
                id=number, class_id=rest[1], mask=Mask.rectangle(rest[0]), created=float(number)
            )
        elif kind == "paint":
            document = Document(1, SIZE, layer=layer)
            paint(document, *rest)
            layer = document.layer
        elif kind == "status":
            (status,) = rest
        elif things:
            each = sorted(things.values(), key=lambda a: a.id)[rest[0] % len(things)]
            things.pop(each.id)
            if kind == "flip":
                each = replace(each, mask=each.mask ^ Mask.rectangle(rest[1]))
            elif kind != "drop":
                name = {"class": "class_id"}.get(kind, kind)
                each = replace(each, **{name: rest[1]})
            if kind != "drop" and each.mask:
                things[each.id] = each
    return Document(1, SIZE, annotations=things.values(), layer=layer, status=status).state


def merge(base, mine, theirs):
    """What was found, and what it leads to."""
    numbers = itertools.count(1_000)
    found = merge_states(
        base, mine, theirs, lambda count: [next(numbers) for _ in range(count)], "Merge"
    )
    document = Document(
        1, SIZE, annotations=mine.annotations.values(), layer=mine.layer, status=mine.status
    )
    Several(tuple(found.commands)).apply(document)
    return found, document.state


def meaning(state):
    """All that is true of a state, for comparing two."""
    things = {
        number: (a.class_id, a.order, a.note, a.mask.read(WHOLE).tobytes())
        for number, a in state.annotations.items()
    }
    return things, state.layer.to_array().tobytes()


@given(objects, edits)
@settings(max_examples=60, deadline=None)
def test_one_side_alone_is_that_side_and_the_same_on_both_is_nothing(found, script):
    base = begun(found)
    other = changed(base, script)
    for first, second in ((other, other), (other, base)):
        merged, after = merge(base, first, second)
        assert (merged.conflicts, meaning(after)) == ([], meaning(other))
        assert [c for c in merged.commands if c.kind != "set_status"] == []
    merged, after = merge(base, base, other)
    assert (merged.conflicts, meaning(after)) == ([], meaning(other))
    assert merged.renamed == {}


@given(objects, edits, edits)
@settings(max_examples=80, deadline=None)
def test_pixels_in_conflict_are_those_of_places_both_changed_and_left_different(
    found, first, second
):
    base = begun(found)
    mine, theirs = changed(base, first), changed(base, second, 200)
    merged, after = merge(base, mine, theirs)
    said = {c.annotation: c.patch for c in merged.conflicts if c.kind == "pixels"}
    for number, old in base.annotations.items():
        here, there = mine.annotations.get(number), theirs.annotations.get(number)
        if here is None or there is None:
            continue
        was, now, new = (each.mask.read(WHOLE) for each in (old, here, there))
        differ, result = contested(was, now, new)
        patch = said.get(number, Mask.EMPTY)
        assert np.array_equal(patch.read(WHOLE), differ)
        stays = after.annotations.get(number)
        assert np.array_equal(
            result, np.zeros_like(was) if stays is None else stays.mask.read(WHOLE)
        )


def contested(was, now, new):
    """By flood fill: pixels in conflict, and what the others come to."""
    touched = (was != now) | (was != new)
    both = (was != now) & (was != new)
    differ = np.zeros_like(was)
    count, labels = cv2.connectedComponents(touched.astype(np.uint8), connectivity=8)
    for place in range(1, count):
        area = labels == place
        if both[area].any() and not np.array_equal(now[area], new[area]):
            differ |= area & (now != new)
    result = np.where((was == now) & ~differ, new, now)
    return differ, result


@given(objects, edits, edits)
@settings(max_examples=80, deadline=None)
def test_from_either_side_the_same_is_asked_and_the_rest_is_the_same(found, first, second):
    base = begun(found)
    mine, theirs = changed(base, first), changed(base, second, 200)
    (one, after), (two, other) = merge(base, mine, theirs), merge(base, theirs, mine)
    assert sorted(map(question, one.conflicts)) == sorted(map(question, two.conflicts, ["x"] * 99))
    if not one.conflicts and not twins(mine, theirs, base):
        kept, others = meaning(after), meaning(other)
        assert kept[1] == others[1]
        assert kept[0].keys() == others[0].keys()
        for number, (class_id, order, note, bits) in kept[0].items():
            assert (class_id, bits) == (others[0][number][0], others[0][number][3])
            if order != others[0][number][1] or note != others[0][number][2]:
                assert both_described(base, mine, theirs, number)


def twins(mine, theirs, base):
    fresh = [a for a in mine.annotations.values() if a.id not in base.annotations]
    others = [a for a in theirs.annotations.values() if a.id not in base.annotations]
    return any(a.mask.iou(b.mask) >= 0.5 for a in fresh for b in others)


def both_described(base, mine, theirs, number):
    """Whether both sides gave an object another place or note: then each keeps its own first."""
    names = ("order", "note")
    old, here, there = (s.annotations.get(number) for s in (base, mine, theirs))
    return old is not None and any(
        getattr(old, n) != getattr(here, n) and getattr(old, n) != getattr(there, n) for n in names
    )


def question(conflict, turned=""):
    """A conflict as it is asked from one side; ``turned``: as the other side would."""
    kind, pair = conflict.kind, [conflict.mine_class, conflict.theirs_class]
    if turned:
        pair.reverse()
        kind = {"gone_here": "gone_there", "gone_there": "gone_here"}.get(kind, kind)
    number = 0 if kind in ("area", "twice") else conflict.annotation
    return kind, number, pair, conflict.patch.read(WHOLE).tobytes()

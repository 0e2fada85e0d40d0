"""Limits: what is allowed is a part of what is asked, and exactly what each limit says."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.limit_rules import (
    NOT_LOOKED,
    Inside,
    OverClasses,
    Sure,
    Unlocked,
    Values,
    channel_of,
)
from app.limits import Permitted
from app.state import LUMINANCE, SureRange, ValueRange, Within
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND, UNLABELLED, LabelClass, Taxonomy
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.raster import capsule, disc
from engine.models.answer import Confidence

PERSON, BOAT, SKY = 2, 3, 4
SIZE = (300, 700)  # three tiles wide, two high, the last ones cut
CLASSES = (UNLABELLED, BACKGROUND, PERSON, BOAT, SKY)


class Pixels:
    """A photo in memory that counts what is read of it."""

    def __init__(self, stored):
        self.stored, self.size, self.read_boxes = stored, stored.shape[:2], []

    def raw(self, box):
        left, top, right, bottom = box
        self.read_boxes.append(box)
        return self.stored[top:bottom, left:right]


def nobody(annotation):
    return False


def everything():
    return Mask.rectangle((0, 0, SIZE[1], SIZE[0]))


def bits(mask):
    return mask.read((0, 0, SIZE[1], SIZE[0]))


def place(number, mask, class_id=PERSON, **fields):
    return Annotation(id=number, class_id=class_id, mask=mask, order=number, **fields)


discs = st.tuples(
    st.integers(-20, SIZE[1] + 20), st.integers(-20, SIZE[0] + 20), st.integers(3, 160)
)
regions = st.one_of(
    st.builds(lambda d: disc(d[:2], d[2], SIZE), discs),
    st.builds(lambda a, b: capsule(a[:2], b[:2], min(a[2], 90), SIZE), discs, discs),
    st.just(everything()),
)


@st.composite
def documents(draw):
    layer = ClassMap(SIZE)
    for at, class_id in itertools.product(draw(st.lists(discs, max_size=3)), (SKY, BACKGROUND)):
        spot = disc((at[0] + 40 * (class_id == SKY), at[1]), at[2], SIZE)
        layer = layer.flip(layer.change(spot, class_id))
    objects = [
        place(10 + at, disc(each[:2], each[2], SIZE), draw(st.sampled_from((PERSON, BOAT))))
        for at, each in enumerate(draw(st.lists(discs, max_size=4)))
        if disc(each[:2], each[2], SIZE)
    ]
    return Document(1, SIZE, annotations=objects, layer=layer)


def seen(document, own=frozenset()):
    """The class of each pixel, one object after the other."""
    out = document.layer.read(document.box).astype(int)
    for each in document.ordered():
        if each.id not in own:
            out[bits(each.mask)] = each.class_id
    return out


def holds(rules, region, wanted):
    """What is allowed is a part of the region, and the pixels that the definition gives."""
    permitted = Permitted(rules, SIZE)
    allowed = permitted.of(region)
    assert not allowed - region
    assert np.array_equal(bits(allowed), bits(region) & wanted)
    assert permitted.of(region).same(allowed)  # asked again, from what is known
    if np.array_equal(bits(allowed), bits(region)):
        assert allowed is region


@settings(max_examples=60, deadline=None)
@given(documents(), regions, st.sets(st.sampled_from(CLASSES), min_size=1), st.integers(9, 10))
def test_over_classes_is_what_is_seen(document, region, classes, own):
    rule = OverClasses(classes, document, lambda each: each.id == own)
    holds([rule], region, np.isin(seen(document, {own}), list(classes)))


@settings(max_examples=60, deadline=None)
@given(documents(), regions, st.sets(st.integers(10, 13), min_size=1), st.booleans())
def test_inside_and_outside_of_objects(document, region, ids, outside):
    covered = np.zeros(SIZE, bool)
    for each in document.ordered():
        if each.id in ids:
            covered |= bits(each.mask)
    limit = Within(frozenset(ids), outside=outside)
    holds([Inside(limit, document)], region, ~covered if outside else covered)


@settings(max_examples=60, deadline=None)
@given(documents(), regions, st.sets(st.sampled_from((PERSON, BOAT, SKY))), st.booleans())
def test_locked_things_and_areas_are_left_alone(document, region, locked, stuff):
    taxonomy = Taxonomy(
        LabelClass(id=each, name=str(each), color="#808080", locked=each in locked)
        for each in (PERSON, BOAT, SKY)
    )
    rule = Unlocked(document, taxonomy, nobody, stuff=stuff)
    kept = np.isin(document.layer.read(document.box), list(locked)) & stuff
    for each in document.ordered():
        if each.class_id in locked and not stuff:
            kept |= bits(each.mask)
    holds([rule], region, ~kept)


@settings(max_examples=60, deadline=None)
@given(
    regions,
    st.sampled_from(("uint8", "uint16", "float32", "bool")),
    st.sampled_from((1, 2, 3, 5)),
    st.sampled_from((LUMINANCE, 0, 2)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
    st.integers(0, 9),
)
def test_values_are_compared_as_stored(region, kind, channels, channel, ends, seed):
    most = {"uint8": 255, "uint16": 60_000, "float32": 3.5, "bool": 1}[kind]
    noise = np.random.default_rng(seed).random((*SIZE, channels)) * most
    stored = (np.rint(noise) if kind == "bool" else noise).astype(kind)
    low, high = ends[0] * most, ends[1] * most
    photo = Pixels(stored[..., 0] if channels == 1 else stored)
    values = stored.astype(np.float64)
    if channel == LUMINANCE and channels >= 3:
        value = values[..., :3] @ (0.299, 0.587, 0.114)
        value = value if kind == "float32" else np.rint(value)
        # The rule works in single precision: where that decides, either answer is right.
        clear = min(np.abs(value - low).min(), np.abs(value - high).min()) > 1e-3
        if not clear:
            return
    else:
        at = max(channel, 0)
        value = values[..., at] if at < channels else np.full(SIZE, np.inf)
    holds([Values(ValueRange(low, high, channel), photo)], region, (value >= low) & (value <= high))


def test_no_number_is_no_value():
    stored = np.full(SIZE, np.nan, np.float32)
    stored[:10] = 1.0
    allowed = Permitted([Values(ValueRange(0, 2), Pixels(stored))], SIZE).of(everything())
    assert allowed.box == (0, 0, SIZE[1], 10)


def bilinear(cells, size):
    """Cells to pixels one by one, centres on centres, the outermost going on."""
    rows, columns = cells.shape

    def line(count, pixels):
        at = np.clip((np.arange(pixels) + 0.5) * count / pixels - 0.5, 0, count - 1)
        low = np.floor(at).astype(int)
        return low, np.minimum(low + 1, count - 1), at - low

    (t, b, v), (le, r, u) = line(rows, size[0]), line(columns, size[1])
    upper = cells[t][:, le] * (1 - u) + cells[t][:, r] * u
    lower = cells[b][:, le] * (1 - u) + cells[b][:, r] * u
    return upper * (1 - v[:, None]) + lower * v[:, None]


@settings(max_examples=60, deadline=None)
@given(
    regions,
    st.tuples(st.integers(1, 40), st.integers(1, 60)),
    st.integers(0, 9),
    st.floats(0, 1),
    st.booleans(),
    st.booleans(),
)
def test_probability_is_that_of_the_class_or_the_best(region, shape, seed, at, above, of_class):
    draw = np.random.default_rng(seed)
    p1 = draw.integers(0, 256, shape).astype(np.uint8)
    p2 = np.minimum(p1, 255 - p1)
    top1, top2 = (draw.integers(0, 3, shape).astype(np.uint8) for _ in range(2))
    sure = Confidence(top1, p1, top2, p2, p1)
    labels = (0, 2)  # two of the model's classes are this one
    cells = p1.astype(float)
    if of_class:
        cells = p1 * np.isin(top1, labels).astype(float) + p2 * np.isin(top2, labels)
    found = bilinear(cells, SIZE)
    near = np.abs(found - at * 255) < 1e-3  # single precision decides here
    wanted = found >= at * 255 if above else found < at * 255
    allowed = Permitted([Sure(SureRange(at, above, of_class), sure, labels, SIZE)], SIZE).of(region)
    assert not allowed - region
    assert np.array_equal(bits(allowed)[~near], (bits(region) & wanted)[~near])


def test_without_an_answer_of_the_model_its_limit_says_so():
    rule = Sure(SureRange(), None, (), SIZE)
    with pytest.raises(EngineError, match=NOT_LOOKED):
        Permitted([rule], SIZE).of(disc((50, 50), 9, SIZE))


@settings(max_examples=30, deadline=None)
@given(documents(), regions, st.sets(st.sampled_from(CLASSES), min_size=1), st.integers(0, 255))
def test_limits_are_taken_together(document, region, classes, low):
    stored = np.random.default_rng(low).integers(0, 256, SIZE, np.uint8)
    rules = [
        OverClasses(classes, document, nobody),
        Values(ValueRange(low, 255), Pixels(stored)),
        Inside(Within(frozenset({10}), outside=True), document),
    ]
    wanted = np.isin(seen(document), list(classes)) & (stored >= low)
    for each in document.ordered():
        if each.id == 10:
            wanted &= ~bits(each.mask)
    holds(rules, region, wanted)


def test_each_tile_is_looked_at_once_and_none_that_is_not_touched():
    photo = Pixels(np.zeros(SIZE, np.uint8))
    permitted = Permitted([Values(ValueRange(0, 9), photo)], SIZE)
    for x in range(30, 240, 7):
        permitted.of(disc((x, 40), 12, SIZE))
    assert photo.read_boxes == [(0, 0, 256, 256)]
    permitted.of(disc((262, 40), 12, SIZE))
    permitted.of(disc((690, 290), 12, SIZE))
    assert photo.read_boxes[1:] == [(256, 0, 512, 256), (512, 256, 700, 300)]


def test_what_one_limit_refuses_the_dearer_is_not_asked_about():
    photo = Pixels(np.zeros(SIZE, np.uint8))
    document = Document(1, SIZE)
    rules = [OverClasses({SKY}, document, nobody), Values(ValueRange(0, 9), photo)]
    assert not Permitted(rules, SIZE).of(everything())
    assert photo.read_boxes == []


def test_a_channel_that_is_not_there_is_none():
    assert channel_of(np.zeros((2, 2, 2), np.uint8), 2) is None
    assert channel_of(np.zeros((2, 2), np.uint8), 0).shape == (2, 2)

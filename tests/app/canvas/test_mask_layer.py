from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.canvas.camera import Camera
from app.canvas.colors import BARS, overlay
from app.canvas.looks import Around
from app.canvas.mask_layer import MaskLayer
from app.session import ProposalFilter, ViewOptions
from engine.document import edits
from engine.document.document import Document
from engine.document.edits import Target
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.app.canvas.harness import BOAT, CLASSES, PERSON, SKY, annotation

SIZE = (540, 700)
FRAME = (0, 0, SIZE[1], SIZE[0])
WHOLE = Camera(SIZE, SIZE[1], SIZE[0])
AROUND = Around(ViewOptions(), ProposalFilter(), frozenset(), None)


def opened(document, around=AROUND, taxonomy=CLASSES):
    layer = MaskLayer()
    layer.open(document, taxonomy, around)
    return layer


def seen(layer):
    """The id shown at each pixel: objects by id, classes by minus their id."""
    cells = layer.map.cut(FRAME, WHOLE)
    names = np.zeros(len(layer.painter.looks), int)
    for slot, each in layer.by_slot.items():
        names[slot] = each.id
    for class_id, slot in layer._class_slots.items():
        names[slot] = -class_id
    return names[cells]


def painted(layer, rect=FRAME, camera=WHOLE, lines=False):
    found = layer.painter.paint(rect, camera, 1.0, lines)
    if found is None:
        return np.zeros((rect[3] - rect[1], rect[2] - rect[0]), np.uint32)
    return found.copy()  # the next call writes into it


def two():
    first = annotation(1, disc((200, 200), 90, SIZE))
    second = annotation(2, disc((260, 220), 90, SIZE), BOAT)
    return Document(1, SIZE, annotations=[first, second])


# -- following -----------------------------------------------------------------------------------

points = st.tuples(st.integers(0, 699), st.integers(0, 539))
strokes = st.lists(
    st.tuples(
        st.sampled_from(["paint", "erase", "delete", "undo", "class", "propose", "hide"]),
        st.sampled_from([PERSON, BOAT, SKY]),
        points,
        st.integers(1, 300),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(strokes)
def test_following_changes_shows_what_opening_anew_would(steps):
    document = Document(1, SIZE)
    layer = opened(document)
    past = []
    document.subscribers.append(lambda change: layer.follow(change, document, CLASSES, AROUND))
    for step in steps:
        seen(layer)  # fills the tiles, so that stale ones would show
        command = command_for(document, *step, past)
        if command is not None:
            past.append(command.apply(document))
    assert np.array_equal(seen(layer), seen(opened(document)))
    assert np.array_equal(painted(layer), painted(opened(document)))


def command_for(document, what, class_id, point, radius, past):
    region = disc(point, radius, SIZE)
    ids = sorted(document.annotations)
    stuff = class_id == SKY
    if what == "undo":
        return past.pop() if past else None
    if what == "propose":
        number = document.new_ids(1)[0]
        proposal = annotation(number, region, class_id, score=0.6, proposal=True)
        document.set_proposals([proposal])
        past.clear()
        return None
    if what == "delete" and ids:
        return edits.delete(document, ids[:1], CLASSES)
    if what == "class" and ids and not stuff:
        return edits.change_class(document, ids[:1], class_id, CLASSES)
    if what == "hide" and ids:
        hidden = document.annotations[ids[0]].hidden
        return edits.set_attributes(document, ids[:1], hidden=not hidden)
    if stuff:
        return edits.paint(document, region, Target(SKY, stuff=True), what == "erase", CLASSES)
    target = Target(class_id, ids[0]) if ids and point[0] % 2 else Target(class_id, new=True)
    return edits.paint(document, region, target, what == "erase", CLASSES)


def test_a_stroke_on_a_large_object_touches_its_tiles_only():
    big = annotation(1, Mask.rectangle((0, 0, 700, 540)))
    document = Document(1, SIZE, annotations=[big])
    layer = opened(document)
    boxes = []
    document.subscribers.append(
        lambda change: boxes.extend(layer.follow(change, document, CLASSES, AROUND))
    )
    edits.paint(document, disc((300, 300), 20, SIZE), Target(PERSON, 1), True, CLASSES).apply(
        document
    )
    assert boxes == [(256, 256, 512, 512)]


def test_hiding_a_class_shows_what_is_below():
    document = two()
    layer = opened(document)
    boat = CLASSES.get(BOAT)
    hidden = CLASSES.with_(replace(boat, visible=False))
    boxes = layer.sync(document, hidden, AROUND)
    assert boxes == [document.annotations[2].mask.box]
    assert set(np.unique(seen(layer))) == {0, 1}
    assert layer.sync(document, CLASSES, AROUND) == [document.annotations[2].mask.box]
    assert np.array_equal(seen(layer), seen(opened(document)))


def test_nothing_different_touches_nothing():
    document = two()
    layer = opened(document)
    assert layer.sync(document, CLASSES, AROUND) == []


def test_a_filter_shows_and_hides_proposals():
    proposal = annotation(5, disc((500, 500), 30, SIZE), score=0.4, proposal=True)
    document = Document(1, SIZE, annotations=[proposal])
    layer = opened(document)
    assert 5 in layer.shown
    strict = replace(AROUND, filter=ProposalFilter(show_above=0.5))
    assert layer.sync(document, CLASSES, strict) == [proposal.mask.box]
    assert layer.shown == {}
    small = replace(AROUND, filter=ProposalFilter(min_area=10_000))
    assert layer.sync(document, CLASSES, small) == []


def test_proposals_lie_above_accepted_objects():
    accepted = annotation(1, disc((200, 200), 90, SIZE), score=None)
    proposal = annotation(0, disc((200, 200), 40, SIZE), score=0.9, proposal=True)
    layer = opened(Document(1, SIZE, annotations=[accepted, proposal]))
    assert [each.id for each in layer.under(200, 200)] == [0, 1]


def test_slots_are_given_out_again():
    document = Document(1, SIZE)
    layer = opened(document)
    document.subscribers.append(lambda change: layer.follow(change, document, CLASSES, AROUND))
    for _ in range(30):
        region = disc((100, 100), 20, SIZE)
        back = edits.paint(document, region, Target(PERSON, new=True), False, CLASSES).apply(
            document
        )
        back.apply(document)
    assert len(layer.painter.looks) == 2


def test_what_is_hidden_comes_back_in_its_slot_and_its_colours_are_not_made_again():
    document = two()
    layer = opened(document)
    shown = painted(layer, lines=True)
    slots, colors = dict(layer._slots), layer.painter._table
    gone = CLASSES.with_(replace(CLASSES.get(BOAT), visible=False))
    layer.sync(document, gone, AROUND)
    assert not np.array_equal(painted(layer, lines=True), shown)
    layer.sync(document, CLASSES, AROUND)
    assert layer._slots == slots
    assert np.array_equal(painted(layer, lines=True), shown)
    assert layer.painter._table is colors


def test_the_slot_of_a_hidden_object_that_is_deleted_is_given_out_again():
    document = two()
    layer = opened(document)
    document.subscribers.append(lambda change: layer.follow(change, document, CLASSES, AROUND))
    second = document.find(2)
    document.replace([second], [replace(second, hidden=True)])
    document.replace([document.find(2)], [])
    document.replace([], [replace(second, id=7)])
    assert layer._slots == {1: 1, 7: 2}
    assert set(np.unique(seen(layer)).tolist()) == {0, 1, 7}


# -- looks and colours ---------------------------------------------------------------------------


def alpha_at(layer, x, y, **options):
    return int(painted(layer, **options)[y, x]) >> 24


@pytest.mark.parametrize(
    ("state", "fields", "around"),
    [
        ("accepted", {}, {}),
        ("proposal", {"proposal": True, "score": 0.9}, {}),
        ("uncertain", {"proposal": True, "score": 0.4}, {}),
        ("uncertain", {"doubtful": True}, {}),
        ("locked", {"locked": True}, {}),
        ("selected", {}, {"selection": frozenset({1})}),
    ],
)
def test_fills_are_those_of_the_design(state, fields, around):
    one = annotation(1, Mask.rectangle((100, 100, 200, 200)), **fields)
    layer = opened(Document(1, SIZE, annotations=[one]), replace(AROUND, **around))
    assert alpha_at(layer, 151, 151) == round(overlay().fill[state] * 255)


def test_hovering_adds_to_the_fill():
    document = two()
    layer = opened(document)
    before = alpha_at(layer, 150, 200)
    boxes = layer.restyle([1], CLASSES, replace(AROUND, hovered=1))
    assert boxes == [document.annotations[1].mask.box]
    assert alpha_at(layer, 150, 200) == round((overlay().fill["accepted"] + 0.1) * 255) > before


def test_colours_are_premultiplied_class_colours():
    value = int(painted(opened(two()))[200, 150])
    alpha = value >> 24
    parts = [value >> shift & 255 for shift in (16, 8, 0)]
    assert parts == pytest.approx([c * alpha / 255 for c in (0x20, 0x70, 0xEF)], abs=1)


@pytest.mark.parametrize("change", [{"opacity": 0.0}, {"fills": False}])
def test_fills_can_be_taken_away(change):
    layer = opened(two(), replace(AROUND, view=ViewOptions(**change)))
    assert not painted(layer).any()


def test_a_class_has_its_own_opacity_or_only_a_line():
    half = CLASSES.with_(replace(CLASSES.get(PERSON), opacity=0.5))
    assert alpha_at(opened(two(), taxonomy=half), 150, 200) == round(0.5 * 255)
    bare = CLASSES.with_(replace(CLASSES.get(PERSON), contour_only=True))
    assert alpha_at(opened(two(), taxonomy=bare), 150, 200) == 0


def test_doubtful_objects_carry_bars():
    one = annotation(1, Mask.rectangle((100, 100, 200, 200)), doubtful=True)
    layer = opened(Document(1, SIZE, annotations=[one]))
    assert layer.look(one).hatch == BARS
    row = painted(layer)[150, 100:190] >> 24
    strong = np.flatnonzero(row > 120)
    assert len(strong) == 10
    assert set(np.diff(strong)) == {9}


def test_hatches_stand_still_on_the_picture():
    hatched = CLASSES.with_(replace(CLASSES.get(PERSON), hatch=1))
    one = annotation(1, Mask.rectangle((0, 0, 300, 300)))
    layer = opened(Document(1, SIZE, annotations=[one]), taxonomy=hatched)
    before = painted(layer, (0, 0, 300, 300))
    moved = Camera(SIZE, 700, 540, 1.0, -13, -29)
    after = painted(layer, (0, 0, 280, 270), moved)
    assert np.array_equal(after[:200, :200], before[29:229, 13:213])
    assert len(np.unique(before)) == 2


def test_tiny_objects_have_no_fill():
    one = annotation(1, Mask.rectangle((100, 100, 110, 110)))
    layer = opened(Document(1, SIZE, annotations=[one]))
    assert painted(layer).any()
    assert not painted(layer, (0, 0, 350, 270), Camera(SIZE, 350, 270, 0.5)).any()


def test_stuff_is_painted_in_its_colour_below_things():
    values = np.zeros(SIZE, np.uint8)
    values[:300] = SKY
    one = annotation(1, Mask.rectangle((100, 100, 200, 200)))
    layer = opened(Document(1, SIZE, annotations=[one], layer=ClassMap.from_array(values)))
    out = painted(layer)
    assert out[50, 50] >> 24 == round(0.34 * 255)
    assert out[50, 50] != out[150, 150]
    assert out[400, 400] == 0
    hidden = CLASSES.with_(replace(CLASSES.get(SKY), visible=False))
    document = Document(1, SIZE, annotations=[one], layer=ClassMap.from_array(values))
    assert painted(opened(document, taxonomy=hidden))[50, 50] == 0


def test_quick_lines_follow_the_borders_inside():
    layer = opened(two())
    plain, lined = painted(layer), painted(layer, lines=True)
    inside = layer.shown[1].mask.read(FRAME) | layer.shown[2].mask.read(FRAME)
    changed = plain != lined
    opaque = (lined >> 24) == 255
    assert opaque.any()
    assert not (opaque & ~inside).any()
    deep = disc((200, 200), 80, SIZE).read(FRAME) & ~layer.shown[2].mask.read(FRAME)
    deep &= ~disc((260, 220), 95, SIZE).read(FRAME)
    assert not (changed & deep).any()


@given(st.integers(0, 600), st.integers(0, 460))
@settings(max_examples=25)
def test_quick_lines_of_a_part_are_those_of_the_whole(x, y):
    layer = opened(two())
    rect = (x, y, x + 90, y + 70)
    assert np.array_equal(
        painted(layer, rect, lines=True), painted(layer, lines=True)[y : y + 70, x : x + 90]
    )


def test_quick_lines_of_proposals_are_dashed():
    one = annotation(1, Mask.rectangle((100, 100, 300, 300)), score=0.9, proposal=True)
    layer = opened(Document(1, SIZE, annotations=[one]))
    edge = painted(layer, lines=True)[100, 110:290] >> 24 == 255
    assert 0.4 < edge.mean() < 0.75

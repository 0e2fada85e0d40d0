"""Three states as one: by rule, and against arrays."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.annotation import Annotation
from engine.document.commands import Several
from engine.document.conflict import Conflict, decode, encode, settle
from engine.document.document import Document, Status
from engine.document.taxonomy import Taxonomy
from engine.document.three_way import merge_states, translated
from engine.document.three_way_layer import merge_layers
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

SIZE = (300, 520)
CLASSES = Taxonomy()
for _name in ("cell", "nucleus"):
    CLASSES = CLASSES.with_(CLASSES.new_class(_name))


def thing(number, box, **fields):
    return Annotation(
        **{"id": number, "class_id": 2, "mask": Mask.rectangle(box), "created": 1.0, **fields}
    )


def state(*things, layer=None, status=Status.NEW):
    return Document(1, SIZE, annotations=things, layer=layer, status=status).state


def ids(start=1_000):
    counter = itertools.count(start)
    return lambda count: [next(counter) for _ in range(count)]


def merge(base, mine, theirs, **how):
    """The merge, and the state it leads to; taking it back leads to ``mine`` again."""
    found = merge_states(base, mine, theirs, ids(), "Merge", **how)
    every = [*mine.annotations.values(), *mine.proposals.values()]
    document = Document(1, SIZE, annotations=every, layer=mine.layer, status=mine.status)
    back = Several(tuple(found.commands)).apply(document)
    after = document.state
    back.apply(document)
    assert document.annotations == mine.annotations
    assert document.layer.same(mine.layer)
    return found, after


BOX = (10, 10, 60, 60)
ONE = thing(1, BOX)


def test_only_their_side_changed_gives_their_side():
    theirs = state(
        replace(ONE, mask=Mask.rectangle((10, 10, 70, 60)), class_id=3, note="n", modified=9.0,
                seconds=4.0, added=600, person="Ana", order=3),
        thing(2, (100, 100, 120, 120), created=2.0), status=Status.DONE,
    )  # fmt: skip
    found, after = merge(state(ONE), state(ONE), theirs)
    assert found.conflicts == []
    assert after.annotations.keys() == theirs.annotations.keys()
    for key, each in theirs.annotations.items():
        now = after.annotations[key]
        assert replace(now, mask=each.mask) == each
        assert now.mask.same(each.mask)
    assert after.status is Status.DONE


def test_attributes_of_both_sides_are_taken_and_work_adds_up():
    mine = replace(ONE, hidden=True, seconds=3.0, note="mine")
    theirs = replace(ONE, doubtful=True, seconds=5.0, note="theirs", order=7)
    found, after = merge(state(ONE), state(mine), state(theirs))
    now = after.annotations[1]
    assert found.conflicts == []
    assert (now.hidden, now.doubtful, now.order, now.seconds) == (True, True, 7, 8.0)
    assert now.note == "mine / theirs"


def test_a_note_is_lost_on_no_side():
    def notes(base, mine, theirs):
        sides = (None if n is None else state(replace(ONE, note=n)) for n in (base, mine, theirs))
        found, after = merge(*sides)
        assert found.conflicts == []
        return after.annotations[1].note

    assert notes("old", "old", "") == ""  # taken away on one side
    assert notes("old", "mine", "") == "mine"
    assert notes("old", "", "theirs") == "theirs"
    assert notes(None, "mine", "theirs") == "mine / theirs"
    assert notes(None, "mine", "mine") == "mine"
    mine = state(thing(5, BOX, note="mine", created=2.0))
    found, after = merge(state(), mine, state(thing(6, BOX, note="theirs", created=3.0)))
    assert (found.conflicts, found.renamed) == ([], {6: 5})  # what both drew alike is one object
    assert {key: a.note for key, a in after.annotations.items()} == {5: "mine / theirs"}


def test_two_classes_for_one_object_are_a_conflict_only_where_both_changed():
    three = CLASSES.with_(CLASSES.new_class("spore"))
    base, mine, theirs = (replace(ONE, class_id=number) for number in (2, 3, 4))
    found, after = merge(state(base), state(mine), state(theirs))
    (conflict,) = found.conflicts
    assert (conflict.kind, conflict.mine_class, conflict.theirs_class) == ("class", 3, 4)
    document = Document(1, SIZE, annotations=after.annotations.values())
    settle(document, conflict, "theirs", three).apply(document)
    assert document.annotations[1].class_id == 4
    assert merge(state(base), state(mine), state(base))[0].commands == []
    assert merge(state(base), state(base), state(theirs))[1].annotations[1].class_id == 4


def test_a_place_both_left_different_is_a_conflict_and_other_places_are_merged():
    base = Mask.rectangle(BOX)
    mine = base | Mask.rectangle((60, 10, 70, 60)) | Mask.rectangle((200, 10, 210, 20))
    theirs = base | Mask.rectangle((60, 10, 80, 60)) | Mask.rectangle((300, 10, 310, 20))
    theirs = theirs | Mask.rectangle((200, 10, 210, 20))  # both did the same here
    sides = [state(replace(ONE, mask=mask)) for mask in (base, mine, theirs)]
    found, after = merge(*sides)
    (conflict,) = found.conflicts
    assert conflict.patch.same(Mask.rectangle((70, 10, 80, 60)))
    now = after.annotations[1].mask
    assert now.same(mine | Mask.rectangle((300, 10, 310, 20)))
    document = Document(1, SIZE, annotations=after.annotations.values())
    settle(document, conflict, "theirs", CLASSES).apply(document)
    assert document.annotations[1].mask.same(theirs | mine)


def test_both_took_away_a_half_and_nothing_is_left():
    left, right = Mask.rectangle((10, 10, 35, 60)), Mask.rectangle((35, 10, 60, 60))
    found, after = merge(
        state(ONE), state(replace(ONE, mask=left)), state(replace(ONE, mask=right))
    )
    assert (found.conflicts, dict(after.annotations)) == ([], {})


def test_without_a_base_nothing_counts_as_taken_away():
    mine, theirs = state(ONE, thing(5, (100, 0, 120, 20))), state(thing(6, (200, 0, 220, 20)))
    found, after = merge(None, mine, theirs)
    assert found.conflicts == []
    assert sorted(after.annotations) == [1, 5, 6]


def test_the_same_number_for_two_objects_gives_theirs_another():
    mine, theirs = (
        state(thing(5, (100, 0, 120, 20))),
        state(thing(5, (300, 0, 320, 20), created=2.0)),
    )
    found, after = merge(state(), mine, theirs)
    assert found.renamed == {5: 1_000}
    assert {key: a.mask.box[0] for key, a in after.annotations.items()} == {5: 100, 1_000: 300}


def test_what_both_drew_alike_is_one_object():
    mine, theirs = state(thing(5, BOX, created=2.0)), state(thing(6, BOX, created=3.0))
    found, after = merge(state(), mine, theirs)
    assert (found.commands, found.conflicts, list(after.annotations)) == ([], [], [5])


def test_of_several_that_overlap_those_most_alike_are_the_same_thing():
    half, whole = (10, 10, 60, 40), (10, 10, 60, 60)
    mine = state(thing(5, whole, created=2.0))
    theirs = state(thing(6, half, created=3.0), thing(7, whole, created=4.0))
    found, after = merge(state(), mine, theirs)
    assert (found.conflicts, sorted(after.annotations)) == ([], [5, 6])
    assert found.renamed == {7: 5}
    waiting = state(thing(5, whole, proposal=True))
    found, after = merge(state(), waiting, theirs)
    assert (found.conflicts, sorted(after.annotations)) == ([], [6, 7])
    assert dict(after.proposals) == {}


def test_numbers_of_objects_in_other_images_are_given_to_none_of_theirs():
    theirs = state(thing(6, (0, 0, 9, 9)), thing(7, (100, 0, 109, 9)))
    found, after = merge(state(), state(ONE), theirs, taken={7, 9})
    assert sorted(after.annotations) == [1, 6, 1_000]
    assert found.renamed == {7: 1_000}


def test_a_proposal_yields_to_what_a_person_made():
    box = (10, 10, 60, 58)
    mine, theirs = thing(5, BOX, proposal=True), thing(6, box, created=2.0)
    _, after = merge(state(), state(mine), state(theirs))
    assert (list(after.annotations), dict(after.proposals)) == ([6], {})
    _, after = merge(state(), state(replace(theirs)), state(mine))
    assert (list(after.annotations), dict(after.proposals)) == ([6], {})


def test_accepted_there_and_rejected_here_is_a_conflict_but_not_where_a_model_came_between():
    waiting, accepted = thing(1, BOX, proposal=True), thing(1, BOX)
    rejected = state(status=Status.CORRECTED)
    found, _ = merge(state(waiting), rejected, state(accepted, status=Status.CORRECTED))
    assert [each.kind for each in found.conflicts] == ["gone_here"]
    again = thing(9, (200, 0, 220, 20), proposal=True)
    found, after = merge(state(waiting), state(again), state(accepted, status=Status.CORRECTED))
    assert (found.conflicts, list(after.annotations)) == ([], [1])


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "after"),
    [
        (Status.NEW, Status.NEW, Status.DONE, Status.DONE),
        (Status.NEW, Status.DONE, Status.NEW, Status.DONE),
        (Status.NEW, Status.CORRECTED, Status.DONE, Status.CORRECTED),
        (Status.DONE, Status.DONE, Status.CORRECTED, Status.CORRECTED),
        (Status.NEW, Status.DONE, Status.DONE, Status.DONE),
    ],
)
def test_an_image_is_as_far_as_both_sides_that_did_something(base, mine, theirs, after):
    sides = (state(status=each) for each in (base, mine, theirs))
    assert merge(*sides)[1].status is after


def test_a_done_image_with_a_conflict_is_not_done_unless_it_is_decided():
    wide = replace(ONE, mask=Mask.rectangle((10, 10, 80, 60)))
    wider = replace(ONE, mask=Mask.rectangle((10, 10, 90, 60)))
    sides = state(ONE), state(wide, status=Status.DONE), state(wider, status=Status.DONE)
    assert merge(*sides)[1].status is Status.CORRECTED
    assert merge(*sides, decided=True)[1].status is Status.DONE


maps = st.lists(
    st.tuples(
        st.integers(0, 500), st.integers(0, 280), st.integers(1, 300), st.integers(1, 300),
        st.sampled_from([0, 1, 2, 3, 700]),
    ),
    max_size=4,
)  # fmt: skip


def painted(base, rectangles):
    array = base.copy()
    for x, y, width, height, value in rectangles:
        array[y : y + height, x : x + width] = value
    return array


@given(maps, maps, maps)
def test_class_maps_merge_pixel_by_pixel(first, second, third):
    base = painted(np.zeros(SIZE, np.uint16), first)
    mine, theirs = painted(base, second), painted(base, third)
    found = merge_layers(*(ClassMap.from_array(each) for each in (base, mine, theirs)))
    merged = ClassMap.from_array(mine).flip(found.patch).to_array()
    conflict = (mine != base) & (theirs != base) & (mine != theirs)
    expected = np.where((mine == base) & (theirs != base), theirs, mine)
    assert np.array_equal(merged, expected)
    said = np.zeros(SIZE, np.bool_)
    for (ours, others), mask in found.conflicts.items():
        bits = mask.read((0, 0, SIZE[1], SIZE[0]))
        assert np.all(mine[bits] == ours)
        assert np.all(theirs[bits] == others)
        said |= bits
    assert np.array_equal(said, conflict)


boxes = st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(1, 60), st.integers(1, 60))


@given(st.lists(boxes, max_size=3), st.lists(boxes, max_size=3))
def test_outlines_merge_the_same_from_either_side(here, there):
    def changed(flips):
        mask = ONE.mask
        for x, y, width, height in flips:
            mask = mask ^ Mask.rectangle((x, y, x + width, y + height))
        return state(replace(ONE, mask=mask)) if mask else None

    mine, theirs = changed(here), changed(there)
    if mine is None or theirs is None:
        return
    one, after = merge(state(ONE), mine, theirs)
    two, other = merge(state(ONE), theirs, mine)
    patches = [found.conflicts[0].patch if found.conflicts else Mask.EMPTY for found in (one, two)]
    assert patches[0].same(patches[1])
    sides = [
        each.annotations[1].mask if each.annotations else Mask.EMPTY for each in (after, other)
    ]
    assert (sides[0] - patches[0]).same(sides[1] - patches[0])
    touched = (ONE.mask ^ mine.annotations[1].mask) & (ONE.mask ^ theirs.annotations[1].mask)
    assert bool(patches[0]) <= bool(touched)


def test_translated_states_have_other_numbers_and_classes():
    layer = ClassMap.from_array(np.full(SIZE, 3, np.uint16))
    found = translated(state(ONE, thing(4, BOX), layer=layer), {2: 9, 3: 2}, {4: 40})
    assert {key: a.class_id for key, a in found.annotations.items()} == {1: 9, 40: 9}
    assert found.layer.areas() == {2: SIZE[0] * SIZE[1]}


@pytest.mark.parametrize(
    "conflict",
    [
        Conflict(kind="pixels", annotation=1, theirs=ONE, patch=Mask.rectangle(BOX), mine_class=2,
                 theirs_class=2),
        Conflict(kind="gone_there", annotation=1, mine_class=2),
        Conflict(kind="area", patch=Mask.rectangle((0, 0, 520, 300)), mine_class=2, theirs_class=3),
    ],
)  # fmt: skip
def test_conflicts_are_read_back_as_they_were_kept(conflict):
    again = decode(encode(conflict), SIZE)
    assert again.patch.same(conflict.patch)
    assert (again.theirs is None) == (conflict.theirs is None)
    rest = {"patch": Mask.EMPTY, "theirs": None}
    assert replace(again, **rest) == replace(conflict, **rest)
    with pytest.raises(EngineError, match="newer Maskwright"):
        decode(b"\x02" + encode(conflict)[1:], SIZE)
    with pytest.raises(EngineError, match="damaged"):
        decode(encode(conflict)[:-5], SIZE)


def test_a_side_that_is_not_there_and_a_class_that_is_gone_are_refused():
    document = Document(1, SIZE, annotations=[ONE])
    conflict = Conflict(kind="gone_there", annotation=1, mine_class=2, theirs_class=0)
    with pytest.raises(EngineError, match="mine or theirs"):
        settle(document, conflict, "both", CLASSES)
    settle(document, conflict, "theirs", CLASSES).apply(document)
    assert dict(document.annotations) == {}
    gone = Conflict(kind="area", patch=Mask.rectangle(BOX), mine_class=2, theirs_class=77)
    with pytest.raises(EngineError, match="“class 77” is not in the project any more"):
        settle(document, gone, "theirs", CLASSES)
    assert settle(document, gone, "mine", CLASSES).commands == ()

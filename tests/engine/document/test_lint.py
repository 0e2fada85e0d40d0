"""Faults of masks: found where they are, not where they are not, and mended in one step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.annotation import Annotation
from engine.document.document import Document, Status
from engine.document.lint import RULES, Limits, lint
from engine.document.mending import mend, mend_all
from engine.document.taxonomy import BACKGROUND, LabelClass, Taxonomy
from engine.masks import raster
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

SIZE = (300, 400)
CELL, NUCLEUS, ROAD, GRASS = 2, 3, 4, 5
TAXONOMY = Taxonomy(
    [
        LabelClass(id=CELL, name="cell", color="#aa0000", thing=True),
        LabelClass(id=NUCLEUS, name="nucleus", color="#00aa00", thing=True),
        LabelClass(id=ROAD, name="road", color="#0000aa", thing=False),
        LabelClass(id=GRASS, name="grass", color="#00aaaa", thing=False),
    ]
)


def box(left, top, right, bottom):
    return Mask.rectangle((left, top, right, bottom))


def disc(x, y, radius):
    return raster.disc((x, y), radius, SIZE)


def image(*masks, layer=None, **fields):
    """An image with these objects: a mask of a cell, or (mask, fields)."""
    objects = []
    for number, each in enumerate(masks, 1):
        mask, more = each if isinstance(each, tuple) else (each, {})
        given = {"class_id": CELL, "order": number, **more}
        objects.append(Annotation(id=number, mask=mask, **given))
    return Document(1, SIZE, annotations=objects, layer=layer, **fields)


def rules(document, **limits):
    return [each.rule for each in lint(document, TAXONOMY, Limits(**limits))]


def mended(document, **limits):
    """Mend all that can be, and hold that undo brings everything back."""
    before = document.state
    made = mend(document, TAXONOMY, lint(document, TAXONOMY, Limits(**limits)))
    if made.command is not None:
        back = made.command.apply(document)
        after = document.state
        back.apply(document)
        assert {n: a.mask for n, a in document.annotations.items()} == {
            n: a.mask for n, a in before.annotations.items()
        } or all(document.annotations[n].mask.same(a.mask) for n, a in before.annotations.items())
        assert document.layer.same(before.layer)
        made.command.apply(document)
        assert document.annotations.keys() == after.annotations.keys()
    return made


BIG = disc(100, 100, 40)


def test_a_whole_object_has_no_fault():
    assert rules(image(BIG, disc(250, 200, 30))) == []


def test_holes_up_to_the_limit_are_filled():
    document = image(BIG - box(90, 90, 91, 91) - box(100, 100, 102, 102) - box(110, 110, 120, 120))
    assert rules(document) == ["hole"]
    assert lint(document, TAXONOMY)[0].count == 2
    assert mended(document).left == []
    assert document.annotations[1].mask.same(BIG - box(110, 110, 120, 120))


def test_a_bay_is_no_hole():
    assert rules(image(box(0, 0, 50, 50) - box(49, 20, 50, 21))) == []


def test_islands_go_and_large_parts_stay():
    part = box(200, 200, 230, 230)
    document = image(BIG | box(10, 10, 13, 13) | part)
    assert rules(document) == ["island"]
    mended(document)
    assert document.annotations[1].mask.same(BIG | part)


def test_slivers_are_thin_parts_longer_than_islands():
    sliver = box(200, 20, 202, 60)
    document = image(BIG | sliver)
    assert rules(document) == ["sliver"]
    mended(document)
    assert document.annotations[1].mask.same(BIG)


def test_a_thin_object_is_a_fault_only_along_another():
    line = box(10, 250, 380, 252)
    assert rules(image(BIG, line)) == []
    along = box(200, 200, 300, 250), box(200, 250, 290, 252)
    document = image(*along)
    assert rules(document) == ["sliver"]
    mended(document)
    assert list(document.annotations) == [1]


def test_specks_are_removed_whole():
    document = image(BIG, box(5, 5, 8, 8))
    assert rules(document) == ["speck"]
    mended(document)
    assert list(document.annotations) == [1]


def test_of_duplicates_hand_work_stays_and_then_the_higher_score():
    model = {"source": "net", "score": 0.9}
    document = image((BIG, {}), (BIG, model))
    assert rules(document) == ["duplicate"]
    mended(document)
    assert list(document.annotations) == [1]
    document = image((BIG, {"source": "net", "score": 0.4}), (BIG - box(60, 100, 66, 106), model))
    mended(document)
    assert list(document.annotations) == [2]


def test_two_classes_for_one_object_are_for_a_person():
    document = image(BIG, (BIG, {"class_id": NUCLEUS}))
    assert rules(document) == ["clash"]
    assert mended(document).command is None


def test_overlaps_go_to_the_upper_object_and_covered_ones_stay():
    one, two = box(0, 0, 60, 60), box(50, 0, 120, 60)
    document = image(one, two, (box(70, 10, 90, 30), {"order": 0}))
    assert rules(document) == ["overlap", "overlap"]
    made = mended(document)
    assert [each.objects for each in made.left] == [(3, 2)]
    assert document.annotations[1].mask.same(one - two)
    assert document.annotations[2].mask.same(two)


def test_pieces_of_one_object_are_joined_and_touching_cells_are_not():
    halves = BIG & box(0, 0, 100, 300), BIG & box(100, 0, 400, 300)
    document = image(*halves)
    assert rules(document) == ["pieces"]
    mended(document)
    assert [each.mask.same(BIG) for each in document.annotations.values()] == [True]
    assert rules(image(disc(100, 100, 30), disc(160, 100, 30))) == []
    assert rules(image(halves[0], (halves[1], {"class_id": NUCLEUS}))) == []


def test_crowds_may_be_in_pieces():
    document = image((BIG | box(10, 10, 12, 12), {"crowd": True}), BIG)
    assert rules(document) == []


def test_spots_of_areas_become_what_is_around_them():
    array = np.full(SIZE, GRASS, np.uint16)
    array[100:200] = ROAD
    array[150, 150:153] = GRASS
    array[20, 20] = 0
    array[40:44, 40] = BACKGROUND
    document = image(layer=ClassMap.from_array(array))
    found = lint(document, TAXONOMY)
    assert [(each.rule, each.class_id, each.count) for each in found] == [
        ("spot", 0, 1),
        ("spot", BACKGROUND, 1),
        ("spot", GRASS, 1),
    ]
    mended(document)
    wanted = np.full(SIZE, GRASS, np.uint16)
    wanted[100:200] = ROAD
    assert np.array_equal(document.layer.to_array(), wanted)


def test_an_image_without_classes_has_no_spots():
    assert rules(image(layer=ClassMap(SIZE))) == []


def test_what_is_locked_is_found_and_left():
    document = image((BIG - box(90, 90, 91, 91), {"locked": True}))
    made = mended(document)
    assert made.command is None
    assert [each.rule for each in made.left] == ["hole"]


def test_an_image_that_is_done_stays_done():
    document = image(BIG, box(5, 5, 8, 8), status=Status.DONE)
    mended(document)
    assert document.status is Status.DONE


def test_only_the_rules_that_are_wanted():
    document = image(BIG - box(90, 90, 91, 91), box(5, 5, 8, 8))
    assert rules(document, rules=frozenset({"speck"})) == ["speck"]


def test_proposals_are_not_looked_at():
    assert rules(image((box(5, 5, 8, 8), {"proposal": True}))) == []


def test_every_rule_has_words():
    document = image(BIG - box(90, 90, 91, 91) | box(10, 10, 13, 13), box(5, 200, 8, 203))
    for each in lint(document, TAXONOMY):
        assert each.rule in RULES
        assert each.words[0].isupper()


@st.composite
def scenes(draw):
    """A few rectangles with bites and crumbs, over two areas."""
    side = st.integers(0, 90)
    masks = []
    for _ in range(draw(st.integers(1, 5))):
        left, top = draw(side), draw(side)
        mask = box(left, top, left + draw(st.integers(1, 60)), top + draw(st.integers(1, 60)))
        for _ in range(draw(st.integers(0, 3))):
            x, y = draw(side), draw(side)
            mask = mask ^ box(x, y, x + draw(st.integers(1, 3)), y + draw(st.integers(1, 3)))
        masks.append((mask, {"class_id": draw(st.sampled_from([CELL, NUCLEUS]))}))
    array = np.full(SIZE, draw(st.sampled_from([0, ROAD])), np.uint16)
    for _ in range(draw(st.integers(0, 3))):
        x, y = draw(side), draw(side)
        array[y : y + draw(st.integers(1, 6)), x : x + 2] = draw(st.sampled_from([0, 1, GRASS]))
    return image(*[each for each in masks if each[0]], layer=ClassMap.from_array(array))


@given(scenes())
def test_mending_ends_and_leaves_only_what_it_cannot_do(document):
    for _ in range(8):
        made = mended(document)
        if made.command is None:
            break
    else:
        pytest.fail("mending did not come to rest")
    assert made.done == []


# -- all of an image -------------------------------------------------------------------------


def all_mended(document, **how):
    """Mend all, and hold that the one step is what was done and undo brings everything back."""
    before = document.state
    made = mend_all(document, TAXONOMY, Limits(), **how)
    if made.command is not None:
        back = made.command.apply(document)
        assert _masks(document.state) == _masks(made.after.state)
        back.apply(document)
        assert document.state.annotations == before.annotations
        made.command.apply(document)
    return made


def _masks(state):
    return {n: (a.class_id, a.mask.area, a.mask.box) for n, a in state.annotations.items()}


def test_pieces_in_a_row_are_one_after_one_step():
    row = [box(x, 20, x + 12, 220) for x in range(10, 130, 12)]
    made = all_mended(document := image(*row))
    assert len(document.annotations) == 1
    assert made.left == []
    assert len(made.done) == 9


def test_what_a_repair_leaves_is_repaired_as_well():
    lower = box(20, 20, 100, 60) | box(100, 50, 104, 53)
    upper = box(97, 40, 102, 90)  # takes the bridge to the last two columns, an island then
    made = all_mended(document := image(lower, upper))
    assert [each.rule for each in made.done] == ["overlap", "island"]
    assert document.annotations[1].mask.box == (20, 20, 100, 60)
    assert made.command.label == "Mend 2 faults"


def test_what_was_spared_stays_spared_when_a_repair_makes_it_smaller():
    islands = box(20, 20, 60, 60) | box(70, 20, 72, 22) | box(76, 20, 78, 22)
    document = image(islands, box(76, 18, 90, 30))
    overlap, island = (
        next(each for each in lint(document, TAXONOMY) if each.rule == rule)
        for rule in ("overlap", "island")
    )
    made = all_mended(document, spared={island.key})
    assert [each.key for each in made.done] == [overlap.key]
    assert document.annotations[1].mask.at(70, 20)
    assert made.left == []


def test_an_object_that_repairs_leave_a_speck_of_is_left_to_a_person():
    lower, upper = box(20, 20, 60, 60), box(20, 20, 60, 59) | box(20, 59, 57, 60)
    made = all_mended(
        document := image(lower, upper | box(60, 20, 100, 60)), rules={"overlap", "speck"}
    )
    assert [each.rule for each in made.done] == ["overlap"]
    assert document.annotations[1].mask.area == 3
    assert "speck" in [each.rule for each in made.left]


def test_with_specks_off_small_objects_are_looked_at_for_the_rest():
    ring = box(20, 20, 24, 24) - box(21, 21, 22, 22)
    every = frozenset(RULES)
    assert rules(image(ring)) == ["speck"]
    assert rules(image(ring), rules=every - {"speck"}) == ["hole"]


def test_only_rules_that_are_wanted_are_mended_and_the_others_are_left():
    made = all_mended(
        image(box(20, 20, 60, 60) - box(30, 30, 31, 31), box(5, 5, 7, 7)), rules={"hole"}
    )
    assert [each.rule for each in made.done] == ["hole"]
    assert [each.rule for each in made.left] == ["speck"]


def test_spots_under_objects_and_beside_each_other_are_counted_one_by_one():
    values = np.full(SIZE, ROAD, np.uint8)
    values[10:250:6, 10:350:6] = 0
    covered = box(0, 0, 200, 300)
    found = lint(image(covered, layer=ClassMap.from_array(values)), TAXONOMY)
    [spots] = [each for each in found if each.rule == "spot"]
    assert spots.count == spots.pixels.area == 40 * 25
    assert not spots.pixels & covered

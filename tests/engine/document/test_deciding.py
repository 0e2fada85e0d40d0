"""Pixels that several objects claim, or nobody: found, and given one owner."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.document import claims, deciding, edits
from engine.document.annotation import Annotation
from engine.document.document import Document, Status
from engine.document.history import History
from engine.document.painting import flip_layer
from engine.document.taxonomy import BACKGROUND, UNLABELLED
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.document.conftest import NUCLEUS, ROAD

LOW, HIGH = (10, 10, 110, 110), (60, 60, 160, 200)
SHARED = Mask.rectangle((60, 60, 110, 110))


@pytest.fixture
def two(add):
    return add(LOW, order=0), add(HIGH, NUCLEUS, order=1)


def mask_of(document, number):
    return document.find(number).mask


def test_what_several_claim_is_found_place_by_place(document, taxonomy, two, add):
    third = add((100, 10, 140, 70), order=2)
    found = claims.contest(claims.takers(document, taxonomy), document.layer)
    assert found.twice.area == 50 * 50 + 10 * 60 + 40 * 10 - 2 * 10 * 10
    (place,) = found.places
    assert place.objects == (*two, third)
    assert found.nobody.area == 400 * 600 - 23_000


@pytest.mark.parametrize(
    ("rule", "lower", "upper"),
    [("order", 10_000 - 2_500, 14_000), ("smaller", 10_000, 14_000 - 2_500)],
)
def test_a_rule_gives_every_pixel_one_owner(document, history, taxonomy, two, rule, lower, upper):
    settled = deciding.settle(document, taxonomy, rule)
    history.do(settled.command)
    assert (mask_of(document, two[0]).area, mask_of(document, two[1]).area) == (lower, upper)
    assert settled.pixels == 2_500
    assert not claims.contest(claims.takers(document, taxonomy), document.layer).twice
    history.undo()
    assert mask_of(document, two[0]).area == 10_000
    assert deciding.settle(document, taxonomy, rule).command is not None


def test_void_takes_the_background_below_along(document, history, taxonomy, two):
    history.do(edits.mark_done(document))
    assert document.layer.areas()[BACKGROUND] == 400 * 600
    history.do(deciding.settle(document, taxonomy, "void").command)
    assert not mask_of(document, two[0]) & SHARED
    assert not mask_of(document, two[1]) & SHARED
    assert document.layer.mask(UNLABELLED).same(SHARED)
    assert document.status is Status.DONE


def test_a_done_image_stays_done(document, history, taxonomy, two):
    history.do(edits.mark_done(document))
    history.do(deciding.settle(document, taxonomy, "order").command)
    assert document.status is Status.DONE


def test_what_is_locked_or_would_vanish_is_left_and_counted(document, taxonomy, add):
    add((10, 10, 60, 60), order=0, locked=True)
    add((40, 40, 120, 120), order=1)
    add((50, 90, 70, 110), order=2)
    inside = add((200, 200, 210, 210), order=3)
    add((190, 190, 260, 260), order=4)
    settled = deciding.settle(document, taxonomy, "order")
    assert (settled.locked, settled.covered) == (1, 1)
    assert settled.pixels == 20 * 20
    settled = deciding.settle(document, taxonomy, "smaller")
    assert settled.covered == 0
    assert mask_of(document, inside).area == 100


def test_a_place_is_given_by_hand(document, history, taxonomy, two):
    lower, upper = two
    part = Mask.rectangle((60, 60, 80, 110))
    history.do(deciding.award(document, taxonomy, lower, part))
    assert mask_of(document, lower).area == 10_000
    assert mask_of(document, upper).area == 14_000 - part.area
    assert deciding.award(document, taxonomy, lower, part) is None


def test_by_hand_an_object_gets_all_of_a_place(document, history, taxonomy, add):
    """Of three in a row, the place of both overlaps is one; the first claims half of it."""
    first, _, third = (add((x, 10, x + 60, 50), order=x) for x in (10, 40, 70))
    middle = claims.contest(claims.takers(document, taxonomy), document.layer)
    [place] = middle.places
    history.do(deciding.award(document, taxonomy, first, place.pixels))
    assert mask_of(document, first).same(Mask.rectangle((10, 10, 100, 50)))
    assert mask_of(document, third).same(Mask.rectangle((100, 10, 130, 50)))


def test_a_gap_is_given_to_an_object_by_hand(document, history, taxonomy, two):
    gap = Mask.rectangle((10, 110, 60, 200))
    history.do(deciding.award(document, taxonomy, two[0], gap))
    assert mask_of(document, two[0]).area == 10_000 + gap.area
    assert history.undo_label == "Give unclaimed pixels to one object"
    assert document.status is Status.NEW


def test_to_an_object_that_is_gone_nobody_loses_anything(document, taxonomy, two):
    assert deciding.award(document, taxonomy, 999, SHARED) is None


def test_a_locked_object_is_given_nothing_by_hand(document, taxonomy, add):
    winner = add(LOW, order=0, locked=True)
    with pytest.raises(EngineError, match="lock"):
        deciding.award(document, taxonomy, winner, Mask.rectangle((10, 110, 60, 120)))


@pytest.mark.parametrize("locked", [False, True])
def test_void_takes_an_area_below_along(document, history, taxonomy, two, locked):
    history.do(deciding.claim_unclaimed(document, taxonomy, ROAD))
    below = document.layer.change(SHARED, ROAD)
    flip_layer(document.layer, below, "").apply(document)
    if locked:
        road = taxonomy.get(ROAD)
        taxonomy = taxonomy.with_(replace(road, locked=True))
    history.do(deciding.settle(document, taxonomy, "void").command)
    left = claims.unclaimed(claims.takers(document, taxonomy), document.layer)
    assert left.same(Mask.EMPTY if locked else SHARED)


def test_an_object_that_has_nothing_else_is_taken_away(document, history, taxonomy, add):
    inside, around = add((20, 20, 30, 30), order=0), add((10, 10, 60, 60), order=1)
    history.do(deciding.award(document, taxonomy, around, Mask.rectangle((20, 20, 30, 30))))
    assert document.find(inside) is None
    history.undo()
    assert mask_of(document, inside).area == 100


def test_a_locked_object_gives_nothing_by_hand(document, taxonomy, add):
    add(LOW, order=0, locked=True)
    winner = add(HIGH, order=1)
    with pytest.raises(EngineError, match="lock"):
        deciding.award(document, taxonomy, winner, SHARED)


@pytest.mark.parametrize("class_id", [BACKGROUND, ROAD])
def test_pixels_of_nobody_become_something(document, history, taxonomy, two, class_id):
    history.do(deciding.claim_unclaimed(document, taxonomy, class_id))
    covered = Mask.rectangle(LOW) | Mask.rectangle(HIGH)
    assert document.layer.mask(class_id).area == 400 * 600 - covered.area
    assert not claims.contest(claims.takers(document, taxonomy), document.layer).nobody
    assert deciding.claim_unclaimed(document, taxonomy, class_id) is None


@given(
    bits=st.lists(arrays(np.bool_, (12, 12)), min_size=1, max_size=5),
    rule=st.sampled_from(("order", "smaller", "void")),
)
def test_rules_agree_with_counting_pixel_by_pixel(bits, rule):
    from engine.document.taxonomy import Taxonomy

    taxonomy = Taxonomy()
    taxonomy = taxonomy.with_(taxonomy.new_class("cell"))
    document = Document(1, (12, 12))
    there = [each for each in bits if each.any()]
    numbers = document.new_ids(len(there))
    document.take_in(
        Annotation(id=number, class_id=2, mask=Mask.from_bits(each), order=at)
        for at, (number, each) in enumerate(zip(numbers, there, strict=True))
    )
    objects = claims.takers(document, taxonomy)
    counted = sum((each.astype(int) for each in there), np.zeros((12, 12), int))
    twice = claims.shared_pixels(objects)
    assert np.array_equal(twice.read((0, 0, 12, 12)), counted > 1)
    nobody = claims.unclaimed(objects, ClassMap((12, 12)))
    assert np.array_equal(nobody.read((0, 0, 12, 12)), counted == 0)
    settled = deciding.settle(document, taxonomy, rule)
    if settled.command is None:
        return
    before = sum(np.zeros((12, 12), int) + each.mask.read((0, 0, 12, 12)) for each in objects)
    History(document).do(settled.command)
    left = claims.takers(document, taxonomy)
    after = sum(np.zeros((12, 12), int) + each.mask.read((0, 0, 12, 12)) for each in left)
    assert len(left) == len(objects)  # a rule takes no object away
    if not settled.covered:
        wish = np.where(before > 1, 0 if rule == "void" else 1, before)
        assert np.array_equal(after, wish)

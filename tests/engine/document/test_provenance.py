"""Who made what: names on objects, and whose each pixel is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.commands import FlipPixels, Replace, Several, from_payload
from engine.document.document import Document
from engine.document.history import History
from engine.document.provenance import Taken, signed, totals
from engine.document.tracing import Proposed, origin_of, whose
from engine.masks.mask import Mask

SIZE = (60, 80)


def box(*sides):
    return Mask.rectangle(sides)


def proposal(number=1, mask=None, **fields):
    mask = box(10, 10, 30, 30) if mask is None else mask
    return Annotation(id=number, class_id=2, mask=mask, source="unet", score=0.9, **fields)


def test_a_step_signs_what_it_works_on_and_nothing_else():
    was = proposal(modified=1.0)
    work = Replace((was,), (replace(was, modified=2.0),))
    (after,) = signed(work, "Ana").after
    assert (after.person, after.mask) == ("Ana", was.mask)
    assert signed(work, "") is work
    looks = Replace((was,), (replace(was, locked=True),))
    assert signed(looks, "Ana").after[0].person == ""
    new = Replace((), (proposal(5),))
    assert signed(new, "Ana").after[0].person == "Ana"
    waiting = Replace((), (proposal(6, proposal=True),))
    assert signed(waiting, "Ana").after[0].person == ""


def test_the_later_parts_of_a_step_keep_the_name():
    was = proposal(modified=1.0)
    once = replace(was, modified=2.0)
    both = Several((Replace((was,), (once,)), Replace((once,), (replace(once, order=9),))))
    document = Document(1, SIZE, annotations=[was])
    document.person = "Ana"
    History(document).do(both)
    assert document.annotations[1].person == "Ana"
    assert document.annotations[1].order == 9


def test_undo_brings_back_the_name_before(taxonomy):
    was = proposal(modified=1.0, person="Ben")
    document = Document(1, SIZE, annotations=[was])
    document.person = "Ana"
    history = History(document)
    target = edits.Target(2, 1)
    history.do(edits.paint(document, box(30, 10, 40, 20), target, False, taxonomy, seconds=2.5))
    assert document.annotations[1].person == "Ana"
    history.undo()
    assert document.annotations[1] == was
    history.redo()
    assert document.annotations[1].person == "Ana"


def test_the_name_is_in_the_journal_and_older_payloads_have_none():
    named = Replace((), (proposal(person="Ana"),))
    read = from_payload(named.kind, named.to_payload(), SIZE)
    assert read.after[0].person == "Ana"
    import msgspec

    payload = named.to_payload()
    raw = msgspec.msgpack.decode(payload[1:])
    assert raw[1][0].pop() == "Ana"
    old = payload[:1] + msgspec.msgpack.encode(raw)
    assert from_payload(named.kind, old, SIZE).after[0].person == ""


def test_kept_added_and_erased_with_who_and_when():
    origin = box(10, 10, 30, 30)
    steps = [  # newest first
        Taken("Ben", 30.0, FlipPixels(1, box(10, 10, 12, 30))),
        Taken("Ana", 20.0, FlipPixels(1, box(30, 10, 35, 20))),
        Taken("Ana", 10.0, FlipPixels(2, box(0, 0, 80, 60))),  # another object
    ]
    now = (origin - box(10, 10, 12, 30)) | box(30, 10, 35, 20)
    found = whose(proposal(mask=now, edited=True), {1: Proposed(origin)}, steps)
    assert [(each.kind, each.who, each.when, each.mask.area) for each in found] == [
        ("kept", "unet", None, 360),
        ("erased", "Ben", 30.0, 40),
        ("added", "Ana", 20.0, 50),
    ]


def test_what_the_journal_forgot_is_said_to_be_unknown_and_the_pixels_stay_right():
    origin = box(10, 10, 30, 30)
    now = (origin - box(10, 10, 12, 30)) | box(30, 10, 35, 20)
    each = proposal(mask=now, edited=True)
    found = whose(each, {1: Proposed(origin)}, [])
    assert [(one.kind, one.who, one.when, one.mask.area) for one in found] == [
        ("kept", "unet", None, 360),
        ("added", "", None, 50),
        ("erased", "", None, 40),
    ]


def test_a_drawn_object_is_all_its_drawers():
    drawn = Annotation(id=3, class_id=2, mask=box(0, 0, 10, 10) | box(10, 0, 12, 10))
    steps = [
        Taken("Ben", 9.0, FlipPixels(3, box(10, 0, 12, 10))),
        Taken("Ana", 5.0, Replace((), (replace(drawn, mask=box(0, 0, 10, 10)),))),
    ]
    found = whose(drawn, {}, steps)
    assert [(one.kind, one.who, one.mask.area) for one in found] == [
        ("added", "Ben", 20),
        ("added", "Ana", 100),
    ]


def test_origins_of_accepted_edited_and_drawn_objects():
    accepted, edited = proposal(), proposal(edited=True)
    assert origin_of(accepted, None) is accepted.mask
    assert not origin_of(edited, None), "it was changed before proposals were kept"
    kept = box(0, 0, 5, 5)
    assert origin_of(edited, Proposed(kept)) is kept
    assert not origin_of(Annotation(id=1, class_id=2, mask=kept), None)


def test_totals_sum_up_by_kind_and_person():
    origin = box(10, 10, 30, 30)
    steps = [
        Taken("Ana", 30.0, FlipPixels(1, box(40, 10, 42, 20))),
        Taken("Ben", 20.0, FlipPixels(1, box(50, 10, 52, 20))),
        Taken("Ana", 10.0, FlipPixels(1, box(60, 10, 63, 20))),
    ]
    now = origin | box(40, 10, 42, 20) | box(50, 10, 52, 20) | box(60, 10, 63, 20)
    found = totals(whose(proposal(mask=now, edited=True), {1: Proposed(origin)}, steps))
    assert [(one.kind, one.who, one.pixels, one.when) for one in found] == [
        ("kept", "unet", 400, None),
        ("added", "Ana", 50, 30.0),
        ("added", "Ben", 20, 20.0),
    ]


@pytest.fixture
def taxonomy():
    from engine.document.taxonomy import Taxonomy

    empty = Taxonomy()
    return empty.with_(empty.new_class("cell"))


flips = st.lists(
    st.tuples(
        st.sampled_from(["Ana", "Ben"]),
        st.tuples(st.integers(0, 60), st.integers(0, 40), st.integers(1, 20), st.integers(1, 20)),
        st.booleans(),
    ),
    max_size=6,
)


@given(flips)
def test_shares_are_disjoint_and_make_up_the_object_and_what_is_missing(taken):
    """Against a picture painted pixel by pixel with who was there last."""
    origin, mask, steps = box(10, 10, 30, 30), box(10, 10, 30, 30), []
    last = np.full(SIZE, "", object)
    for at, (person, (x, y, width, height), erase) in enumerate(taken):
        area = box(x, y, x + width, y + height)
        patch = area & mask if erase else area - mask
        if patch:
            steps.insert(0, Taken(person, float(at), FlipPixels(1, patch)))
            last[patch.read((0, 0, 80, 60))] = person
            mask ^= patch
    if not mask:
        return
    found = whose(proposal(mask=mask, edited=True), {1: Proposed(origin)}, steps)
    every = Mask.EMPTY
    for each in found:
        assert not (every & each.mask)
        every |= each.mask
        where = each.mask.read((0, 0, 80, 60))
        if each.kind == "kept":
            assert not (each.mask - origin)
        else:
            assert set(last[where]) == {each.who}
    assert every.same(mask | origin)

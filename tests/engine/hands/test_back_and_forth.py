"""Copies that take each other's work in, both ways and again: nothing comes back or clashes."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.hands.merge import merged

from .conftest import CELL, ROAD, add, at_work, begin, copy_of, drop, flip, hand_out, paint

IMAGE = 1
PLACE = (100, 100, 150, 150)


@pytest.fixture(params=["a part", "a copy"])
def sides(request, project):
    """(the lead's file, that of somebody else), both closed."""
    add(project, IMAGE, (0, 0, 9, 9))  # so that plain copies have a step in common
    project.flush()
    parts = hand_out(project, 1) if request.param == "a part" else []
    project.close()
    return project.path, parts[0] if parts else copy_of(project.path, "copy.maskwright")


def merge(into, path):
    return at_work(into, lambda project: merged(project, path))


def areas(path):
    return at_work(path, lambda p: {a.id: a.mask.area for a in objects(p).values()})


def objects(project):
    return project.load(IMAGE).annotations


def layer(path):
    return at_work(path, lambda p: p.load(IMAGE).layer.to_array().tobytes())


@pytest.mark.parametrize("who", ["lead", "other"])
def test_what_one_took_in_and_either_deletes_stays_deleted(sides, who):
    lead, other = sides
    new = at_work(lead, lambda p: add(p, IMAGE, PLACE))
    merge(other, lead)
    assert new in areas(other)
    at_work(lead if who == "lead" else other, lambda p: drop(p, IMAGE, new))
    done = merge(lead, other)
    assert done.conflicts == []
    assert new not in areas(lead)
    merge(other, lead)
    assert areas(lead) == areas(other)


@pytest.mark.parametrize("who", ["lead", "other"])
def test_what_one_took_in_and_either_changes_is_no_conflict(sides, who):
    lead, other = sides
    new = at_work(lead, lambda p: add(p, IMAGE, PLACE))
    at_work(lead, lambda p: paint(p, IMAGE, (200, 200, 260, 260), ROAD))
    merge(other, lead)
    worker = lead if who == "lead" else other
    at_work(worker, lambda p: flip(p, IMAGE, new, (100, 100, 120, 120)))
    at_work(worker, lambda p: paint(p, IMAGE, (200, 200, 230, 230), 0))
    wanted = layer(worker)
    assert merge(lead, other).conflicts == []
    assert merge(other, lead).conflicts == []
    assert areas(lead)[new] == areas(other)[new] == 50 * 50 - 20 * 20
    assert layer(lead) == layer(other) == wanted


def test_what_the_other_has_not_decided_is_asked_here(sides):
    lead, other = sides
    at_work(lead, lambda p: flip(p, IMAGE, 1, (70, 20, 90, 80)))
    at_work(lead, lambda p: add(p, IMAGE, PLACE))
    at_work(other, lambda p: flip(p, IMAGE, 1, (60, 20, 85, 80)))
    assert len(merge(other, lead).conflicts) == 1  # and the object came in
    before = areas(lead)
    assert len(merge(lead, other).conflicts) == 1
    assert areas(lead) == before


def test_what_came_under_another_number_is_known_by_it(project):
    """Plain copies count on from one number, so theirs are renamed."""
    add(project, IMAGE, (0, 0, 9, 9))
    project.close()
    lead, other = project.path, copy_of(project.path, "copy.maskwright")
    ours = at_work(lead, lambda p: add(p, IMAGE, PLACE))
    theirs = at_work(other, lambda p: add(p, IMAGE, (200, 200, 250, 250)))
    assert ours == theirs
    merge(other, lead)
    at_work(lead, lambda p: drop(p, IMAGE, ours))
    done = merge(lead, other)
    boxes = at_work(lead, lambda p: sorted(a.mask.box for a in objects(p).values()))
    assert done.conflicts == []
    assert boxes == [(0, 0, 9, 9), (20, 20, 80, 80), (200, 200, 250, 250)]


acts = st.tuples(st.sampled_from([0, 1]), st.sampled_from(["add", "flip", "drop"]), st.integers(0))
scripts = st.lists(
    st.one_of(acts, st.tuples(st.just("merge"), st.sampled_from([0, 1]))), max_size=14
)


@given(scripts)
@settings(max_examples=6, deadline=None)
def test_two_who_keep_to_their_objects_end_with_the_same(script):
    """Whoever takes in whose work when: at the end both have what each did last to its own."""
    root = Path(tempfile.mkdtemp())
    try:
        project = begin(root / "slides" / "slides.maskwright", images=1)
        sides = [project.path, *hand_out(project, 1)]
        project.close()
        held = {0: {}, 1: {}}  # of each side: when its objects were made → area
        for place, step in enumerate(script):
            if step[0] == "merge":
                assert merge(sides[step[1]], sides[1 - step[1]]).conflicts == []
            else:
                side, kind, number = step
                doing = partial(act, held[side], kind, number, 25 * place)
                at_work(sides[side], doing)
        for into in (0, 1):
            assert merge(sides[into], sides[1 - into]).conflicts == []
        for each in sides:
            found = at_work(each, lambda p: {a.created: a.mask.area for a in objects(p).values()})
            assert found == {1.0: 3600, **held[0], **held[1]}
    finally:
        shutil.rmtree(root)


def act(own, kind, number, left, project):
    """Do something to one's own objects; no two are made alike, for that would be one."""
    if kind == "add" or not own:
        new = add(project, IMAGE, (left, 100, left + 20, 120), CELL)
        own[objects(project)[new].created] = 400
        return
    made = sorted(own)[number % len(own)]
    (each,) = [a for a in objects(project).values() if a.created == made]
    if kind == "drop":
        drop(project, IMAGE, each.id)
        del own[made]
    else:
        left = each.mask.box[0]
        flip(project, IMAGE, each.id, (left + 2, 105, left + 7, 110))
        own[made] = objects(project)[each.id].mask.area

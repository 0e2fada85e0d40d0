from dataclasses import replace

import numpy as np
import pytest

from engine.document.annotation import Annotation
from engine.document.document import Changed, Document, Status
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask


@pytest.fixture
def news(document):
    heard = []
    document.subscribers.append(heard.append)
    return heard


def test_a_flip_says_which_pixels_of_which_object(document, add, news):
    number = add((10, 10, 60, 60))
    news.clear()
    document.flip_mask(number, Mask.rectangle((50, 50, 80, 90)))
    assert news == [Changed((50, 50, 80, 90), frozenset({number}), frozenset({"pixels"}))]
    assert document.annotations[number].mask.area == 50 * 50 + 30 * 40 - 2 * 100


def test_a_block_of_changes_is_told_once_and_undone_whole(document, add, news):
    first, second = add((0, 0, 10, 10)), add((100, 100, 110, 110))
    before = document.state
    news.clear()
    with document.change():
        document.flip_mask(first, Mask.rectangle((0, 0, 5, 5)))
        document.flip_mask(second, Mask.rectangle((105, 105, 120, 120)))
    assert [n.box for n in news] == [(0, 0, 120, 120)]
    assert news[0].objects == {first, second}

    middle = document.state
    with pytest.raises(EngineError):
        flip_both(document, first, 999)
    assert document.state is middle
    assert middle is not before
    assert len(news) == 1


def flip_both(document, first, second):
    with document.change():
        document.flip_mask(first, Mask.rectangle((0, 0, 9, 9)))
        document.flip_mask(second, Mask.rectangle((0, 0, 9, 9)))


def test_states_are_snapshots(document, add):
    number = add((0, 0, 300, 300))
    before = document.state
    document.flip_mask(number, Mask.rectangle((0, 0, 5, 5)))
    assert before.annotations[number].mask.at(0, 0)
    assert not document.annotations[number].mask.at(0, 0)
    with pytest.raises(TypeError):
        before.annotations[7] = before.annotations[number]


def test_nothing_leaves_the_image(document, add):
    number = add((0, 0, 10, 10))
    before = document.state
    outside = Mask.rectangle((590, 0, 601, 10))
    with pytest.raises(EngineError):
        document.flip_mask(number, outside)
    with pytest.raises(EngineError):
        document.replace((), (Annotation(id=50, class_id=2, mask=outside),))
    with pytest.raises(EngineError):
        document.set_proposals([Annotation(id=50, class_id=2, mask=outside)])
    with pytest.raises(EngineError):
        document.flip_layer(ClassMap((1000, 1000)).change(Mask.rectangle((0, 399, 5, 402)), 4))
    assert document.state is before


def test_replacing_attributes_leaves_pixels_alone(document, add, news):
    number = add((0, 0, 10, 10))
    old = document.annotations[number]
    document.flip_mask(number, Mask.rectangle((10, 0, 20, 10)))
    news.clear()
    document.replace((old,), (replace(old, note="look", locked=True),))
    assert document.annotations[number].mask.area == 200
    assert news[0].what == {"attributes"}
    assert news[0].box == (0, 0, 20, 10)
    document.replace((old,), (replace(old, locked=True),))
    assert news[1].box is None, "a note is not seen on the picture"


def test_what_is_not_there_cannot_be_replaced_nor_what_is_there_added(document, add):
    number = add((0, 0, 10, 10))
    known = document.annotations[number]
    before = document.state
    with pytest.raises(EngineError):
        document.replace((replace(known, id=77),), ())
    with pytest.raises(EngineError):
        document.replace((), (known,))
    assert document.state is before


def test_the_stack_is_by_order_and_then_by_age(document, add):
    low = add((0, 0, 50, 50), order=-5)
    old = add((0, 0, 50, 50))
    young = add((0, 0, 50, 50))
    hidden = add((0, 0, 50, 50), hidden=True, order=9)
    proposal = add((0, 0, 50, 50), proposal=True)
    assert [a.id for a in document.ordered()] == [low, old, young, hidden]
    assert [a.id for a in document.at(3, 3)] == [proposal, young, old, low]
    assert [a.id for a in document.at(3, 3, hidden=True)][:2] == [proposal, hidden]
    assert document.at(300, 3) == []


def test_new_and_proposed_are_told_apart_by_what_waits(document, add):
    assert document.status is Status.NEW
    proposal = Annotation(id=9, class_id=2, mask=Mask.rectangle((0, 0, 5, 5)))
    document.set_proposals([proposal])
    assert document.status is Status.PROPOSED
    assert document.proposals[9].proposal
    document.set_status(Status.DONE)
    document.set_proposals([])
    assert document.status is Status.DONE
    document.set_status(Status.PROPOSED)
    assert document.status is Status.NEW


def test_areas_per_class(document, add):
    add((0, 0, 10, 10))
    add((5, 5, 15, 15))
    document.flip_layer(document.layer.change(Mask.rectangle((0, 0, 600, 100)), 4))
    assert document.class_areas() == {0: 300 * 600, 4: 60_000, 2: 200}


def test_a_proposal_moves_between_the_two_lists(document, add):
    number = add((0, 0, 10, 10), proposal=True, score=0.5)
    was = document.proposals[number]
    document.replace((was,), (replace(was, proposal=False),))
    assert not document.proposals
    assert document.annotations[number].mask is was.mask
    assert document.find(number) is document.annotations[number]


def test_taking_in_an_import(document, news):
    layer = ClassMap.from_array(np.full((400, 600), 4, np.uint8))
    found = Annotation(id=3, class_id=2, mask=Mask.rectangle((0, 0, 5, 5)))
    document.take_in([found], layer, Status.CORRECTED)
    assert document.layer is layer
    assert document.status is Status.CORRECTED
    assert len(news) == 1
    assert news[0].what == {"objects", "layer", "status"}
    with pytest.raises(EngineError):
        document.take_in([found])
    other = ClassMap.from_array(np.full((600, 400), 4, np.uint8))
    with pytest.raises(EngineError):
        document.take_in(layer=other)
    assert document.layer is layer


def test_ids_are_new():
    known = Annotation(id=41, class_id=2, mask=Mask.EMPTY)
    document = Document(1, (10, 10), annotations=[known])
    assert list(document.new_ids(2)) == [42, 43]
    assert list(document.new_ids(1)) == [44]

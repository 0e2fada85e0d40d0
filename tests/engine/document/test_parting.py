from dataclasses import replace

import pytest

from engine.document import edits
from engine.document.document import Status
from engine.document.edits import Neighbour
from engine.document.taxonomy import UNLABELLED
from engine.errors import EngineError
from engine.masks.mask import Mask
from tests.engine.document.conftest import CELL, NUCLEUS, ROAD, SKY

box = Mask.rectangle


def paint(document, history, taxonomy, region, class_id):
    target = edits.Target(class_id, stuff=True)
    history.do(edits.paint(document, box(region), target, False, taxonomy))


def undone(document, history, command, label):
    """Do it, undo it, do it again: one step, there and back."""
    before = document.state
    history.do(command)
    after = document.state
    assert history.undo_label == label
    history.undo()
    assert document.annotations == before.annotations
    assert document.proposals == before.proposals
    assert document.layer.same(before.layer)
    history.redo()
    assert document.layer.same(after.layer)


# -- cutting ---------------------------------------------------------------------------------


def test_pieces_come_off_and_the_object_stays_what_it_is(document, history, taxonomy, add):
    number = add((0, 0, 100, 40), score=0.7, source="net", coco_id=9, note="odd", order=3)
    pieces = [box((0, 0, 30, 40)), box((90, 0, 100, 40))]
    parted = edits.cut(document, number, pieces, taxonomy, seconds=2.0)
    undone(document, history, parted.command, "Cut into 3")
    kept = document.annotations[number]
    assert kept.mask.same(box((30, 0, 90, 40)))
    assert (kept.class_id, kept.score, kept.coco_id, kept.note) == (CELL, 0.7, 9, "odd")
    assert (kept.edited, kept.removed, kept.seconds) == (True, 40 * 40, 2.0)
    assert len(parted.made) == 2
    for made, piece in zip(parted.made, pieces, strict=True):
        new = document.annotations[made]
        assert new.mask.same(piece)
        assert (new.class_id, new.source, new.edited, new.score) == (CELL, "net", True, None)
        assert (new.coco_id, new.note, new.order) == (None, "", 3)
    assert [each.id for each in document.ordered()] == [number, *parted.made]
    assert document.status is Status.CORRECTED


def test_cutting_a_proposal_accepts_it(document, history, taxonomy, add):
    add((0, 0, 9, 9))
    number = add((0, 0, 100, 40), proposal=True, source="net", score=0.5)
    parted = edits.cut(document, number, [box((0, 0, 30, 40))], taxonomy)
    undone(document, history, parted.command, "Cut into 2")
    assert not document.proposals
    assert document.annotations[number].order == document.annotations[parted.made[0]].order == 1


def test_a_gap_is_taken_away(document, history, taxonomy, add):
    number = add((0, 0, 100, 40))
    parted = edits.cut(document, number, [box((0, 0, 30, 40))], taxonomy, gone=box((30, 0, 35, 40)))
    history.do(parted.command)
    assert document.annotations[number].mask.same(box((35, 0, 100, 40)))


def test_what_may_not_be_cut(document, taxonomy, add):
    piece = [box((0, 0, 9, 9))]
    locked = add((0, 0, 100, 40), locked=True)
    with pytest.raises(EngineError, match="locked"):
        edits.cut(document, locked, piece, taxonomy)
    stuff = add((0, 0, 100, 40), ROAD, proposal=True)
    with pytest.raises(EngineError, match="Accept the proposal"):
        edits.cut(document, stuff, piece, taxonomy)
    number = add((0, 0, 100, 40))
    assert edits.cut(document, number, [], taxonomy) is None
    assert edits.cut(document, 999, piece, taxonomy) is None


def test_a_piece_of_a_painted_class_gets_another(document, history, taxonomy):
    paint(document, history, taxonomy, (0, 0, 600, 400), ROAD)
    parted = edits.cut_class(document, ROAD, [box((0, 0, 100, 400))], SKY, taxonomy)
    undone(document, history, parted.command, "Cut “road”")
    assert document.layer.areas() == {ROAD: 500 * 400, SKY: 100 * 400}
    assert parted.made == ()


def test_a_piece_of_a_painted_class_becomes_an_object(document, history, taxonomy):
    paint(document, history, taxonomy, (0, 0, 600, 400), ROAD)
    pieces = [box((0, 0, 100, 400)), box((500, 0, 510, 10))]
    parted = edits.cut_class(document, ROAD, pieces, NUCLEUS, taxonomy)
    undone(document, history, parted.command, "Cut “road”")
    made = [document.annotations[number] for number in parted.made]
    assert [each.mask.area for each in made] == [40_000, 100]
    assert {each.class_id for each in made} == {NUCLEUS}
    assert document.layer.areas()[UNLABELLED] == 40_100


def test_the_same_class_needs_a_gap(document, history, taxonomy):
    paint(document, history, taxonomy, (0, 0, 600, 400), ROAD)
    with pytest.raises(EngineError, match="already"):
        edits.cut_class(document, ROAD, [box((0, 0, 100, 400))], ROAD, taxonomy)
    parted = edits.cut_class(
        document, ROAD, [box((0, 0, 100, 400))], ROAD, taxonomy, gone=box((100, 0, 110, 400))
    )
    history.do(parted.command)
    assert document.layer.areas() == {ROAD: 590 * 400, UNLABELLED: 10 * 400}
    locked = taxonomy.with_(replace(taxonomy.get(ROAD), locked=True))
    with pytest.raises(EngineError, match="locked"):
        edits.cut_class(document, ROAD, [box((0, 0, 9, 9))], SKY, locked)


# -- moving outlines -------------------------------------------------------------------------


def test_reshaping_turns_over_the_patch_and_nothing_else(document, history, taxonomy, add):
    number = add((0, 0, 100, 40), source="net", proposal=True)
    patch = box((90, 30, 110, 50))
    command = edits.reshape(document, number, patch, taxonomy)
    undone(document, history, command, "Move point")
    after = document.annotations[number]
    assert after.mask.same(box((0, 0, 100, 40)) ^ patch)
    assert (after.added, after.removed, after.edited) == (300, 100, True)


def test_reshaping_to_nothing_deletes_and_outside_is_cut_off(document, history, taxonomy, add):
    number = add((0, 0, 100, 40))
    assert edits.reshape(document, number, box((700, 0, 800, 9)), taxonomy) is None
    history.do(edits.reshape(document, number, box((0, 0, 100, 40)), taxonomy))
    assert not document.annotations


def test_the_outline_of_a_painted_class(document, history, taxonomy):
    paint(document, history, taxonomy, (0, 0, 100, 100), ROAD)
    paint(document, history, taxonomy, (100, 0, 200, 100), SKY)
    patch = box((90, 0, 120, 10)) | box((0, 90, 10, 100))
    command = edits.reshape_class(document, SKY, patch, taxonomy)
    undone(document, history, command, "Move point")
    assert document.layer.at(95, 5) == SKY, "gained from another class"
    assert document.layer.at(110, 5) == UNLABELLED, "lost"
    assert document.layer.at(5, 95) == SKY
    assert document.layer.at(50, 50) == ROAD


# -- joining ---------------------------------------------------------------------------------


def test_the_first_takes_the_others_in(document, history, taxonomy, add):
    first = add((0, 0, 10, 10), order=0, source="net", seconds=1.0)
    second = add((10, 0, 30, 10), NUCLEUS, order=5, seconds=2.0)
    command = edits.join(document, first, [second, first], taxonomy, seconds=4.0)
    undone(document, history, command, "Join 2 objects")
    (only,) = document.annotations.values()
    assert (only.id, only.class_id, only.seconds, only.added) == (first, CELL, 7.0, 200)
    assert only.mask.same(box((0, 0, 30, 10)))
    assert edits.join(document, first, [], taxonomy) is None
    assert edits.join(document, 77, [first], taxonomy) is None


# -- neighbours ------------------------------------------------------------------------------


def test_cutting_out_takes_pixels_from_all_that_may_be_changed(document, history, taxonomy, add):
    paint(document, history, taxonomy, (0, 0, 300, 300), ROAD)
    me = add((100, 100, 200, 200), proposal=True)
    under = add((150, 100, 300, 200))
    waits = add((50, 100, 120, 200), NUCLEUS, proposal=True)
    locked = add((100, 150, 200, 300), locked=True)
    hidden = add((100, 50, 200, 150), hidden=True)
    inside = add((120, 120, 130, 130))
    unseen = add((190, 190, 210, 210))
    shown = {me, under, waits, locked, hidden, inside}
    taken = edits.cut_out(document, [me], taxonomy, shown=shown)
    assert taken[1:] == (2, 1, 1)
    undone(document, history, taken.command, "Cut out of neighbours")
    find = document.find
    assert not find(me).proposal
    assert find(under).mask.same(box((200, 100, 300, 200)))
    assert find(waits).mask.same(box((50, 100, 100, 200)))
    assert find(waits).proposal, "what nobody looked at goes on waiting"
    assert [find(each).mask.area for each in (locked, hidden, inside, unseen)] == [
        100 * 150,
        100 * 100,
        100,
        400,
    ]
    assert document.layer.at(150, 150) == UNLABELLED
    assert document.layer.at(90, 150) == ROAD


def test_cutting_out_of_nothing_is_no_step(document, taxonomy, add):
    me = add((100, 100, 200, 200))
    add((120, 120, 130, 130))
    assert edits.cut_out(document, [me], taxonomy) == (None, 0, 0, 1)


def test_limits_and_hidden_classes_hold_when_cutting_out(document, history, taxonomy, add):
    paint(document, history, taxonomy, (0, 0, 300, 300), ROAD)
    me, under = add((100, 100, 200, 200)), add((150, 100, 300, 200))
    half = box((0, 0, 600, 150))
    taken = edits.cut_out(
        document, [me], taxonomy, classes=(), allowed=lambda region: region & half
    )
    history.do(taken.command)
    assert document.find(under).mask.area == 150 * 100 - 50 * 50
    assert document.layer.areas()[ROAD] == 300 * 300


def test_neighbours_by_the_length_of_the_border(document, history, taxonomy, add):
    paint(document, history, taxonomy, (0, 0, 600, 100), ROAD)
    me = add((100, 100, 200, 200))
    short, long = add((200, 100, 250, 130)), add((50, 100, 100, 200), NUCLEUS)
    add((400, 300, 420, 320))
    found = edits.neighbours(document, [me], taxonomy)
    assert found == [
        Neighbour(NUCLEUS, long, 100),
        Neighbour(CELL, short, 30),
        Neighbour(ROAD, None, 100),
    ]
    assert edits.neighbours(document, [me], taxonomy, shown={short}, classes=()) == [
        Neighbour(CELL, short, 30)
    ]


def test_a_thin_line_of_empty_ground_is_no_border(document, taxonomy, add):
    me = add((100, 100, 200, 200))
    near = add((203, 100, 250, 200))
    add((100, 210, 200, 300))
    assert [each.annotation for each in edits.neighbours(document, [me], taxonomy)] == [near]


def test_giving_loses_nothing(document, history, taxonomy, add):
    me = add((100, 100, 200, 200), seconds=3.0)
    taker = add((180, 100, 300, 200), NUCLEUS, proposal=True)
    (to,) = edits.neighbours(document, [me], taxonomy)
    undone(document, history, edits.give(document, [me], to, taxonomy), "Give to nucleus")
    (only,) = document.annotations.values()
    assert (only.id, only.class_id, only.seconds) == (taker, NUCLEUS, 3.0)
    assert only.mask.same(box((100, 100, 300, 200)))


def test_giving_to_a_painted_class(document, history, taxonomy, add):
    paint(document, history, taxonomy, (0, 0, 100, 400), ROAD)
    me = add((100, 100, 200, 200))
    (to,) = edits.neighbours(document, [me], taxonomy)
    history.do(edits.give(document, [me], to, taxonomy))
    assert not document.annotations
    assert document.layer.areas()[ROAD] == 100 * 400 + 100 * 100


def test_what_is_locked_gives_nothing(document, taxonomy, add):
    me = add((100, 100, 200, 200), locked=True)
    add((200, 100, 250, 130))
    with pytest.raises(EngineError, match="locked"):
        edits.neighbours(document, [me], taxonomy)
    free = add((300, 300, 310, 310))
    to = Neighbour(CELL, me, 1)
    with pytest.raises(EngineError, match="locked"):
        edits.give(document, [free], to, taxonomy)
    assert edits.give(document, [free], Neighbour(CELL, 999, 1), taxonomy) is None
    assert document.find(free) is not None

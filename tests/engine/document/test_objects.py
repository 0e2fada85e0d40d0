from dataclasses import replace

import pytest

from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.commands import objects_of
from engine.document.document import Status
from engine.errors import EngineError
from engine.masks.mask import Mask

CELL, NUCLEUS, ROAD, SKY = 2, 3, 4, 5


def locked(taxonomy, *ids):
    return taxonomy.with_(*(replace(taxonomy[n], locked=True) for n in ids))


def areas(document):
    return {n: a.mask.area for n, a in document.annotations.items()}


class TestAccept:
    def test_things_and_stuff_in_one_step(self, document, history, add, taxonomy):
        old = add((0, 0, 5, 5))
        one = add((0, 0, 10, 10), proposal=True, score=0.9, source="m")
        two = add((20, 0, 30, 10), NUCLEUS, proposal=True, score=0.5, source="m")
        road = add((0, 100, 100, 200), ROAD, proposal=True, score=0.7, source="m")
        rest = add((50, 50, 60, 60), proposal=True)
        history.do(edits.accept(document, [one, two, road], taxonomy))
        assert areas(document) == {old: 25, one: 100, two: 100}
        assert [a.id for a in document.ordered()] == [old, one, two]
        assert list(document.proposals) == [rest]
        assert document.class_areas()[ROAD] == 10_000
        kept = document.annotations[one]
        assert (kept.edited, kept.source, kept.score) == (False, "m", 0.9)
        assert history.undo() == "Accept 3 proposals"
        assert set(document.proposals) == {one, two, road, rest}
        assert ROAD not in document.class_areas()

    def test_the_surer_of_two_stuff_proposals_wins(self, document, history, add, taxonomy):
        sure = add((0, 0, 100, 10), ROAD, proposal=True, score=0.9)
        less = add((50, 0, 150, 10), SKY, proposal=True, score=0.3)
        history.do(edits.accept(document, [sure, less], taxonomy))
        assert document.class_areas() == {0: 238_500, ROAD: 1000, SKY: 500}

    def test_locked_classes_keep_their_pixels_and_proposals(self, document, history, add, taxonomy):
        guarded = locked(taxonomy, SKY)
        document.flip_layer(document.layer.change(Mask.rectangle((0, 0, 50, 10)), SKY))
        road = add((0, 0, 100, 10), ROAD, proposal=True)
        sky = add((0, 50, 100, 60), SKY, proposal=True)
        history.do(edits.accept(document, [road, sky], guarded))
        assert document.class_areas() == {0: 239_000, SKY: 500, ROAD: 500}
        assert list(document.proposals) == [sky]
        with pytest.raises(EngineError, match="“sky” is locked"):
            edits.accept(document, [sky], guarded)

    def test_of_nothing(self, document, add, taxonomy):
        accepted = add((0, 0, 5, 5))
        assert edits.accept(document, [accepted, 99], taxonomy) is None
        assert edits.reject(document, [accepted, 99]) is None


def test_reject_throws_only_proposals_away(document, history, add):
    accepted, proposal = add((0, 0, 5, 5)), add((0, 0, 9, 9), proposal=True)
    history.do(edits.reject(document, [accepted, proposal]))
    assert not document.proposals
    assert accepted in document.annotations
    assert document.status is Status.CORRECTED
    history.undo()
    assert document.proposals[proposal].mask.area == 81


def test_delete(document, history, add, taxonomy):
    one, two, guarded = add((0, 0, 5, 5)), add((0, 0, 9, 9)), add((0, 0, 7, 7), locked=True)
    with pytest.raises(EngineError, match="This cell is locked"):
        edits.delete(document, [one, guarded], taxonomy)
    history.do(edits.delete(document, [one, two], taxonomy))
    assert areas(document) == {guarded: 49}
    assert history.undo() == "Delete 2 objects"
    assert areas(document) == {one: 25, two: 81, guarded: 49}
    assert edits.delete(document, [], taxonomy) is None


class TestChangeClass:
    def test_of_things(self, document, history, add, taxonomy):
        one, two = add((0, 0, 5, 5)), add((0, 0, 9, 9), proposal=True)
        history.do(edits.change_class(document, [one, two], NUCLEUS, taxonomy))
        assert {a.class_id for a in document.annotations.values()} == {NUCLEUS}
        assert not document.proposals
        assert edits.change_class(document, [one], NUCLEUS, taxonomy) is None

    def test_of_a_thing_to_stuff_and_back(self, document, history, add, taxonomy):
        one = add((0, 0, 50, 50))
        history.do(edits.change_class(document, [one], ROAD, taxonomy))
        assert not document.annotations
        assert document.class_areas()[ROAD] == 2500
        step = edits.change_layer_class(document, ROAD, CELL, taxonomy)
        history.do(step)
        (made,) = document.annotations.values()
        assert made.id in objects_of(step)
        assert (made.class_id, made.mask.area) == (CELL, 2500)
        assert document.class_areas() == {0: 240_000, CELL: 2500}
        history.undo()
        history.undo()
        assert areas(document) == {one: 2500}

    def test_of_stuff_in_a_region(self, document, history, taxonomy):
        document.flip_layer(document.layer.change(Mask.rectangle((0, 0, 100, 100)), ROAD))
        left = Mask.rectangle((0, 0, 50, 400))
        history.do(edits.change_layer_class(document, ROAD, SKY, taxonomy, left))
        assert document.class_areas() == {0: 230_000, SKY: 5000, ROAD: 5000}
        history.do(edits.change_layer_class(document, SKY, 0, taxonomy))
        assert document.class_areas() == {0: 235_000, ROAD: 5000}
        assert edits.change_layer_class(document, SKY, ROAD, taxonomy) is None

    def test_locks(self, document, add, taxonomy):
        one = add((0, 0, 50, 50))
        for guarded in (locked(taxonomy, CELL), locked(taxonomy, NUCLEUS)):
            with pytest.raises(EngineError, match="locked"):
                edits.change_class(document, [one], NUCLEUS, guarded)
        with pytest.raises(EngineError, match="locked"):
            edits.change_layer_class(document, ROAD, SKY, locked(taxonomy, ROAD))
        with pytest.raises(EngineError):
            edits.change_class(document, [one], 99, taxonomy)


class TestMerge:
    def test_the_topmost_gives_class_and_number(self, document, history, add, taxonomy):
        low = add((0, 0, 50, 50), seconds=1.0)
        high = add((40, 0, 90, 50), NUCLEUS, source="m", seconds=2.0)
        history.do(edits.merge(document, [high, low], taxonomy))
        merged = document.annotations[high]
        assert areas(document) == {high: 4500}
        assert (merged.class_id, merged.seconds) == (NUCLEUS, 3.0)
        assert (merged.edited, merged.added) == (True, 2000)
        assert history.undo() == "Merge 2 objects"
        assert areas(document) == {low: 2500, high: 2500}

    def test_with_a_proposal_the_accepted_one_stays(self, document, history, add, taxonomy):
        mine, proposal = add((0, 0, 50, 50)), add((50, 0, 90, 50), proposal=True)
        history.do(edits.merge(document, [mine, proposal], taxonomy))
        assert areas(document) == {mine: 4500}
        assert not document.proposals

    def test_refusals(self, document, add, taxonomy):
        one, two = add((0, 0, 5, 5)), add((0, 0, 5, 5), locked=True)
        road = add((0, 0, 5, 5), ROAD, proposal=True)
        with pytest.raises(EngineError, match="two or more"):
            edits.merge(document, [one], taxonomy)
        with pytest.raises(EngineError, match="locked"):
            edits.merge(document, [one, two], taxonomy)
        with pytest.raises(EngineError, match="“road”"):
            edits.merge(document, [one, road], taxonomy)


@pytest.mark.parametrize(
    ("picked", "where", "expected"),
    [
        ("b", "up", "acbd"),
        ("b", "down", "bacd"),
        ("b", "top", "acdb"),
        ("c", "bottom", "cabd"),
        ("ac", "up", "badc"),
        ("cd", "up", "abcd"),
        ("ab", "down", "abcd"),
        ("bd", "bottom", "bdac"),
        ("ac", "top", "bdac"),
    ],
)
def test_reorder(document, history, add, picked, where, expected):
    ids = {name: add((n, 0, n + 5, 5)) for n, name in enumerate("abcd")}
    names = {number: name for name, number in ids.items()}
    step = edits.reorder(document, [ids[name] for name in picked], where)
    if expected == "abcd":
        assert step is None
        return
    history.do(step)
    assert "".join(names[a.id] for a in document.ordered()) == expected
    history.undo()
    assert "".join(names[a.id] for a in document.ordered()) == "abcd"


def test_attributes(document, history, add):
    one, proposal = add((0, 0, 5, 5)), add((0, 0, 5, 5), proposal=True)
    step = edits.set_attributes(document, [one, proposal], label="Lock", locked=True)
    history.do(step)
    assert document.annotations[one].locked
    assert document.proposals[proposal].locked
    assert edits.set_attributes(document, [one], locked=True) is None
    assert document.status is Status.NEW or document.status is Status.PROPOSED
    with pytest.raises(TypeError):
        edits.set_attributes(document, [one], mask=Mask.EMPTY)
    history.undo()
    assert not document.annotations[one].locked


class TestPaste:
    def test_copies_are_new_objects_on_top_cut_at_the_edge(self, document, history, add, taxonomy):
        one = add((0, 0, 50, 50), source="m", score=0.4, note="n")
        original = document.annotations[one]
        step = edits.paste(document, [original], taxonomy, (575, 10))
        history.do(step)
        (number,) = objects_of(step)
        made = document.annotations[number]
        assert made.mask.box == (575, 10, 600, 60)
        assert (made.source, made.score, made.note) == ("person", None, "n")
        assert document.ordered()[-1] is made
        history.undo()
        assert list(document.annotations) == [one]

    def test_refusals(self, document, add, taxonomy):
        one = document.find(add((0, 0, 50, 50)))
        with pytest.raises(EngineError, match="outside"):
            edits.paste(document, [one], taxonomy, (600, 0))
        with pytest.raises(EngineError, match="locked"):
            edits.paste(document, [one], locked(taxonomy, CELL))
        with pytest.raises(EngineError):
            edits.paste(document, [replace(one, class_id=99)], taxonomy)
        assert edits.paste(document, [], taxonomy) is None

    def test_stuff_is_not_pasted_as_an_object(self, document, taxonomy):
        road = Annotation(id=50, class_id=ROAD, mask=Mask.rectangle((0, 0, 5, 5)))
        with pytest.raises(EngineError, match="“road” is painted as pixels"):
            edits.paste(document, [road], taxonomy)


def test_tidy_fills_gaps_and_drops_specks(document, history, add, taxonomy):
    one = add((10, 10, 60, 60), proposal=True, source="m")
    document.flip_mask(one, Mask.rectangle((20, 20, 22, 22)))
    document.flip_mask(one, Mask.rectangle((100, 100, 102, 102)))
    speck = add((200, 200, 202, 202))
    step = edits.tidy(document, [one, speck], taxonomy)
    history.do(step)
    assert document.annotations[one].mask.box == (10, 10, 60, 60)
    assert document.annotations[one].mask.area == 2500
    assert document.annotations[speck].mask.area == 4
    assert edits.tidy(document, [one, speck], taxonomy) is None
    assert history.undo() == "Fill gaps, drop specks"
    assert document.proposals[one].mask.area == 2500
    assert not history.can_undo


def test_tidied_proposals_of_stuff_become_pixels_of_the_map(document, history, add, taxonomy):
    sky = add((0, 0, 60, 60), SKY, proposal=True, source="m")
    document.flip_mask(sky, Mask.rectangle((20, 20, 24, 24)))
    road = add((50, 0, 90, 60), ROAD, proposal=True, source="m")
    document.flip_mask(road, Mask.rectangle((70, 20, 74, 24)))
    whole = add((200, 200, 240, 240), ROAD, proposal=True, source="m")
    history.do(edits.tidy(document, [sky, road, whole], taxonomy))
    assert document.annotations == {}, "an area is never an object"
    assert set(document.proposals) == {whole}, "nothing of it changed, so it waits"
    assert document.layer.mask(SKY).area + document.layer.mask(ROAD).area == 90 * 60
    assert document.layer.at(22, 22) == SKY
    history.undo()
    assert set(document.proposals) == {sky, road, whole}
    assert not document.layer.areas().get(SKY)
    locked_sky = locked(taxonomy, SKY)
    with pytest.raises(EngineError, match="locked"):
        edits.tidy(document, [sky], locked_sky)

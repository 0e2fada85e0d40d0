from dataclasses import replace

import pytest

from engine.document import edits
from engine.document.document import Status
from engine.document.edits import Target
from engine.document.taxonomy import BACKGROUND, Taxonomy
from engine.errors import EngineError
from engine.masks.mask import Mask

CELL, NUCLEUS, ROAD, SKY = 2, 3, 4, 5


def box(*edges):
    return Mask.rectangle(edges)


@pytest.fixture
def press(document, taxonomy):
    def at(x, y, class_id=CELL, selected=(), classes=None, **options):
        return edits.press(
            document,
            taxonomy if classes is None else classes,
            class_id,
            (x, y),
            selected,
            **options,
        )

    return at


@pytest.fixture
def stroke(document, history, taxonomy):
    """Paint a region and take the step; answers with the command."""

    def paint(region, target, erase=False, classes=None, **options):
        command = edits.paint(document, region, target, erase, classes or taxonomy, **options)
        if command is not None:
            history.do(command)
        return command

    return paint


def locked(taxonomy, *ids):
    return taxonomy.with_(*(replace(taxonomy[n], locked=True) for n in ids))


class TestPress:
    def test_the_selected_object_wherever_the_press_is(self, press, add):
        far = add((0, 0, 10, 10), NUCLEUS)
        add((100, 100, 200, 200))
        assert press(150, 150, selected=[far]) == Target(NUCLEUS, far)

    def test_of_several_selected_the_one_under_the_press_else_the_topmost(self, press, add):
        low, high = add((0, 0, 10, 10)), add((50, 50, 60, 60))
        assert press(5, 5, selected=[high, low]).annotation == low
        assert press(300, 300, selected=[high, low]).annotation == high

    def test_nothing_selected_inside_an_object_of_the_class(self, press, add):
        add((0, 0, 50, 50))
        above = add((0, 0, 50, 50))
        add((0, 0, 50, 50), NUCLEUS)
        assert press(5.9, 5.2) == Target(CELL, above)

    def test_elsewhere_a_new_one_with_a_number_nobody_had(self, press, add):
        known = add((0, 0, 50, 50), NUCLEUS)
        target = press(5, 5)
        assert target.new
        assert target.annotation == known + 1
        assert press(5, 5).annotation == known + 2

    def test_a_hidden_object_is_not_hit(self, press, add):
        add((0, 0, 50, 50), hidden=True)
        assert press(5, 5).new

    def test_forced_new(self, press, add):
        number = add((0, 0, 50, 50))
        target = press(5, 5, selected=[number], force_new=True)
        assert target.new
        assert target.annotation != number

    def test_an_eraser_never_begins_an_object(self, press, add):
        number = add((0, 0, 50, 50))
        assert press(5, 5, erase=True, force_new=True) == Target(CELL, number)
        assert press(300, 300, erase=True) == Target(CELL)

    def test_a_stuff_class_is_the_object(self, press, add):
        number = add((0, 0, 50, 50))
        assert press(5, 5, ROAD, selected=[number]) == Target(ROAD, stuff=True)
        assert press(5, 5, BACKGROUND) == Target(BACKGROUND, stuff=True)

    def test_a_proposal_is_hit_like_an_object(self, press, add):
        proposal = add((0, 0, 50, 50), proposal=True)
        assert press(5, 5) == Target(CELL, proposal)

    def test_locks_refuse_with_the_name(self, press, add, taxonomy):
        with pytest.raises(EngineError, match="“cell” is locked"):
            press(5, 5, classes=locked(taxonomy, CELL))
        with pytest.raises(EngineError, match="“road” is locked"):
            press(5, 5, ROAD, classes=locked(taxonomy, ROAD))
        number = add((0, 0, 50, 50), locked=True)
        with pytest.raises(EngineError, match="This cell is locked"):
            press(5, 5)
        with pytest.raises(EngineError, match="This cell is locked"):
            press(300, 300, selected=[number])
        assert press(5, 5, NUCLEUS).new

    def test_without_a_class(self, press):
        with pytest.raises(EngineError, match="no class yet"):
            press(5, 5, None, classes=Taxonomy())
        with pytest.raises(EngineError, match="No class is chosen"):
            press(5, 5, None)
        with pytest.raises(EngineError, match="No class is chosen"):
            press(5, 5, 77)


class TestThings:
    def test_a_new_object(self, document, history, press, stroke):
        target = press(5, 5)
        stroke(box(-5, 0, 10, 10), target, seconds=1.5)
        made = document.annotations[target.annotation]
        assert made.mask.box == (0, 0, 10, 10)
        assert (made.class_id, made.source, made.edited, made.seconds) == (
            CELL,
            "person",
            False,
            1.5,
        )
        assert document.status is Status.CORRECTED
        assert history.undo() == "New cell"
        assert not document.annotations
        assert document.status is Status.NEW

    def test_a_second_stroke_extends_it_and_may_overlap_others(self, document, press, stroke, add):
        other = add((20, 0, 60, 60), NUCLEUS)
        target = press(5, 5)
        stroke(box(0, 0, 30, 30), target)
        stroke(box(0, 0, 50, 50), target)
        assert document.annotations[target.annotation].mask.area == 2500
        assert document.annotations[other].mask.area == 2400
        assert document.at(25, 5)[0].id == target.annotation

    def test_painting_what_is_painted_is_no_step(self, press, stroke, add):
        add((0, 0, 50, 50))
        assert stroke(box(10, 10, 20, 20), press(15, 15)) is None
        assert stroke(box(900, 0, 950, 50), press(15, 15)) is None

    def test_erasing_takes_only_the_object(self, document, press, stroke, add, history):
        mine, other = add((0, 0, 50, 50)), add((0, 0, 50, 50), NUCLEUS)
        stroke(box(0, 0, 25, 80), press(5, 5, erase=True), erase=True)
        assert document.annotations[mine].mask.area == 1250
        assert document.annotations[other].mask.area == 2500
        assert history.undo_label == "Eraser stroke"

    def test_an_object_erased_to_nothing_is_gone_and_comes_back(
        self, document, press, stroke, add, history
    ):
        number = add((0, 0, 50, 50), note="keep me")
        stroke(box(0, 0, 99, 99), press(5, 5, erase=True), erase=True)
        assert number not in document.annotations
        history.undo()
        assert document.annotations[number].note == "keep me"
        assert document.annotations[number].mask.area == 2500

    def test_an_eraser_put_down_beside_takes_the_topmost_it_meets(
        self, document, press, stroke, add
    ):
        low = add((0, 0, 50, 50))
        high = add((0, 0, 50, 50))
        guarded = add((0, 0, 50, 50), locked=True)
        stroke(box(40, 0, 90, 50), press(80, 5, erase=True), erase=True)
        areas = {n: a.mask.area for n, a in document.annotations.items()}
        assert areas == {low: 2500, high: 2000, guarded: 2500}
        assert stroke(box(400, 300, 410, 310), press(405, 305, erase=True), erase=True) is None

    def test_a_lock_made_after_the_press_holds(self, document, press, add, taxonomy):
        add((0, 0, 50, 50))
        target = press(5, 5)
        with pytest.raises(EngineError, match="locked"):
            edits.paint(document, box(0, 0, 99, 99), target, False, locked(taxonomy, CELL))
        fresh = press(300, 300)
        with pytest.raises(EngineError, match="locked"):
            edits.paint(document, box(0, 0, 99, 99), fresh, False, locked(taxonomy, CELL))

    def test_a_models_object_counts_what_a_person_changed(
        self, document, press, stroke, add, history
    ):
        number = add((0, 0, 50, 50), source="model-a", score=0.9)
        stroke(box(0, 0, 60, 50), press(5, 5), seconds=2)
        stroke(box(0, 0, 10, 10), press(30, 30, erase=True), erase=True, seconds=1)
        now = document.annotations[number]
        assert (now.edited, now.added, now.removed) == (True, 500, 100)
        assert (now.source, now.score, now.seconds) == ("model-a", 0.9, 3)
        history.undo()
        history.undo()
        was = document.annotations[number]
        assert (was.edited, was.added, was.removed, was.seconds) == (False, 0, 0, 0)

    def test_a_persons_object_is_not_called_edited(self, document, press, stroke, add):
        number = add((0, 0, 50, 50))
        stroke(box(0, 0, 60, 50), press(5, 5))
        assert not document.annotations[number].edited
        assert document.annotations[number].modified > 0

    def test_touching_a_proposal_accepts_it_in_the_same_step(
        self, document, press, stroke, add, history
    ):
        below = add((0, 0, 90, 90))
        number = add((0, 0, 50, 50), proposal=True, source="m", score=0.4)
        document.set_status(Status.NEW)
        assert document.status is Status.PROPOSED
        stroke(box(40, 0, 60, 10), press(5, 5))
        now = document.annotations[number]
        assert (now.proposal, now.edited, now.source, now.score) == (False, True, "m", 0.4)
        assert now.mask.area == 2600
        assert now.order > document.annotations[below].order
        assert document.status is Status.CORRECTED
        history.undo()
        assert document.proposals[number].mask.area == 2500
        assert number not in document.annotations
        assert document.status is Status.PROPOSED

    def test_a_stroke_inside_a_proposal_accepts_it_as_it_is(self, document, press, stroke, add):
        number = add((0, 0, 50, 50), proposal=True, source="m")
        stroke(box(10, 10, 20, 20), press(15, 15))
        assert document.annotations[number].mask.area == 2500
        assert not document.annotations[number].edited


class TestStuff:
    def test_painting_takes_from_other_unlocked_classes(self, document, stroke, press, taxonomy):
        stroke(box(0, 0, 100, 100), press(0, 0, ROAD))
        stroke(box(50, 0, 150, 100), press(0, 0, SKY))
        assert document.class_areas() == {0: 225_000, ROAD: 5000, SKY: 10_000}
        guarded = locked(taxonomy, SKY)
        stroke(box(0, 0, 200, 100), press(0, 0, ROAD, classes=guarded), classes=guarded)
        assert document.class_areas() == {0: 220_000, ROAD: 10_000, SKY: 10_000}

    def test_erasing_touches_the_current_class_only(self, document, stroke, press, history):
        stroke(box(0, 0, 100, 100), press(0, 0, ROAD))
        stroke(box(100, 0, 200, 100), press(0, 0, SKY))
        stroke(box(50, 0, 150, 100), press(0, 0, ROAD, erase=True), erase=True)
        assert document.class_areas() == {0: 225_000, ROAD: 5000, SKY: 10_000}
        history.undo()
        assert document.class_areas() == {0: 220_000, ROAD: 10_000, SKY: 10_000}

    def test_objects_are_left_alone(self, document, stroke, press, add):
        number = add((0, 0, 50, 50))
        stroke(box(0, 0, 100, 100), press(0, 0, ROAD))
        assert document.annotations[number].mask.area == 2500
        assert document.layer.at(5, 5) == ROAD

    def test_touching_the_classes_proposal_accepts_it_first(
        self, document, stroke, press, add, history
    ):
        proposal = add((0, 0, 100, 100), ROAD, proposal=True, score=0.8)
        before = document.layer
        stroke(box(90, 0, 110, 100), press(0, 0, ROAD))
        assert proposal not in document.proposals
        assert document.class_areas()[ROAD] == 11_000
        history.undo()
        assert document.layer.same(before)
        assert document.proposals[proposal].score == 0.8

    def test_erasing_in_a_proposal_accepts_the_rest(self, document, stroke, press, add):
        proposal = add((0, 0, 100, 100), ROAD, proposal=True)
        stroke(box(0, 0, 50, 100), press(0, 0, ROAD, erase=True), erase=True)
        assert proposal not in document.proposals
        assert document.class_areas()[ROAD] == 5000

    def test_beside_the_proposal_it_stays_waiting(self, document, stroke, press, add):
        proposal = add((0, 0, 100, 100), ROAD, proposal=True)
        stroke(box(200, 0, 300, 100), press(0, 0, ROAD))
        assert proposal in document.proposals

    def test_a_stroke_takes_pixels_from_other_classes_proposals(
        self, document, stroke, press, add, history, taxonomy
    ):
        sky, thing = add((0, 0, 100, 100), SKY, proposal=True), add((0, 0, 9, 9), proposal=True)
        small = add((10, 10, 12, 12), SKY, proposal=True)
        stroke(box(0, 0, 50, 100), press(0, 0, ROAD))
        assert document.proposals[sky].mask.area == 5000
        assert document.proposals[thing].mask.area == 81
        assert small not in document.proposals
        history.do(edits.accept(document, [sky], taxonomy))
        areas = document.class_areas()
        assert (areas[ROAD], areas[SKY]) == (5000, 5000)
        history.undo()
        history.undo()
        assert document.proposals[sky].mask.area == 10_000
        assert document.proposals[small].mask.area == 4

    def test_background_is_painted_like_a_class(self, document, stroke, press):
        stroke(box(0, 0, 100, 100), press(0, 0, ROAD))
        stroke(box(0, 0, 50, 100), press(0, 0, BACKGROUND))
        assert document.class_areas() == {0: 230_000, BACKGROUND: 5000, ROAD: 5000}

    def test_the_step_knows_the_classes_it_covers(self, stroke, press):
        stroke(box(0, 0, 100, 100), press(0, 0, ROAD))
        from engine.document.commands import classes_of

        assert classes_of(stroke(box(50, 0, 150, 100), press(0, 0, SKY))) == {ROAD, SKY}
        whole = stroke(box(0, 0, 600, 400), press(0, 0, BACKGROUND))
        assert classes_of(whole) == {BACKGROUND, ROAD, SKY}


def test_reshaping_an_object(document, history, add, taxonomy):
    number = add((0, 0, 50, 50), source="m", proposal=True)
    history.do(edits.set_mask(document, number, box(25, 0, 75, 50), taxonomy))
    now = document.annotations[number]
    assert (now.mask.box, now.added, now.removed) == ((25, 0, 75, 50), 1250, 1250)
    assert edits.set_mask(document, number, box(25, 0, 75, 50), taxonomy) is None
    assert edits.set_mask(document, 999, box(25, 0, 75, 50), taxonomy) is None
    history.do(edits.set_mask(document, number, Mask.EMPTY, taxonomy))
    assert number not in document.annotations
    again = add((0, 0, 5, 5), locked=True)
    with pytest.raises(EngineError, match="locked"):
        edits.set_mask(document, again, Mask.EMPTY, taxonomy)


class TestFill:
    def test_the_gap_an_object_encloses(self, document, history, add, taxonomy):
        number = add((0, 0, 90, 90))
        document.flip_mask(number, box(30, 30, 60, 60))
        target = Target(CELL, number)
        assert edits.fill(document, (5, 5), target, taxonomy) is None
        history.do(edits.fill(document, (45.5, 45.5), target, taxonomy))
        assert document.annotations[number].mask.area == 8100
        assert history.undo_label == "Fill"

    def test_what_is_open_is_refused(self, document, add, taxonomy):
        number = add((10, 10, 90, 90))
        with pytest.raises(EngineError, match="close the outline"):
            edits.fill(document, (300, 300), Target(CELL, number), taxonomy)
        with pytest.raises(EngineError, match="Select the object"):
            edits.fill(document, (300, 300), Target(CELL, 99, new=True), taxonomy)

    def test_an_area_of_one_value_in_the_class_map(
        self, document, history, stroke, press, taxonomy
    ):
        stroke(box(0, 0, 300, 400), press(0, 0, ROAD))
        stroke(box(100, 100, 200, 200), press(0, 0, BACKGROUND))
        history.do(edits.fill(document, (150, 150), press(0, 0, SKY), taxonomy))
        assert document.class_areas() == {0: 120_000, ROAD: 110_000, SKY: 10_000}
        assert edits.fill(document, (-3, 0), press(0, 0, SKY), taxonomy) is None


class TestDone:
    def test_unlabelled_becomes_background(self, document, history, stroke, press):
        stroke(box(0, 0, 100, 100), press(0, 0, ROAD))
        history.do(edits.mark_done(document))
        assert document.status is Status.DONE
        assert document.class_areas() == {BACKGROUND: 230_000, ROAD: 10_000}
        assert edits.mark_done(document) is None
        history.undo()
        assert document.class_areas() == {0: 230_000, ROAD: 10_000}
        assert document.status is Status.CORRECTED

    def test_or_stays_void(self, document, history):
        history.do(edits.mark_done(document, background=False))
        assert document.status is Status.DONE
        assert document.class_areas() == {0: 240_000}

    def test_an_edit_of_a_done_image_makes_it_corrected(self, document, history, stroke, press):
        history.do(edits.mark_done(document))
        stroke(box(0, 0, 100, 100), press(0, 0, ROAD))
        assert document.status is Status.CORRECTED
        history.undo()
        assert document.status is Status.DONE

    def test_reopening(self, document, history):
        assert edits.reopen(document) is None
        history.do(edits.mark_done(document))
        history.do(edits.reopen(document))
        assert document.status is Status.CORRECTED

"""Snap in a box: an orange disc on bluish ground."""

import numpy as np
import pytest

from app.tools import snap_box
from app.tools.offered import EDGE
from app.tools.snap_box import SnapBox
from engine.errors import EngineError
from engine.masks.box import area
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.app.tools.table import (
    PERSON,
    SIZE,
    SKY,
    Levels,
    Pixels,
    Table,
    annotation,
    move,
    press,
    release,
)

TRUTH = disc((150, 100), 45, SIZE)
OTHER = disc((50, 50), 20, SIZE)
BOX = (95, 45, 205, 155)


def photo(size=SIZE, truth=TRUTH, other=OTHER):
    rng = np.random.default_rng(8)
    pixels = np.full((*size, 3), (60, 90, 130), float)
    for mask in (truth, other):
        pixels[mask.read((0, 0, size[1], size[0]))] = (210, 130, 50)
    return np.clip(pixels + rng.normal(0, 10, pixels.shape), 0, 255).astype(np.uint8)


def table(*annotations, **fields):
    made = Table(*annotations, **fields)
    made.photo = Pixels(photo())
    return made


def box(made, left, top, right, bottom, **more):
    return made.run(
        SnapBox(), press(left, top, **more), move(right, bottom, **more), release(right, bottom)
    )


def drawn(made, number=None):
    found = made.document.annotations
    return found[number if number is not None else next(iter(found))].mask


@pytest.mark.parametrize("corners", [BOX, (205, 155, 95, 45), (95, 155, 205, 45)])
def test_the_object_in_the_box_is_drawn_in_one_step(corners):
    made = table()
    result = box(made, *corners)
    assert drawn(made).iou(TRUTH) > 0.97
    assert result.select == tuple(made.document.annotations)
    assert made.history.undo_label == "Snap in a box"
    made.history.undo()
    assert made.document.annotations == {}


def test_the_box_is_shown_while_it_is_dragged():
    made = table()
    made.run(SnapBox(), press(95, 45), move(120, 60))
    points, closed = made.preview.outlines[-1]
    assert points == [(95, 45), (120, 45), (120, 60), (95, 60), (95, 45)]
    assert not closed


def test_a_box_beside_the_selected_object_begins_another():
    made = table()
    box(made, *BOX)
    assert made.selection
    box(made, 20, 20, 80, 80)
    masks = [each.mask for each in made.document.ordered()]
    assert len(masks) == 2
    assert masks[1].iou(OTHER) > 0.95


def test_a_box_that_begins_on_another_object_does_not_edit_it():
    made = table(annotation(4, disc((95, 45), 8, SIZE)))
    box(made, *BOX)
    assert len(made.document.annotations) == 2
    assert drawn(made, 4).same(disc((95, 45), 8, SIZE))


def test_a_rough_object_is_found_anew_inside_the_box_and_kept_outside():
    rough = disc((140, 92), 40, SIZE) | Mask.rectangle((0, 180, 20, 200))
    made = table(annotation(4, rough))
    made.selection = frozenset({4})
    box(made, *BOX)
    assert drawn(made, 4).clip(BOX).iou(TRUTH) > 0.97
    assert drawn(made, 4).at(10, 190), "outside the box nothing changes"
    assert made.history.undo_label == "Snap in a box"


def test_a_proposal_is_accepted_by_it():
    made = table(annotation(4, disc((140, 92), 40, SIZE), proposal=True))
    made.selection = frozenset({4})
    box(made, *BOX)
    assert not made.document.proposals
    assert drawn(made, 4).iou(TRUTH) > 0.97


def test_limits_hold_for_what_comes_and_what_goes():
    rough = disc((140, 92), 40, SIZE)
    made = table(annotation(4, rough))
    made.selection, made.limit = frozenset({4}), Mask.rectangle((150, 0, 300, 200))
    box(made, *BOX)
    assert not (drawn(made, 4) ^ rough) - made.limit
    assert (drawn(made, 4) ^ rough).area > 200


def test_the_right_button_takes_the_object_in_the_box_away():
    whole = Mask.rectangle((0, 0, 300, 200))
    made = table(annotation(4, whole))
    made.selection = frozenset({4})
    box(made, *BOX, erase=True)
    assert (whole - drawn(made, 4)).iou(TRUTH) > 0.97


def test_stuff_is_painted():
    made = table()
    made.class_id = SKY
    box(made, *BOX)
    assert made.document.layer.mask(SKY).iou(TRUTH) > 0.97
    assert made.preview.began == (SKY, False)


def test_a_box_in_one_colour_says_what_to_do():
    made = table()
    made.photo = Pixels(np.full((*SIZE, 3), 90, np.uint8))
    with pytest.raises(EngineError, match="Nothing in this box"):
        box(made, 40, 40, 100, 100)


def test_a_box_too_small_to_be_meant_does_nothing():
    made = table()
    assert box(made, 95, 45, 97, 155) is None
    assert box(made, -50, -50, -20, -20) is None
    assert made.asked == []


def test_large_objects_are_found_small_and_refined_at_full_size(monkeypatch):
    looked, cut_out = [], snap_box.cut_out

    def noted(pixels, *more):
        looked.append(pixels.shape[:2])
        return cut_out(pixels, *more)

    monkeypatch.setattr(snap_box, "cut_out", noted)
    size = (900, 1200)
    truth = disc((600, 450), 300, size)
    made = table()
    made.document.size = size
    made.photo, made.scale = Levels(photo(size, truth, Mask.EMPTY)), 0.25
    box(made, 260, 110, 940, 790)
    assert drawn(made).iou(truth) > 0.99
    ((height, width),) = looked
    assert height * width < 1.01 * snap_box.MOST_CELLS < area((260, 110, 940, 790))


def test_without_an_edge_the_outline_is_as_coarse_as_it_was_found():
    size = (900, 1200)
    truth = disc((600, 450), 300, size)
    found = []
    for edge in (0.0, 4.0):
        made = table()
        made.document.size = size
        made.photo, made.scale = Levels(photo(size, truth, Mask.EMPTY)), 0.25
        made.options[EDGE.name] = edge
        box(made, 260, 110, 940, 790)
        found.append(drawn(made).iou(truth))
    assert 0.95 < found[0] < found[1]


def test_escape_while_it_is_worked_out_leaves_nothing():
    made = table()
    made.slow = True
    gesture = made.run(SnapBox(), press(95, 45), release(205, 155))
    gesture.send(move(10, 10, down=False))
    gesture.close()
    assert made.document.annotations == {}
    assert made.class_id == PERSON

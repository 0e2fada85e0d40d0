"""Superpixels: a photo of fields of one colour each, so that cells stay within them."""

import numpy as np
import pytest

from app.tools.offered import CELL, SHOW_CELLS
from app.tools.superpixel import Superpixels
from engine.masks.box import contains
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
    drawn,
    move,
    press,
    release,
)

FIELD = (64, 60, 200, 140)


def photo():
    rng = np.random.default_rng(4)
    pixels = np.full((*SIZE, 3), (70, 90, 120), float)
    pixels[FIELD[1] : FIELD[3], FIELD[0] : FIELD[2]] = (200, 150, 60)
    return np.clip(pixels + rng.normal(0, 3, pixels.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def made():
    table = Table()
    table.photo = Pixels(photo())
    table.options[CELL.name] = 16.0
    return table


def hovering(table, x, y, **more):
    steps = Superpixels().hover(move(x, y, down=False, **more), table)
    next(steps)
    table.work(steps)
    return steps


def test_hovering_shows_the_cell_under_the_pointer_and_the_grid(made):
    steps = hovering(made, 100, 100)
    (tint,) = made.glass.tints
    assert tint.class_id == PERSON
    assert tint.region.at(100, 100)
    assert 60 < tint.region.area < 900
    assert made.glass.cells.labels.shape == SIZE
    before = tint.region
    steps.send(move(102, 100, down=False))
    assert made.glass.tints[0].region is before, "the same cell is not drawn anew"
    steps.send(move(150, 120, down=False))
    assert made.glass.tints[0].region.at(150, 120)
    steps.send(move(150, 120, down=False, erase=True))
    assert made.glass.tints[0].class_id is None
    steps.send(move(-5, 10, down=False))
    assert made.glass.tints == []


def test_a_press_takes_one_cell_and_a_sweep_all_it_touches(made):
    made.run(Superpixels(), press(100, 100), release(100, 100))
    one = drawn(made)
    assert one.at(100, 100)
    assert one.area < 900
    assert made.history.undo_label == "Superpixels"
    made.history.undo()
    rows = [(x, y) for y in range(66, 140, 8) for x in (68, 196)]
    first, *rest = rows
    made.run(Superpixels(), press(*first), *(move(*each) for each in rest), release(*rows[-1]))
    assert drawn(made).iou(Mask.rectangle(FIELD)) > 0.97


def test_what_is_shown_is_what_is_taken(made):
    hovering(made, 100, 100)
    shown = made.glass.tints[0].region
    made.run(Superpixels(), press(100, 100), release(100, 100))
    assert drawn(made).same(shown)
    assert made.preview.covered[0][0].same(shown)


def test_cells_are_kept_between_gestures_and_for_a_small_pan(made):
    made.visible = (40, 40, 260, 180)
    made.run(Superpixels(), press(100, 100), release(100, 100))
    made.visible = (50, 45, 270, 185)
    made.slow = True
    made.run(Superpixels(), press(150, 100), release(150, 100))
    assert made.asked == []
    assert len(made.kept["superpixels"]) == 1
    made.visible = (100, 60, 300, 200)
    made.slow = False
    made.run(Superpixels(), press(150, 100), release(150, 100))
    assert len(made.kept["superpixels"]) == 2
    assert contains(made.kept["superpixels"][1].sight.box, made.visible)


def test_the_wheel_makes_other_cells_and_the_old_ones_show_until_they_are_there(made):
    steps = hovering(made, 100, 100)
    large = made.glass.tints[0].region
    made.options[CELL.name], made.slow = 8.0, True
    steps.send(move(100, 100, down=False))
    assert made.glass.tints[0].region is large
    first = made.asked[-1]
    made.options[CELL.name] = 9.0
    steps.send(move(100, 100, down=False))
    assert first.dropped, "nobody waits for the size between"
    made.slow = False
    made.work(steps)
    assert made.glass.tints[0].region.area < large.area


def test_a_gesture_before_the_cells_are_there_takes_its_whole_way(made):
    made.slow = True
    gesture = made.run(Superpixels(), press(70, 100), move(190, 100), release(190, 100))
    made.slow = False
    with pytest.raises(StopIteration) as stop:
        made.work(gesture)
    made.finish(stop.value.value)
    assert all(drawn(made).at(x, 100) for x in range(70, 191, 5))


def test_cells_can_be_taken_away_and_limits_hold(made):
    field = Mask.rectangle(FIELD)
    table = Table(annotation(3, field))
    table.photo = made.photo
    table.limit = Mask.rectangle((0, 0, 150, SIZE[0]))
    table.run(
        Superpixels(), press(140, 100, erase=True), move(190, 100, erase=True), release(190, 100)
    )
    gone = field - drawn(table)
    assert gone.at(140, 100)
    assert not gone - table.limit
    assert table.history.undo_label == "Superpixels cut"


def test_stuff(made):
    made.class_id = SKY
    made.run(Superpixels(), press(100, 100), release(100, 100))
    assert made.document.layer.mask(SKY).at(100, 100)


def test_from_afar_cells_are_blocks_inside_the_image(made):
    made.photo, made.scale = Levels(photo()), 0.25
    made.options[CELL.name] = 8.0
    gesture = [press(2, 2), *(move(299, y) for y in range(3, 200, 20)), release(299, 199)]
    made.run(Superpixels(), *gesture)
    left, top, right, bottom = drawn(made).box
    assert (left, top) == (0, 0)
    assert (right, bottom) <= (SIZE[1], SIZE[0])


def test_the_grid_can_be_hidden(made):
    made.options[SHOW_CELLS.name] = False
    hovering(made, 100, 100)
    assert made.glass.cells is None
    assert len(made.glass.tints) == 1


def test_the_selected_object_is_extended(made):
    table = Table(annotation(3, disc((20, 20), 10, SIZE)))
    table.photo, table.selection = made.photo, frozenset({3})
    result = table.run(Superpixels(), press(100, 100), release(100, 100))
    assert result.select == (3,)
    assert table.document.annotations[3].mask.at(100, 100)

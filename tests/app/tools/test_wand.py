"""The wand: two grey fields and a ground, with and without noise."""

import numpy as np
import pytest

from app.tools.offered import CHANNEL, CONNECTED, HOLES, SMOOTH, TOLERANCE
from app.tools.values import Values
from app.tools.wand import Wand
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
    drawn,
    move,
    press,
    release,
)

LEFT, RIGHT = (40, 40, 100, 120), (160, 60, 240, 150)


def photo(**fields):
    pixels = np.full((*SIZE, 3), 60, np.uint8)
    for box, value in ((LEFT, 200), (RIGHT, 205)):
        pixels[box[1] : box[3], box[0] : box[2]] = fields.get("value", value)
    return pixels


def table(pixels=None, **fields):
    made = Table(**fields)
    made.photo = Pixels(photo() if pixels is None else pixels)
    return made


def click(made, x, y, **more):
    return made.run(Wand(), press(x, y, **more), release(x, y, **more))


def test_a_press_takes_what_is_connected_and_alike():
    made = table()
    result = click(made, 50, 50)
    assert drawn(made).same(Mask.rectangle(LEFT))
    assert result.select == tuple(made.document.annotations)
    assert made.history.undo_label == "Magic wand"
    assert made.preview.began == (PERSON, False)


def test_everywhere_when_not_connected():
    made = table()
    made.options[CONNECTED.name] = False
    click(made, 50, 50)
    assert drawn(made).same(Mask.rectangle(LEFT) | Mask.rectangle(RIGHT))


def test_a_low_tolerance_parts_what_is_nearly_alike():
    made = table()
    made.options.update({CONNECTED.name: False, TOLERANCE.name: 1.0})
    click(made, 50, 50)
    assert drawn(made).same(Mask.rectangle(LEFT))


def test_a_drag_to_the_right_raises_the_tolerance_and_shows_it():
    made = table()
    shown = []
    made.glass.show = lambda tints: shown.append(tints[0].region.bits.sum())
    made.run(Wand(), press(50, 50), move(60, 50), move(299, 199), release(299, 199))
    assert made.options[TOLERANCE.name] == 100, "398 pixels, a quarter of a percent each"
    assert drawn(made).same(Mask.rectangle((0, 0, SIZE[1], SIZE[0])))
    assert shown[0] == area(LEFT)
    assert shown[-1] == SIZE[0] * SIZE[1]


def test_the_wheel_in_a_drag_goes_on_from_there():
    made = table()
    gesture = made.run(Wand(), press(50, 50), move(54, 50))
    assert made.options[TOLERANCE.name] == 11
    made.options[TOLERANCE.name] = 21.0
    gesture.send(move(54, 50))
    assert made.options[TOLERANCE.name] == 21
    gesture.send(move(58, 50))
    assert made.options[TOLERANCE.name] == 22
    gesture.close()
    assert made.document.annotations == {}


def test_the_right_button_takes_away():
    whole = Mask.rectangle((0, 0, 150, 150))
    made = Table(annotation(7, whole))
    made.photo = Pixels(photo())
    click(made, 50, 50, erase=True)
    assert drawn(made).same(whole - Mask.rectangle(LEFT))
    assert made.history.undo_label == "Magic wand cut"


def test_stuff_is_painted_and_limits_hold_in_preview_and_result():
    made = table()
    made.class_id = SKY
    made.limit = Mask.rectangle((0, 0, 70, SIZE[0]))
    shown = []
    made.glass.show = lambda tints: shown.append(tints[0].region.bits)
    click(made, 50, 50)
    expected = Mask.rectangle((40, 40, 70, 120))
    assert made.document.layer.mask(SKY).same(expected)
    assert Mask.from_bits(shown[-1]).same(expected)


def test_channels_are_compared_alone():
    pixels = photo()
    pixels[40:120, 70:100, 1] = 0  # another green in the right half of the left field
    made = table(pixels)
    click(made, 50, 50)
    assert drawn(made).same(Mask.rectangle((40, 40, 70, 120)))
    made = table(pixels)
    made.options[CHANNEL.name] = "red"
    click(made, 50, 50)
    assert drawn(made).same(Mask.rectangle(LEFT))


def test_a_stored_channel_of_16_bits():
    stored = np.full((*SIZE, 4), 1000, np.uint16)
    stored[40:120, 40:100, 3] = 52_000
    stored[40:120, 100:110, 3] = 51_000
    made = table(stored)
    made.options[CHANNEL.name] = "stored4"
    click(made, 50, 50)
    assert drawn(made).same(Mask.rectangle((40, 40, 110, 120)))
    made.options[CHANNEL.name] = "stored5"
    with pytest.raises(EngineError, match="4 stored channels"):
        click(made, 50, 50)


def test_a_stored_channel_that_is_no_number_everywhere():
    stored = np.full(SIZE, np.nan, np.float32)
    stored[40:120, 40:100] = 0.25
    stored[0, 0] = 9
    made = table(stored)
    made.options[CHANNEL.name] = "stored1"
    click(made, 50, 50)
    assert drawn(made).same(Mask.rectangle(LEFT))


def test_holes_are_filled_and_edges_evened_out():
    pixels = photo()
    pixels[70:74, 70:75] = 0
    pixels[80, 100:104] = 200  # a spike
    made = table(pixels)
    made.options[HOLES.name] = 20
    click(made, 50, 50)
    assert drawn(made).same(Mask.rectangle(LEFT) | Mask.rectangle((100, 80, 104, 81)))
    made = table(pixels)
    made.options.update({HOLES.name: 20, SMOOTH.name: 4})
    click(made, 50, 50)
    assert not drawn(made).at(102, 80)
    assert drawn(made).at(72, 72)


def test_from_afar_a_noisy_field_is_taken_as_it_looks():
    rng = np.random.default_rng(1)
    noisy = np.clip(photo() + rng.normal(0, 22, (*SIZE, 3)), 0, 255).astype(np.uint8)
    made = table()
    made.photo, made.scale = Levels(noisy), 0.25
    shown = []
    made.glass.show = lambda tints: shown.append(tints[0].region)
    made.options[TOLERANCE.name] = 18.0
    click(made, 70, 80)
    truth = Mask.rectangle(LEFT)
    assert shown[-1].step == 4
    assert drawn(made).iou(truth) > 0.9
    near = table()
    near.photo = Levels(noisy)
    near.options[TOLERANCE.name] = 18.0
    click(near, 70, 80)
    assert drawn(near).area < 0.8 * truth.area, "near, the noise itself is seen and compared"


def test_a_huge_image_is_read_only_where_a_coarse_look_finds_something(monkeypatch):
    made = table()
    made.photo, made.scale = Levels(photo()), 0.125
    made.options[CONNECTED.name] = False
    monkeypatch.setattr("app.tools.wand.LARGE", 10)
    monkeypatch.setattr("app.tools.wand.MOST_CELLS", 1000)
    click(made, 70, 80)
    truth = Mask.rectangle(LEFT) | Mask.rectangle(RIGHT)
    assert drawn(made).iou(truth) > 0.8, "edges are evened out as far as the view shows them"


def test_escape_before_and_after_the_release_leaves_nothing():
    for events in ([press(50, 50)], [press(50, 50), move(55, 50), release(55, 50)]):
        made = table()
        made.slow = True
        gesture = made.run(Wand(), *events)
        gesture.close()
        assert made.document.annotations == {}


def test_a_release_before_the_first_look_is_no_less_exact():
    made = table()
    made.slow = True
    gesture = made.run(Wand(), press(50, 50), release(50, 50))
    made.slow = False
    with pytest.raises(StopIteration) as stop:
        made.work(gesture)
    made.finish(stop.value.value)
    assert drawn(made).same(Mask.rectangle(LEFT))


def test_outside_the_image_and_on_what_is_locked():
    made = table()
    assert click(made, -3, 10) is None
    made = Table(annotation(1, disc((50, 50), 20, SIZE), locked=True))
    made.photo = Pixels(photo())
    with pytest.raises(EngineError, match="locked"):
        click(made, 50, 50)


def test_values_are_evened_out_as_the_level_is():
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 255, (*SIZE, 3)).astype(np.uint8)
    smooth = Values(Pixels(pixels), "color", 3).read((20, 20, 120, 120))
    sharp = Values(Pixels(pixels), "color").read((20, 20, 120, 120))
    assert smooth.std() < sharp.std() / 4
    whole = Values(Pixels(pixels), "color", 3).read((0, 0, SIZE[1], SIZE[0]))
    assert np.array_equal(whole[20:120, 20:120], smooth), "and the same however it is read"

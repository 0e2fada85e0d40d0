import numpy as np
import pytest

from app.tools.fill import Fill
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.app.tools.table import PERSON, SIZE, SKY, Table, annotation, press, release

RING = disc((100, 100), 60, SIZE) - disc((100, 100), 30, SIZE)


def test_a_press_in_a_hole_fills_it():
    table = Table(annotation(1, RING))
    result = table.run(Fill(), press(100, 100), release(100, 100))
    assert table.document.annotations[1].mask.same(disc((100, 100), 60, SIZE))
    assert result.select == (1,)
    table.history.undo()
    assert table.document.annotations[1].mask.same(RING)


def test_the_smallest_object_around_the_press_is_meant():
    outer = disc((100, 100), 90, SIZE) - disc((100, 100), 70, SIZE)
    table = Table(annotation(1, outer), annotation(2, RING))
    table.run(Fill(), press(100, 100), release(100, 100))
    assert table.document.annotations[2].mask.at(100, 100)
    assert not table.document.annotations[1].mask.at(100, 100)


def test_the_selected_object_goes_first():
    outer = disc((100, 100), 90, SIZE) - disc((100, 100), 70, SIZE)
    table = Table(annotation(1, outer), annotation(2, RING))
    table.selection = frozenset({1})
    table.run(Fill(), press(100, 100), release(100, 100))
    assert table.document.annotations[1].mask.at(100, 100)


def test_an_open_area_is_refused_in_words():
    table = Table(annotation(1, RING))
    table.selection = frozenset({1})
    with pytest.raises(EngineError, match="open"):
        table.run(Fill(), press(5, 5), release(5, 5))


def test_without_an_object_it_says_what_to_do():
    with pytest.raises(EngineError, match="Select"):
        Table().run(Fill(), press(5, 5), release(5, 5))


def test_stuff_fills_the_area_of_one_value():
    values = np.zeros(SIZE, np.uint8)
    values[:, 150] = 1
    table = Table(layer=ClassMap.from_array(values))
    table.class_id = SKY
    table.run(Fill(), press(10, 10), release(10, 10))
    areas = table.document.layer.areas()
    assert areas[SKY] == 150 * SIZE[0]
    assert PERSON not in areas


def test_a_hole_is_filled_only_where_it_may_be():
    table = Table(annotation(1, RING))
    table.limit = Mask.rectangle((0, 0, 100, SIZE[0]))
    table.run(Fill(), press(90, 100), release(90, 100))
    filled = table.document.annotations[1].mask - RING
    assert filled.same(disc((100, 100), 30, SIZE) & table.limit)


def test_an_area_is_filled_only_where_it_may_be():
    table = Table()
    table.class_id, table.limit = SKY, Mask.rectangle((50, 50, 90, 80))
    table.run(Fill(), press(10, 10), release(10, 10))
    assert table.document.layer.mask(SKY).same(table.limit)

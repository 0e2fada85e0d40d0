"""Pictures of states that were left, for when they come back."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.canvas.remembered import MOST, Canvas, Part, Remembered, Shown
from app.memory import LEDGER
from engine.document.annotation import Annotation
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.app.canvas.harness import annotation

SIZE = (400, 500)
LAYER = ClassMap((9, 9))


def canvas(number, width=20):
    image = QImage(width, 10, QImage.Format.Format_RGB32)
    image.fill(number)
    return Canvas.of(image)


def state(number):
    return Shown({}, {}, frozenset({number}), None, LAYER, ())


def test_a_picture_is_found_by_just_what_it_shows():
    kept = Remembered(1 << 20)
    for number in range(4):
        kept.put(state(number), canvas(number))
    found = kept.take(state(2))
    assert found is not None
    assert found.image.pixel(0, 0) & 0xFF == 2
    assert kept.take(state(2)) is None
    assert kept.take(state(9)) is None
    assert (len(kept), kept.hits, kept.misses) == (3, 1, 2)


def test_the_oldest_go_when_there_are_too_many_bytes():
    one = canvas(0).cells.nbytes
    kept = Remembered(3 * one)
    for number in range(5):
        kept.put(state(number), canvas(number))
    assert len(kept) == 3
    assert kept.bytes == 3 * one
    assert [kept.take(state(n)) is not None for n in range(5)] == [False, False, True, True, True]
    assert kept.bytes == 0


def test_masks_that_only_a_picture_holds_count():
    one, kept = canvas(0).cells.nbytes, Remembered(1 << 20)
    mask = Mask.from_bits(np.ones((100, 100), np.bool_))
    each = Annotation(id=1, class_id=2, mask=mask)
    kept.put(state(0), canvas(0))
    kept.put(Shown({1: each}, {}, frozenset(), None, LAYER, ()), canvas(1))
    assert kept.bytes == 2 * one + mask.nbytes
    kept.put(Shown({1: each}, {}, frozenset({1}), None, LAYER, ()), canvas(2))
    assert kept.bytes == 3 * one + mask.nbytes, "it is held already"
    small = Remembered(2 * one)
    small.put(state(0), canvas(0))
    small.put(Shown({1: each}, {}, frozenset(), None, LAYER, ()), canvas(1))
    assert len(small) == 1


def test_one_picture_always_fits():
    kept = Remembered(1)
    kept.put(state(0), canvas(0))
    kept.put(state(1), canvas(1))
    assert kept.take(state(1)) is not None
    assert kept.take(state(0)) is None


def test_a_copy_is_another_picture_even_where_room_is_used_again():
    kept = Remembered(1)
    kept.put(state(0), canvas(0))
    kept.put(state(1), canvas(1))  # the first is room for the next copy
    for size in (20, 30):
        source = canvas(7, size)
        copy = kept.copy_of(source)
        assert np.array_equal(copy.cells, source.cells)
        copy.cells[...] = 5
        assert (source.cells & 0xFF == 7).all()
        assert copy.image.pixel(3, 3) & 0xFF == 5


def test_a_part_is_put_back_only_between_its_two_states():
    kept, cells = Remembered(1 << 20), np.zeros((3, 4), np.uint32)
    kept.put_part(Part(state(1), state(2), (0, 0, 4, 3), cells))
    assert kept.bytes == cells.nbytes
    assert kept.take_part(state(1), state(2)) is None
    assert kept.take_part(state(3), state(1)) is None
    assert kept.take(state(1)) is None
    found = kept.take_part(state(2), state(1))
    assert found is not None
    assert found.cells is cells
    assert (len(kept), kept.bytes) == (0, 0)


def test_no_more_are_kept_than_are_worth_looking_through():
    kept = Remembered(1 << 20)
    for number in range(3 * MOST):
        kept.put_part(Part(state(0), state(number), (0, 0, 1, 1), np.zeros((1, 1), np.uint32)))
    assert len(kept) == MOST


def test_the_ledger_knows_them_and_may_empty_them():
    kept = Remembered(1 << 20)
    kept.put(state(0), canvas(0))
    assert any(each is kept for each in LEDGER.caches())
    kept.clear()
    assert (len(kept), kept.bytes) == (0, 0)


# -- in the scene --------------------------------------------------------------------------------


@pytest.fixture
def drawn(desk, monkeypatch):
    """The areas that are drawn, one for each rectangle."""
    desk.open(SIZE, [annotation(1, disc((120, 120), 60, SIZE))])
    desk.session.set_tool("brush")
    desk.session.set_radius(30)
    QApplication.processEvents()
    scene, areas = desk.canvas.picture.scene, []
    draw = scene._draw_fills

    def counted(painter, rect):
        areas.append((rect[2] - rect[0]) * (rect[3] - rect[1]))
        draw(painter, rect)

    monkeypatch.setattr(scene, "_draw_fills", counted)
    return areas


def paint(desk, *points):
    desk.stroke(*points)
    QApplication.processEvents()
    desk.session.set_selection(())
    QApplication.processEvents()


def test_undo_and_redo_of_a_large_stroke_draw_nothing(desk, drawn):
    paint(desk, (40, 40), (460, 40), (460, 360))
    desk.session.history.undo()
    QApplication.processEvents()
    desk.session.history.redo()  # as it was after the stroke, but without the selection
    QApplication.processEvents()
    drawn.clear()
    for _ in range(3):
        desk.session.history.undo()
        QApplication.processEvents()
        desk.session.history.redo()
        QApplication.processEvents()
    assert drawn == []


def test_a_small_stroke_leaves_no_more_than_its_place_behind(desk, drawn):
    kept = desk.canvas.picture.scene._remembered
    before = kept.bytes
    desk.session.set_radius(3)
    paint(desk, (300, 300), (310, 300))
    assert 0 < kept.bytes - before < 2 * 100 * 100 * 4  # the stroke, and its selection
    assert 0 < sum(drawn) < 100 * 100 * 4


def test_undo_and_redo_of_a_small_stroke_draw_nothing(desk, drawn):
    desk.session.set_radius(3)
    paint(desk, (300, 300), (310, 300))
    scene = desk.canvas.picture.scene
    shown = [scene._picture.cells.copy()]
    for step in (desk.session.history.undo, desk.session.history.redo):
        step()
        QApplication.processEvents()
        shown.append(scene._picture.cells.copy())
    assert not np.array_equal(shown[0], shown[1])
    assert np.array_equal(shown[0], shown[2])
    drawn.clear()
    for place in (1, 2, 1):
        [desk.session.history.redo, desk.session.history.undo][place % 2]()
        QApplication.processEvents()
        assert np.array_equal(scene._picture.cells, shown[place])
    assert drawn == []


@pytest.mark.parametrize(
    "change",
    [
        lambda desk: desk.canvas.pan(QPoint(5, 0)),
        lambda desk: desk.canvas.view.scale_to(2.0, desk.canvas.view.middle),
        lambda desk: desk.canvas.resize(480, 380),
        lambda desk: desk.canvas.picture.photo.changed.emit(),
        lambda desk: desk.session.set_view(line_width=2.0),
        lambda desk: desk.session.set_view(photo_alone=True),
    ],
)
def test_nothing_is_kept_over_a_change_of_place_light_or_way_of_drawing(desk, drawn, change):
    paint(desk, (40, 40), (460, 40), (460, 360))
    kept = desk.canvas.picture.scene._remembered
    assert len(kept) > 0
    change(desk)
    QApplication.processEvents()
    assert len(kept) == 0


def test_while_the_photo_is_not_drawn_yet_no_picture_is_taken(desk, drawn):
    scene = desk.canvas.picture.scene
    scene.invalidate(QRect(0, 0, 10, 10), photo=True)
    before = desk.canvas.picture.masks.seen(desk.canvas.picture.around)
    scene.turn(before, before, [QRect(0, 0, 500, 400)])
    assert len(scene._remembered) == 0


def test_at_rest_tiles_catch_up_with_a_picture_that_was_remembered(desk, drawn):
    paint(desk, (40, 40), (460, 40), (460, 360))
    desk.session.history.undo()
    QApplication.processEvents()
    scene = desk.canvas.picture.scene
    scene.prepare()
    renewed = []
    scene.masks.map._renew = lambda tile, corner, boxes, *rest: renewed.extend(boxes)
    scene.prepare()
    assert renewed == []
    assert scene._remembered._spare is not None


def test_at_rest_nothing_is_flattened_where_nothing_is_drawn(desk):
    desk.open(SIZE, [annotation(1, disc((120, 120), 60, SIZE))])
    scene = desk.canvas.picture.scene
    for bare in (True, False):
        desk.session.set_view(photo_alone=bare)
        QApplication.processEvents()
        scene.masks.map.touch(None)
        scene.prepare()
        assert len(scene.masks.map._tiles) == (0 if bare else 1)

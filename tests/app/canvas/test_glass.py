"""What the pane puts on the screen, pixel by pixel."""

import numpy as np
import pytest

from app.tools.base import Coarse, Mosaic, Tint
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.app.canvas.harness import PERSON, annotation

SIZE = (200, 300)
BLUE = np.array([0x20, 0x70, 0xEF])


@pytest.fixture
def pane(desk):
    desk.open(SIZE)
    desk.canvas.one_to_one()
    desk.canvas.settle()
    return desk.canvas.picture.glass


def changed(before, after):
    return (before != after).any(2)


def on_screen(desk, bits):
    """Bits of the image as device pixels of the canvas, at one to one."""
    out = np.zeros((desk.canvas.height(), desk.canvas.width()), np.bool_)
    x, y = (round(value) for value in desk.canvas.camera.to_view(0, 0))
    out[y : y + SIZE[0], x : x + SIZE[1]] = bits
    return out


def test_what_would_come_is_tinted_in_its_class_exactly(desk, pane):
    before = desk.pixels()
    mask = disc((100, 80), 30, SIZE)
    pane.show([Tint(mask, PERSON)])
    after = desk.pixels()
    assert np.array_equal(changed(before, after), on_screen(desk, mask.read((0, 0, 300, 200))))
    mixed = 0.55 * BLUE + 0.45 * 100
    assert np.abs(desk.color_at(100.5, 80.5) - mixed).max() < 14
    pane.clear()
    assert np.array_equal(desk.pixels(), before)


@pytest.mark.parametrize("step", [1, 2, 4])
def test_blocks_lie_where_their_pixels_are(desk, pane, step):
    before = desk.pixels()
    bits = np.zeros((10, 20), np.bool_)
    bits[2:5, 3:9] = True
    pane.show([Tint(Coarse(bits, 5, 4, step), PERSON)])
    whole = np.zeros(SIZE, np.bool_)
    whole[6 * step : 9 * step, 8 * step : 14 * step] = True
    assert np.array_equal(changed(before, desk.pixels()), on_screen(desk, whole))


def test_what_would_go_shows_the_photo(desk, pane):
    bare = desk.pixels()
    mask = disc((100, 80), 30, SIZE)
    desk.document.replace((), [annotation(1, mask)])
    shown = desk.pixels()
    gone = disc((100, 80), 10, SIZE).read((0, 0, 300, 200))
    pane.show([Tint(Mask.from_bits(gone), None)])
    after = desk.pixels()
    there = on_screen(desk, gone)
    assert np.array_equal(after[there], bare[there])
    assert np.array_equal(after[~there], shown[~there])


def test_both_kinds_can_be_told_apart_without_colour(desk, pane):
    left, right = Mask.rectangle((20, 20, 80, 80)), Mask.rectangle((120, 20, 180, 80))
    pane.show([Tint(left, PERSON, hatched=True), Tint(right, None, hatched=True)])
    pixels = desk.pixels().astype(int)
    x, y = (round(value) for value in desk.canvas.camera.to_view(0, 0))
    white = (pixels > 215).all(2)
    lines, dots = (white[y + 21 : y + 79, x + a : x + b] for a, b in ((21, 79), (121, 179)))
    assert 0.15 < lines.mean() < 0.45
    assert 0.02 < dots.mean() < lines.mean()
    assert all(row.any() for row in lines), "rising lines cross every row"
    assert not all(row.any() for row in dots), "dots do not"


def test_a_speck_that_would_go_is_seen(desk, pane):
    before = desk.pixels()
    pane.show([Tint(Mask.rectangle((50, 50, 52, 52)), None, hatched=True)])
    assert changed(before, desk.pixels()).sum() == 4


def test_lines_between_cells_are_one_pixel_at_any_zoom(desk, pane):
    labels = np.zeros((20, 20), np.int32)
    labels[:, 10:], labels[10:] = 1, 2
    pane.grid(Mosaic(labels, 10, 10, 4))
    for scale in (1.0, 4.0):
        desk.canvas.view.scale_to(scale, desk.canvas.view.middle)
        desk.canvas.reveal((70, 60, 90, 90))
        desk.canvas.settle()
        with_lines = desk.pixels()
        pane.grid(None)
        lines = changed(with_lines, desk.pixels())
        pane.grid(Mosaic(labels, 10, 10, 4))
        x, y = (int(value) for value in desk.canvas.camera.to_view(80, 66))
        assert lines[y, x - 6 : x + 6].sum() == 2, "a light and a dark one"


def test_it_follows_the_camera_and_leaves_with_the_image(desk, pane):
    mask = disc((100, 80), 30, SIZE)
    pane.show([Tint(mask, PERSON)])
    desk.canvas.zoom(2.0)
    desk.canvas.settle()
    assert desk.color_at(100, 80)[2] > 150
    desk.open(SIZE)
    assert pane.is_clear

import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.images.convert import orient, to_rgb, window_of


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orient_agrees_with_pillow(orientation):
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    image = Image.fromarray(pixels)
    image.getexif()[274] = orientation
    assert np.array_equal(orient(pixels, orientation), np.asarray(ImageOps.exif_transpose(image)))


def test_orient_copies_nothing():
    pixels = np.zeros((4, 5), np.uint16)
    assert np.shares_memory(orient(pixels, 7), pixels)


def test_grey_becomes_three_equal_channels():
    grey = np.array([[0, 7], [200, 255]], np.uint8)
    out = to_rgb(grey)
    assert out.shape == (2, 2, 3)
    assert out.flags.c_contiguous
    assert all(np.array_equal(out[..., k], grey) for k in range(3))


def test_bits_become_black_and_white():
    assert to_rgb(np.array([[True, False]]))[0, :, 0].tolist() == [255, 0]


def test_sixteen_bits_are_windowed_not_cut():
    pixels = np.tile(np.linspace(1000, 3000, 4096).astype(np.uint16), (64, 1))
    out = to_rgb(pixels)
    assert out.min() == 0
    assert out.max() == 255
    cut = (pixels >> 8).astype(np.uint8)
    assert len(np.unique(out)) > 200 > len(np.unique(cut))


def test_window_leaves_out_hot_pixels():
    pixels = np.full((1000, 1000), 500, np.uint16)
    pixels[:, :500] = 100
    pixels[0, :3] = 65_535
    low, high = window_of(pixels)
    assert (low, high) == (100, 500)


def test_window_of_one_value_is_not_empty():
    low, high = window_of(np.full((4, 4), 9, np.uint16))
    assert low < high
    assert to_rgb(np.full((4, 4), 9, np.uint16)).max() == 0


def test_floats_with_holes_show():
    pixels = np.linspace(-1, 1, 400, dtype=np.float32).reshape(20, 20)
    pixels[3, 3] = np.nan
    pixels[4, 4] = np.inf
    out = to_rgb(pixels)
    assert out[3, 3].tolist() == [0, 0, 0]
    assert out[4, 4].tolist() == [255, 255, 255]
    assert out[19, 19, 0] == 255
    assert out[0, 0, 0] == 0


def test_only_nan_shows_black():
    assert to_rgb(np.full((2, 2), np.nan, np.float32)).max() == 0


def test_transparent_parts_lie_on_paper():
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[0, :, 3] = 0, 128, 255
    assert to_rgb(pixels)[0, :, 0].tolist() == [255, 127, 0]


def test_opaque_alpha_changes_nothing():
    pixels = np.random.default_rng(0).integers(0, 255, (5, 5, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    assert np.array_equal(to_rgb(pixels), pixels[..., :3])


def test_grey_with_alpha_of_sixteen_bits():
    pixels = np.zeros((1, 2, 2), np.uint16)
    pixels[0, :, 0] = 100, 4000
    pixels[0, :, 1] = 65_535, 0
    assert to_rgb(pixels)[0, 1].tolist() == [255, 255, 255]

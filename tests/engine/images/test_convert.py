import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.images.convert import flat, orient


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orient_agrees_with_pillow(orientation):
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    image = Image.fromarray(pixels)
    image.getexif()[274] = orientation
    assert np.array_equal(orient(pixels, orientation), np.asarray(ImageOps.exif_transpose(image)))


def test_orient_copies_nothing():
    pixels = np.zeros((4, 5), np.uint16)
    assert np.shares_memory(orient(pixels, 7), pixels)


def test_bits_are_black_and_white():
    assert flat(np.array([[True, False]]), alpha=False).tolist() == [[255, 0]]


def test_one_channel_has_no_axis_of_its_own():
    assert flat(np.zeros((3, 4, 1), np.uint8), alpha=False).shape == (3, 4)


def test_numbers_come_in_the_order_of_this_machine():
    pixels = np.array([[1, 256]], np.dtype(np.uint16).newbyteorder())
    found = flat(pixels, alpha=False)
    assert found.dtype.isnative
    assert found.tolist() == [[1, 256]]


def test_transparent_parts_lie_on_paper():
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[0, :, 3] = 0, 128, 255
    assert flat(pixels, alpha=True)[0, :, 0].tolist() == [255, 127, 0]


def test_opaque_alpha_changes_nothing_and_copies_nothing():
    pixels = np.random.default_rng(0).integers(0, 255, (5, 5, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    found = flat(pixels, alpha=True)
    assert np.array_equal(found, pixels[..., :3])
    assert np.shares_memory(found, pixels)


def test_four_channels_may_all_be_channels():
    pixels = np.zeros((2, 2, 4), np.uint16)
    assert flat(pixels, alpha=False) is pixels


def test_grey_with_alpha_of_sixteen_bits():
    pixels = np.zeros((1, 2, 2), np.uint16)
    pixels[0, :, 0] = 100, 4000
    pixels[0, :, 1] = 65_535, 0
    assert flat(pixels, alpha=True).tolist() == [[100, 65_535]]


def test_floats_lie_on_white_that_is_one():
    pixels = np.array([[[0.5, 0.25, 0.0, 0.5]]], np.float32)
    assert flat(pixels, alpha=True)[0, 0].tolist() == [0.75, 0.625, 0.5]

import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.formats.exif import turn, turned_size
from engine.masks.mask import Mask


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_turns_as_its_photo_does(orientation):
    rng = np.random.default_rng(orientation)
    bits = np.zeros((50, 70), bool)
    bits[4:30, 9:60] = rng.random((26, 51)) < 0.5
    image = Image.fromarray(bits)
    image.getexif()[274] = orientation
    seen = np.asarray(ImageOps.exif_transpose(image))
    mask = turn(Mask.from_bits(bits), orientation, bits.shape)
    assert turned_size(bits.shape, orientation) == seen.shape
    assert np.array_equal(mask.read((0, 0, seen.shape[1], seen.shape[0])), seen)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_in_tiles_turns_too(orientation):
    size = (900, 700)
    ring = Mask.rectangle((0, 20, 700, 880)) - Mask.rectangle((100, 100, 650, 820))
    bits = ring.read((0, 0, 700, 900))
    image = Image.fromarray(bits)
    image.getexif()[274] = orientation
    seen = np.asarray(ImageOps.exif_transpose(image))
    mask = turn(ring, orientation, size)
    assert np.array_equal(mask.read((0, 0, seen.shape[1], seen.shape[0])), seen)

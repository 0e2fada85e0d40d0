"""Folders of images for the tests."""

import numpy as np
from PIL import Image


def make_photos(folder, count, size=(240, 320), suffix=".png"):
    """``count`` images of (height, width) in a new folder, each with noise of its own."""
    folder.mkdir(parents=True)
    for number in range(count):
        make_photo(folder / f"photo_{number}{suffix}", size, number)
    return folder


def make_photo(path, size=(240, 320), seed=0):
    noise = np.random.default_rng(seed).integers(60, 190, (*size, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path

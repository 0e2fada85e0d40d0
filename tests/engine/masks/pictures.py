"""What the mask tests draw: plain bool arrays, of shapes that cross tiles and the 512 limit."""

import numpy as np
from hypothesis import strategies as st

from engine.masks.mask import Mask

SIZES = [(1, 1), (9, 300), (256, 256), (257, 255), (512, 512), (513, 511), (300, 800), (700, 530)]

sizes = st.sampled_from(SIZES)


@st.composite
def pictures(draw, size):
    """A bool array of ``size``: rectangles set and cleared, and perhaps a sprinkle of noise."""
    height, width = size
    bits = np.full(size, draw(st.booleans()) and draw(st.booleans()))
    for _ in range(draw(st.integers(0, 4))):
        top, bottom = sorted(draw(st.tuples(*[st.integers(0, height)] * 2)))
        left, right = sorted(draw(st.tuples(*[st.integers(0, width)] * 2)))
        bits[top:bottom, left:right] = draw(st.sampled_from([True, True, False]))
    share = draw(st.sampled_from([0, 0, 0.001, 0.1, 0.9]))
    if share:
        noise = np.random.default_rng(draw(st.integers(0, 99))).random(size) < share
        bits = bits ^ noise
    return bits


@st.composite
def several(draw, count):
    """``count`` pictures of one size."""
    size = draw(sizes)
    return [draw(pictures(size)) for _ in range(count)]


def whole(size):
    return 0, 0, size[1], size[0]


def pixels(mask: Mask, size, left=0, top=0):
    """The mask as an array of ``size`` with its corner at (left, top)."""
    return mask.read((left, top, left + size[1], top + size[0]))


def lines(picture):
    """A picture from text: '#' is set."""
    return np.array([[cell == "#" for cell in line] for line in picture.split()])

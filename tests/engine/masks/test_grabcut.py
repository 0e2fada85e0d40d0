import numpy as np
import pytest

from engine.masks.grabcut import cut_out
from engine.masks.raster import disc

SIZE = (150, 200)


def scene(noise=12):
    """An orange disc on a bluish ground of changing brightness."""
    rng = np.random.default_rng(5)
    pixels = np.zeros((*SIZE, 3))
    pixels[...] = (60, 90, 130)
    pixels += np.linspace(-25, 25, SIZE[1])[None, :, None]
    pixels[truth()] = (210, 130, 50)
    return np.clip(pixels + rng.normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)


def truth():
    return disc((100, 75), 40, SIZE).read((0, 0, SIZE[1], SIZE[0]))


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def test_the_object_in_the_box_is_found():
    found = cut_out(scene(), (50, 25, 150, 125))
    assert iou(found, truth()) > 0.97


def test_the_same_box_gives_the_same_object():
    first, again = (cut_out(scene(), (52, 27, 155, 122)) for _ in range(2))
    assert np.array_equal(first, again)


def test_nothing_is_found_outside_the_box():
    found = cut_out(scene(), (50, 25, 100, 125))
    assert not found[:, 100:].any()


def test_a_prior_says_which_side_is_the_object():
    ground = ~truth()
    found = cut_out(scene(), (40, 15, 160, 135), ground)
    assert iou(found[15:135, 40:160], ground[15:135, 40:160]) > 0.9


def test_a_rough_prior_is_made_right():
    rough = disc((94, 70), 34, SIZE).read((0, 0, SIZE[1], SIZE[0]))
    found = cut_out(scene(), (50, 25, 150, 125), rough)
    assert iou(found, truth()) > 0.97


@pytest.mark.parametrize("box", [(0, 0, 200, 150), (-20, -20, 400, 400)])
def test_a_box_around_everything_is_all_of_it(box):
    assert cut_out(scene(), box).all()


def test_one_colour_is_no_error():
    flat = np.full((40, 40, 3), 77, np.uint8)
    found = cut_out(flat, (10, 10, 30, 30))
    assert not found[:10].any()
    assert not cut_out(flat, (50, 50, 60, 60)).any()


def test_what_check_raises_ends_it():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_out(scene(), (50, 25, 150, 125), check=stop)

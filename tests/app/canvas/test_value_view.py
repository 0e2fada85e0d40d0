import numpy as np
import pytest
import tifffile

from app.canvas.camera import Camera
from app.canvas.value_view import BINS, values_in_view
from app.state import LUMINANCE
from engine.images.source import open_source


@pytest.fixture
def opened(tmp_path):
    def make(pixels, **more):
        path = tmp_path / "photo.tif"
        tifffile.imwrite(path, pixels, **more)
        source = open_source(path)
        source.load()
        return source

    return make


def ramp(kind, factor=1.0):
    return np.broadcast_to((np.arange(600) * factor).astype(kind), (400, 600)).copy()


def test_eight_bits_have_all_values_to_choose_from(opened):
    found = values_in_view(opened(ramp("uint8", 0.2)), Camera((400, 600), 600, 400, 1.0), LUMINANCE)
    assert (found.least, found.most, found.whole) == (0, 255, True)
    assert found.counts.sum() == 400 * 600
    assert len(found.counts) == BINS
    assert not found.counts[BINS // 2 :].any()


def test_more_bits_have_the_values_in_view(opened):
    source = opened(ramp("uint16", 100))
    whole = values_in_view(source, Camera((400, 600), 600, 400, 1.0), 0)
    assert (whole.least, whole.most) == (0, 59_900)
    near = Camera((400, 600), 100, 100, 1.0).at(-200, -50)
    part = values_in_view(source, near, 0)
    assert (part.least, part.most) == (20_000, pytest.approx(30_000, abs=100))


def test_what_is_no_number_does_not_count(opened):
    pixels = ramp("float32", 0.001)
    pixels[:, :300] = np.nan
    found = values_in_view(opened(pixels), Camera((400, 600), 600, 400, 1.0), LUMINANCE)
    assert not found.whole
    assert (found.least, found.most) == (pytest.approx(0.3), pytest.approx(0.599))


def test_without_the_channel_or_any_number_there_is_none(opened):
    camera = Camera((400, 600), 100, 100, 1.0)
    assert values_in_view(opened(ramp("uint8")), camera, 3) is None
    assert values_in_view(opened(np.full((400, 600), np.nan, np.float32)), camera, 0) is None


def test_all_of_one_value_still_makes_a_range(opened):
    found = values_in_view(
        opened(np.full((400, 600), 7, np.uint16)), Camera((400, 600), 600, 400, 1.0), 0
    )
    assert (found.least, found.most) == (7, 8)

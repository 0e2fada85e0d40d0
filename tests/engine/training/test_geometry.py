import numpy as np
import pytest

from engine.training import augment
from engine.training.geometry import Geometry, resized_labels
from engine.training.schema import Augment

from .conftest import Input

STILL = Augment(flip="none", zoom=1.0, turn=0.0, color=0.0)


class Middle:
    """A generator that always draws the middle: no zoom, no turn, no shift, no flip."""

    def uniform(self, low=0.0, high=1.0, size=None):
        return np.full(size, (low + high) / 2)


def test_stretch_fills_the_fixed_size():
    geometry = Geometry.of(Input(height=20, width=30))
    assert geometry.frame((100, 50)) == ((20, 30), (20, 30))
    assert geometry.scale((100, 50)) == (0.2, 0.6)


def test_pad_keeps_the_shape():
    geometry = Geometry.of(Input(height=20, width=30, resize="pad"))
    assert geometry.frame((100, 50)) == ((20, 30), (20, 10))


def test_a_free_size_follows_the_long_side_and_the_multiple():
    given = Input(height=0, width=0, resize="pad", long_side=64, multiple_of=32)
    assert Geometry.of(given).frame((100, 50)) == ((64, 32), (64, 32))
    assert Geometry.of(given, size=96).frame((100, 60)) == ((96, 64), (96, 58))
    assert Geometry.of(given, size=90).canvas == (96, 96)


def test_windows_cover_an_image_that_is_read_at_its_own_scale():
    geometry = Geometry.of(Input(height=0, width=0, resize="none", tile=32))
    covered = np.zeros((70, 40), int)
    for left, top, right, bottom in geometry.windows((70, 40)):
        assert (bottom - top, right - left) == (32, 32)
        covered[top:bottom, left:right] += 1
    assert covered.min() == 1
    assert geometry.windows((20, 10)) == [(0, 0, 10, 20)]


@pytest.mark.parametrize("resize", ["stretch", "pad", "none"])
@pytest.mark.parametrize(("height", "width"), [(48, 64), (0, 0)])
@pytest.mark.parametrize("image", [(30, 40), (123, 77), (500, 300)])
def test_it_lays_images_as_predicting_does(resize, height, width, image):
    prepare = pytest.importorskip("engine.models.prepare")
    card = pytest.importorskip("engine.models.card")
    given = card.InputSpec(
        height=height,
        width=width,
        resize=resize,
        multiple_of=16 if not height else 1,
        long_side=96 if not height and resize == "pad" else 0,
    )
    frame = prepare.frame_for(given, image)
    if resize == "none":  # windows are laid one by one
        image = min(image, (48, 64))
        frame = prepare.frame_for(given, image)
    assert Geometry.of(given).frame(image) == (frame.net, frame.content)


def test_labels_shrink_to_the_nearest_centre():
    labels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    assert resized_labels(labels, (2, 2)).tolist() == [[5, 7], [13, 15]]
    assert (resized_labels(labels, (8, 8))[::2, ::2] == labels).all()


def test_without_variation_a_picture_is_only_brought_to_scale():
    geometry = Geometry.of(Input(height=20, width=30))
    matrix = augment.draw(geometry, (10, 15), STILL, Middle())
    assert matrix == pytest.approx(np.diag([2.0, 2.0, 1.0]))


def test_flips_and_zoom_keep_picture_and_labels_together():
    labels = np.zeros((40, 40), np.uint8)
    labels[5:20, 8:30] = 1
    rgb = np.repeat(labels[:, :, None] * 200, 3, axis=2)
    geometry = Geometry.of(Input(height=64, width=64))
    look = Augment(zoom=1.5, turn=30, color=0)
    for seed in range(20):
        matrix = augment.draw(geometry, (40, 40), look, np.random.default_rng(seed))
        picture, classes = augment.apply(rgb, labels, matrix, (64, 64), None)
        known = classes != 255
        agree = (picture[..., 0] > 100) == (classes == 1)
        assert agree[known].mean() > 0.97


def test_beside_the_picture_nothing_is_labelled():
    geometry = Geometry.of(Input(height=64, width=64))
    look = Augment(flip="none", zoom=1.5)
    shares = []
    for seed in range(20):
        matrix = augment.draw(geometry, (40, 40), look, np.random.default_rng(seed))
        _, classes = augment.apply(
            np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.uint8), matrix, (64, 64), None
        )
        assert set(np.unique(classes)) <= {0, 255}
        zoom = np.sqrt(np.linalg.det(matrix[:2, :2])) / 1.6
        shares.append(((classes == 0).mean(), min(1.0, zoom) ** 2))
    seen, wanted = zip(*shares, strict=True)
    assert seen == pytest.approx(wanted, abs=0.05)


def test_the_same_chance_gives_the_same_picture():
    rgb = np.random.default_rng(0).integers(0, 256, (30, 30, 3)).astype(np.uint8)
    made = [augment.recolor(rgb, 0.3, np.random.default_rng(7)) for _ in range(2)]
    assert (made[0] == made[1]).all()
    assert (made[0] != rgb).any()
    assert augment.recolor(rgb, 0.0, np.random.default_rng(7)) is rgb

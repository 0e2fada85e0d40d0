import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.camera import Camera
from app.canvas.stroke_layer import StrokeLayer
from engine.masks.mask import Mask
from engine.masks.raster import Stroke, capsule, disc

SIZE = (400, 600)


def shown(layer, camera, photo=None):
    """How much each device pixel differs from white, 0..255."""
    image = QImage(camera.width, camera.height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    layer.paint(painter, QRect(0, 0, camera.width, camera.height), photo)
    painter.end()
    cells = np.frombuffer(image.constBits(), np.uint8).reshape(camera.height, camera.width, 4)
    return 255 - cells[..., :3].min(2).astype(int)


def begun(camera, erase=False):
    layer = StrokeLayer()
    layer.set_color(QColor("#2070EF"))
    layer.set_camera(camera)
    layer.begin(2, erase=erase)
    return layer


def cover(layer, start, stop, radius):
    region = capsule(start, stop, radius, SIZE)
    layer.cover(region, start, stop, radius)
    return region


@pytest.mark.parametrize("scale", [1, 2, 5])
def test_close_up_the_very_pixels_show(scale):
    camera = Camera(SIZE, 600, 400, scale, 0, 0).panned(-100, -50)
    layer = begun(camera)
    region = cover(layer, (90, 70), (110, 80), 12)
    seen = shown(layer, camera) > 0
    rows, columns = np.mgrid[0:400, 0:600]
    x = ((columns + 0.5 - camera.left) / scale).astype(int)
    y = ((rows + 0.5 - camera.top) / scale).astype(int)
    bits = region.read((0, 0, SIZE[1], SIZE[0]))
    assert np.array_equal(
        seen, bits[np.minimum(y, 399), np.minimum(x, 599)] & (y < 400) & (x < 600)
    )


@pytest.mark.parametrize("scale", [0.2, 0.5, 0.9])
def test_far_away_the_shape_shows(scale):
    camera = Camera(SIZE, 600, 400, scale)
    layer = begun(camera)
    region = cover(layer, (90, 70), (400, 300), 40)
    seen = shown(layer, camera) > 0
    assert seen.sum() == pytest.approx(region.area * scale**2, rel=0.05)


@pytest.mark.parametrize("scale", [0.3, 1])
def test_covering_twice_is_no_darker(scale):
    camera = Camera(SIZE, 600, 400, scale)
    layer = begun(camera)
    for _ in range(3):
        cover(layer, (90, 70), (200, 80), 30)
    values = shown(layer, camera)
    assert set(np.unique(values)) <= {0, values.max()}
    assert values.max() == pytest.approx(0.55 * (255 - 0x20), abs=2)


@pytest.mark.parametrize("scale", [0.3, 0.9, 1])
def test_filling_twice_is_no_darker(scale):
    camera = Camera(SIZE, 600, 400, scale)
    layer = begun(camera)
    layer.fill(disc((90, 70), 30, SIZE))
    once = shown(layer, camera)
    layer.fill(disc((110, 75), 30, SIZE))
    values = shown(layer, camera)
    assert set(np.unique(values)) <= {0, once.max()}
    assert (values[once > 0] == once.max()).all()
    assert (values > 0).sum() > (once > 0).sum()


def test_dirt_is_where_something_changed():
    camera = Camera(SIZE, 600, 400, 0.5)
    layer = begun(camera)
    layer.take_dirty()
    before = shown(layer, camera)
    cover(layer, (100, 100), (140, 100), 10)
    dirty = layer.take_dirty()
    changed = np.argwhere(shown(layer, camera) != before)
    assert dirty.contains(int(changed[:, 1].min()), int(changed[:, 0].min()))
    assert dirty.contains(int(changed[:, 1].max()), int(changed[:, 0].max()))
    assert dirty.width() < 60
    assert layer.take_dirty().isEmpty()


@pytest.mark.parametrize("scale", [0.5, 2])
def test_clearing_leaves_nothing_and_repaints_it(scale):
    camera = Camera(SIZE, 600, 400, scale)
    layer = begun(camera)
    cover(layer, (100, 100), (140, 100), 10)
    layer.take_dirty()
    layer.clear()
    assert not shown(layer, camera).any()
    left, top = camera.to_view(91, 91)
    assert layer.take_dirty().contains(QRect(int(left), int(top), 5, 5))


def test_moving_the_camera_draws_it_again_there():
    near, far = Camera(SIZE, 600, 400, 2.0), Camera(SIZE, 600, 400, 0.5)
    layer = begun(near)
    region = cover(layer, (100, 100), (140, 100), 10)
    layer.set_camera(far)
    seen = shown(layer, far) > 0
    assert seen.sum() == pytest.approx(region.area / 4, rel=0.15)
    layer.set_camera(near)
    assert (shown(layer, near) > 0).sum() == region.area * 4


@pytest.mark.parametrize("scale", [0.5, 1, 3])
def test_an_eraser_shows_the_photo(scale):
    camera = Camera(SIZE, 600, 400, scale)
    layer = begun(camera, erase=True)
    cover(layer, (60, 60), (90, 60), 20)
    photo = QImage(600, 400, QImage.Format.Format_RGB32)
    photo.fill(QColor(10, 200, 10))
    values = shown(layer, camera, photo.copy)
    assert set(np.unique(values)) == {0, 245}
    x, y = camera.to_view(75, 60)
    assert values[int(y), int(x)] == 245


@pytest.mark.parametrize("scale", [0.4, 1])
def test_any_shape_can_be_shown(scale):
    camera = Camera(SIZE, 600, 400, scale)
    layer = begun(camera)
    region = disc((200, 200), 80, SIZE) - disc((200, 200), 40, SIZE)
    layer.fill(region)
    assert (shown(layer, camera) > 0).sum() == pytest.approx(region.area * scale**2, rel=0.06)


def test_what_lies_out_of_view_is_no_matter():
    camera = Camera(SIZE, 600, 400, 4.0, -1000, -800)
    layer = begun(camera)
    cover(layer, (0, 0), (10, 10), 5)
    layer.fill(Mask.EMPTY)
    assert not shown(layer, camera).any()


def test_an_outline_is_repainted_where_it_was_and_is():
    camera = Camera(SIZE, 600, 400)
    layer = begun(camera)
    layer.outline([(10, 10), (50, 50)], closed=False)
    layer.take_dirty()
    layer.outline([(300, 300), (350, 350)], closed=False)
    dirty = layer.take_dirty()
    assert dirty.contains(10, 10)
    assert dirty.contains(350, 350)
    layer.end()
    assert not layer.active
    assert layer.take_dirty().contains(320, 320)


@pytest.mark.parametrize("scale", [1, 3])
def test_a_stroke_begun_far_away_shows_its_very_pixels_close_up(scale):
    far, near = Camera(SIZE, 600, 400, 0.3), Camera(SIZE, 600, 400, scale, -60, -40)
    layer, plain = begun(far), begun(near)
    tip = Stroke(12, SIZE)
    layer.cover(tip.to((60, 60)), (60, 60), (60, 60), 12)
    for start, stop in (((60, 60), (200, 90)), ((200, 90), (210, 300))):
        layer.cover(tip.to(stop), start, stop, 12)
        cover(plain, start, stop, 12)
    layer.set_camera(near)
    assert np.array_equal(shown(layer, near), shown(plain, near))
    layer.set_camera(near.panned(-50, 0))
    plain.set_camera(near.panned(-50, 0))
    assert np.array_equal(shown(layer, near), shown(plain, near))


def test_what_is_over_is_not_seen_when_the_next_gesture_begins():
    camera = Camera(SIZE, 600, 400, 0.5)
    layer = begun(camera)
    cover(layer, (90, 70), (200, 80), 30)
    layer.end()
    layer.begin(2, erase=False)
    assert not shown(layer, camera).any()
    cover(layer, (500, 300), (500, 300), 10)
    seen = shown(layer, camera) > 0
    assert seen[140:160, 240:260].any()
    assert not seen[:100, :150].any()

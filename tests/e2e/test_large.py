"""Images beyond memory, through the real window."""

import numpy as np
import psutil
import pytest
import tifffile
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.theme.widgets import Button
from engine.images import cache, room
from tests.engine.images.slides import few, slope, write_slide

Key = Qt.Key
WIDE, HIGH = 100_000, 60_000


@pytest.fixture(scope="module")
def slide(tmp_path_factory):
    """A folder with a picture of 100,000 × 60,000 pixels, of which few tiles are stored."""
    folder = tmp_path_factory.mktemp("slides")
    write_slide(folder / "huge.tif", WIDE, HIGH, stored=few)
    return folder


def color_at(d, x, y):
    """RGB on the screen at a place of the image."""
    shown = d.canvas.grab().toImage()
    color = shown.pixelColor((d.canvas.to_widget(x, y) * d.canvas.view.ratio).toPoint())
    return color.red(), color.green(), color.blue()


def near(color, x, y):
    """Whether a colour is that of the slope at a place."""
    wanted = slope((x, y, x + 1, y + 1), 0, (HIGH, WIDE))[0, 0].astype(int)
    return np.abs(wanted - color).max() <= 6


def test_six_thousand_million_pixels_open_pan_and_take_strokes(d, slide):
    before = psutil.Process().memory_info().rss
    d.open(slide)
    assert d.document.size == (HIGH, WIDE)
    assert not d.canvas.picture.photo.problem
    assert d.session.banners == []
    assert near(color_at(d, 30_000, 20_000), 30_000, 20_000)
    assert near(color_at(d, 80_000, 50_000), 80_000, 50_000)
    d.add_classes(cell=True, tissue=False)
    d.key(Key.Key_B)
    d.stroke((20_000, 20_000), (70_000, 40_000))
    wide = d.objects[0].mask.box
    assert wide[2] - wide[0] > 49_000
    d.canvas.one_to_one()
    d.canvas.settle()
    place = d.canvas.camera.visible
    d.canvas.pan(QPoint(-700, -300))
    d.canvas.settle()
    assert d.canvas.camera.visible == tuple(
        each + by for each, by in zip(place, (700, 300, 700, 300), strict=True)
    )
    x, y = place[0] + 900, place[1] + 500
    d.session.set_selection(())
    d.stroke((x, y), (x + 100, y + 50))
    d.session.set_class(d.class_id("tissue"))
    d.stroke((x, y + 200), (x + 300, y + 200))
    area = d.document.layer.areas()[d.class_id("tissue")]
    assert area > 300
    d.ctrl(Key.Key_Z)
    assert d.class_id("tissue") not in d.document.layer.areas()
    d.ctrl(Key.Key_Y)
    masks, areas = [each.mask for each in d.objects], dict(d.document.layer.areas())
    d.picture("slide")
    d.services.actions.trigger("file.close")
    d.open(slide)
    assert dict(d.document.layer.areas()) == areas
    kept = [each.mask for each in d.objects]
    assert all(one.same(other) for one, other in zip(kept, masks, strict=True))
    assert psutil.Process().memory_info().rss - before < 500 << 20


def test_its_export_says_how(d, slide, tmp_path):
    from engine.jobs.job import ExportSpec

    d.open(slide)
    spec = ExportSpec(project=str(d.session.project.path), target=str(tmp_path / "a.json"))
    number = d.services.jobs.start(spec)
    view = d.services.jobs.get(number)
    d.until(lambda: bool(view.taken or view.error))
    assert "--tile 4096" in view.error


@pytest.fixture
def small_memory(monkeypatch, tmp_path):
    """What is larger than a megabyte counts as too large to hold."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(room, "_HOLD_MOST", 1 << 20)


@pytest.fixture
def plate(tmp_path):
    folder = tmp_path / "plates"
    folder.mkdir()
    pixels = slope((0, 0, 2000, 1500), 0, (1500, 2000))
    Image.fromarray(pixels).save(folder / "a.png")
    Image.fromarray(pixels[::-1]).save(folder / "b.webp", lossless=True)
    return folder


def test_a_png_that_is_too_large_is_prepared_and_shown(d, plate, small_memory, tmp_path):
    d.open(plate / "a.png")
    assert [each.suffix for each in (tmp_path / "cache").iterdir()] == [".tif"]
    d.canvas.fit()
    d.canvas.settle()
    red, green, _ = color_at(d, 1500, 300)
    assert abs(red - 191) < 6
    assert abs(green - 51) < 6
    d.canvas.one_to_one()
    d.canvas.settle()
    assert d.canvas.picture.photo.value(1500, 300)[:2] == (191, 51)
    d.until(lambda: d.services.thumbnails.get(d.session.image.id) is not None)


def test_what_must_be_decoded_whole_asks_first(d, plate, small_memory, monkeypatch):
    monkeypatch.setattr(room, "_ASK_FROM", 1 << 20)
    d.open(plate / "b.webp")
    d.until(lambda: bool(d.session.banners))
    QTest.mouseRelease(d.canvas, Qt.MouseButton.LeftButton)  # no banner comes while one is down
    d.until(lambda: bool(d.window.banners.strips))
    (strip,) = d.window.banners.strips
    assert strip.banner.text.startswith("b.webp has 3 million pixels. Opening it uses about 21 MB")
    photo = d.canvas.picture.photo
    assert not photo.is_ready
    assert photo.problem == ""
    d.picture("asks")
    d.click(strip.findChild(Button))
    d.until(lambda: photo.is_ready)
    assert d.session.banners == []
    d.canvas.fit()
    d.picture("asked")
    red, green, _ = color_at(d, 1500, 1200)
    assert abs(red - 191) < 6
    assert abs(green - 51) < 6


def test_the_question_goes_with_its_image(d, plate, small_memory, monkeypatch):
    monkeypatch.setattr(room, "_ASK_FROM", 1 << 20)
    d.open(plate)
    assert d.session.image.file_name == "a.png"
    d.key(Key.Key_W)
    d.canvas.settle()
    assert [each.key for each in d.session.banners] == ["memory"]
    d.key(Key.Key_Q)
    d.canvas.settle()
    assert d.session.banners == []


def test_pages_of_deep_tiles(d, tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    ramp = np.tile(np.arange(9000, dtype=np.uint16) * 5, (6000, 1))
    tifffile.imwrite(folder / "a.tif", ramp, tile=(256, 256), compression="zlib")
    d.open(folder)
    assert d.session.image.file_name == "a.tif"
    left, right = color_at(d, 200, 3000), color_at(d, 8800, 3000)
    assert left[0] < 20
    assert right[0] > 235
    d.canvas.one_to_one()
    d.canvas.settle()
    assert d.canvas.picture.photo.value(4321, 7) == (4321 * 5,)

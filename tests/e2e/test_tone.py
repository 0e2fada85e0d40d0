"""Images of more than eight bits and of many channels in the real window: what shows, what a
model is given, and where that is kept."""

from functools import partial

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.theme.theme import theme as now
from engine.images.tone import NONE, Tone
from engine.store import Project

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
SIZE = (240, 320)
NAMES = ["DAPI", "GFP", "mCherry", "Cy5", "Phase"]


@pytest.fixture
def folder(tmp_path):
    """A deep grey image that rises from left to right, one of five channels, a float, a photo."""
    made = tmp_path / "deep"
    made.mkdir()
    ramp = np.tile(np.linspace(1000, 5000, SIZE[1]).astype(np.uint16), (SIZE[0], 1))
    cv2.imwrite(str(made / "a_ramp.png"), ramp)
    planes = np.random.default_rng(1).integers(0, 900, (5, *SIZE)).astype(np.uint16)
    planes += (np.arange(5, dtype=np.uint16) * 1000)[:, None, None]
    tifffile.imwrite(
        made / "b_five.ome.tif", planes, metadata={"axes": "CYX", "Channel": {"Name": NAMES}}
    )
    tifffile.imwrite(made / "c_float.tif", ramp.astype(np.float32) / 8000 - 0.25)
    photo = np.random.default_rng(2).integers(60, 190, (*SIZE, 3)).astype(np.uint8)
    Image.fromarray(photo).save(made / "d_photo.png")
    return made


@pytest.fixture
def deep(d, folder):
    """The folder open at its first image, with the sheet open."""
    d.open(folder)
    show(d, "a_ramp.png")
    d.shift(Key.Key_B)
    return d


def show(d, name):
    row = next(row for row in d.session.images if row.file_name == name)
    d.session.open_image(row.id)
    d.canvas.settle()


def seen(d, x, y):
    """The colour on screen of a pixel of the image."""
    d.canvas.settle()
    picture = d.canvas.grab().toImage()
    at = d.canvas.to_widget(x + 0.5, y + 0.5)
    ratio = picture.devicePixelRatio()
    return picture.pixelColor(round(at.x() * ratio), round(at.y() * ratio)).getRgb()[:3]


def shown(d):
    """The whole open image as it is drawn, unscaled."""
    photo = d.canvas.picture.photo
    height, width = photo.source.size
    return photo.source.read(0, (0, 0, width, height), photo.tone)


def drag(histogram, start, stop):
    """Drag with the left button from one stored value to another."""
    y = histogram.height() // 2
    xs = np.linspace(histogram.x_of(start), histogram.x_of(stop), 6).round().astype(int)
    QTest.mousePress(histogram, LEFT, pos=QPoint(int(xs[0]), y))
    for x in xs[1:]:
        QTest.mouseMove(histogram, QPoint(int(x), y))
    QTest.mouseRelease(histogram, LEFT, pos=QPoint(int(xs[-1]), y))


def sheet(d):
    assert d.window.sheet is not None
    return d.window.sheet


# -- the window ----------------------------------------------------------------------------------


def test_dragging_an_end_of_the_window_changes_the_picture_at_once(deep):
    panel = sheet(deep)
    before = seen(deep, 160, 120)
    low, high = panel.histogram.window_values()
    assert (low, high) == pytest.approx((1000, 5000), abs=20)
    drag(panel.histogram, high, 3500)
    after = seen(deep, 160, 120)
    assert after[0] > before[0] + 60
    assert seen(deep, 300, 120) == (255, 255, 255)
    tone = deep.session.toning.tone
    assert tone.rule == "manual"
    assert tone.windows[0] == pytest.approx((low, 3500), abs=60)
    assert panel.high.value() == tone.windows[0][1]
    assert panel.rule.value() == "manual"


def test_dragging_between_the_ends_moves_both(deep):
    histogram = sheet(deep).histogram
    low, high = histogram.window_values()
    drag(histogram, 3000, 3600)
    moved = histogram.window_values()
    assert moved[0] - low == pytest.approx(600, abs=60)
    assert moved[1] - moved[0] == pytest.approx(high - low, abs=2)


def test_an_end_stops_before_the_other(deep):
    histogram = sheet(deep).histogram
    low, high = histogram.window_values()
    drag(histogram, low, high + 300)
    assert histogram.window_values() == (high - 1, high)


def test_numbers_can_be_typed_and_all_is_taken_back(deep):
    panel = sheet(deep)
    panel.high.setFocus()
    panel.high.selectAll()
    deep.type("2000")
    deep.key(Key.Key_Return)
    assert deep.session.toning.tone.windows[0][1] == 2000
    assert seen(deep, 100, 50) == (255, 255, 255)
    panel.low.setFocus()
    panel.low.selectAll()
    deep.type("9000")  # above white: cannot be
    deep.key(Key.Key_Return)
    assert panel.low.value() < 2000
    deep.click(panel.reset)
    assert deep.session.toning.tone == Tone()
    assert seen(deep, 318, 50)[0] > 240
    assert seen(deep, 2, 50)[0] < 30


def test_the_histogram_is_moved_by_keys(deep):
    histogram = sheet(deep).histogram
    low, high = histogram.window_values()
    histogram.setFocus()
    about = partial(pytest.approx, abs=2)  # whole numbers, where percentiles were none
    deep.key(Key.Key_Right)
    step = histogram.window_values()[0] - low
    assert step > 20
    assert histogram.window_values()[1] == about(high + step)
    deep.shift(Key.Key_Left)
    assert histogram.window_values() == about((low + step, high))
    deep.key(Key.Key_Up)
    assert histogram.window_values() == about((low, high + step))
    deep.ctrl(Key.Key_Down)
    assert 2 < histogram.window_values()[0] - low < step / 2


def test_rules_gamma_and_turning_over(deep):
    panel = sheet(deep)
    panel.rule.setFocus()
    deep.key(Key.Key_Down)
    assert deep.session.toning.tone.rule == "minmax"
    middle = seen(deep, 160, 100)[0]
    panel.gamma.setFocus()
    for _ in range(20):
        deep.key(Key.Key_Right)
    assert deep.session.toning.tone.gamma > 1.3
    assert seen(deep, 160, 100)[0] > middle + 20
    deep.click(panel.invert)
    assert seen(deep, 1, 100)[0] > 240
    assert seen(deep, 318, 100)[0] < 15


def test_what_the_screen_alone_shows_is_no_tone(deep):
    panel = sheet(deep)
    panel.on_screen.brightness.setFocus()
    for _ in range(30):
        deep.key(Key.Key_Right)
    assert seen(deep, 160, 100)[0] > 180
    assert deep.session.toning.tone == Tone()
    deep.click(panel.on_screen.neutral)
    assert deep.session.view.brightness == 0


def test_eight_bits_show_as_they_are_until_somebody_says_otherwise(deep, folder):
    show(deep, "d_photo.png")
    stored = np.asarray(Image.open(folder / "d_photo.png"))
    deep.canvas.one_to_one()
    assert seen(deep, 50, 60) == tuple(stored[60, 50])
    panel = sheet(deep)
    assert panel.histogram.window_values() == (0, 255)
    drag(panel.histogram, 255, 150)
    white = panel.histogram.window_values()[1]
    expected = np.rint(np.clip(stored[60, 50] / white, 0, 1) * 255)
    assert np.abs(np.array(seen(deep, 50, 60)) - expected).max() <= 1


def test_the_picture_of_the_sheet_holds_in_every_theme(deep):
    for name in ("a_ramp.png", "b_five.ome.tif", "d_photo.png"):
        show(deep, name)
        for theme in ("dark", "light"):
            deep.services.settings.set("theme", theme)
            picture = deep.picture(f"light_{name[0]}_{theme}")
            histogram = sheet(deep).histogram
            assert histogram.has_curves
            corner = histogram._area().topRight().toPoint() - QPoint(12, -8)
            ground = picture.pixelColor(histogram.mapTo(deep.window, corner))
            assert abs(ground.lightness() - now().color("surface.raised").lightness()) < 12
    deep.services.settings.set("theme", "dark")


# -- channels ------------------------------------------------------------------------------------


def test_channels_have_the_names_of_the_file_and_any_can_be_seen(deep, folder):
    show(deep, "b_five.ome.tif")
    panel = sheet(deep)
    one = panel.channels.one
    assert [one.itemText(at) for at in range(one.count())] == NAMES
    panel.channels.form.setFocus()
    deep.key(Key.Key_Right)  # as in the file → one as grey
    assert deep.session.toning.tone.channels == (0,)
    one.setFocus()
    for _ in range(4):
        deep.key(Key.Key_Down)
    assert deep.session.toning.tone.channels == (4,)
    grey = shown(deep)
    assert np.array_equal(grey[..., 0], grey[..., 2])
    panel.channels.form.setFocus()
    deep.key(Key.Key_Right)  # three as colour
    assert deep.session.toning.tone.channels == (0, 1, 2)
    blue = panel.channels.three[2]
    blue.setFocus()
    deep.key(Key.Key_End)
    assert deep.session.toning.tone.channels == (0, 1, NONE)
    assert not shown(deep)[..., 2].any()


def test_each_channel_has_a_window_of_its_own(deep):
    show(deep, "b_five.ome.tif")
    panel = sheet(deep)
    assert panel.apart.isChecked()
    first = panel.histogram.window_values()
    panel.which.setFocus()
    deep.key(Key.Key_Down)
    second = panel.histogram.window_values()
    assert second[0] > first[0] + 500
    drag(panel.histogram, second[1], second[1] - 300)
    windows = deep.session.toning.tone.windows
    assert windows[0] == first
    assert windows[1][1] < second[1] - 200
    deep.click(panel.apart)
    assert len(deep.session.toning.tone.windows) == 1


def test_the_status_bar_says_every_stored_value(deep, folder):
    planes = tifffile.imread(folder / "b_five.ome.tif")
    show(deep, "b_five.ome.tif")
    deep.window.close_sheet()
    deep.hover(20.5, 30.5)
    words = deep.window.status_bar.value_words
    values = " · ".join(f"{value:,}" for value in planes[:, 30, 20].tolist())
    deep.until(lambda: words.text() == values)
    assert f"Cy5: {planes[3, 30, 20]:,}" in words.toolTip()
    show(deep, "c_float.tif")
    deep.hover(20.5, 30.5)
    stored = float(tifffile.imread(folder / "c_float.tif")[30, 20])
    deep.until(lambda: words.text() == f"I {stored:.5g}")
    show(deep, "d_photo.png")
    deep.hover(20.5, 30.5)
    deep.until(lambda: words.text().startswith("RGB "))


# -- where it is kept ----------------------------------------------------------------------------


def test_a_tone_holds_for_the_project_or_for_one_image_and_outlives_the_program(deep, folder):
    panel = sheet(deep)
    drag(panel.histogram, 5000, 4000)
    common = deep.session.toning.tone
    show(deep, "c_float.tif")
    assert deep.session.toning.tone == common
    panel.holds.setFocus()
    deep.key(Key.Key_Right)  # this image alone
    panel.rule.setFocus()
    deep.key(Key.Key_Home)
    assert deep.session.toning.tone == Tone()
    show(deep, "a_ramp.png")
    assert deep.session.toning.tone == common
    assert panel.holds.current() == "project"
    path = deep.session.project.path
    deep.program.files.close()
    project = Project.open(path, read_only=True)
    try:
        tones = {row.file_name: row.tone for row in project.images()}
        assert project.tone == common
        assert tones == {
            "a_ramp.png": None, "b_five.ome.tif": None, "c_float.tif": Tone(), "d_photo.png": None
        }  # fmt: skip
    finally:
        project.close()
    deep.open(path)
    show(deep, "c_float.tif")
    assert deep.session.toning.own
    deep.shift(Key.Key_B)
    sheet(deep).holds.setFocus()
    deep.key(Key.Key_Left)  # like all others again
    assert deep.session.toning.tone == common
    assert deep.session.image.tone is None


def test_a_tone_reaches_the_disk_when_the_hand_rests(deep):
    panel = sheet(deep)
    drag(panel.histogram, 5000, 4200)
    deep.until(lambda: deep.session.project.tone == deep.session.toning.tone)


def test_a_project_that_is_only_read_is_looked_at_and_not_changed(d, folder):
    d.open(folder)
    path = d.session.project.path
    d.program.files.close()
    owner = Project.open(path)
    try:
        d.open(path)
        assert d.session.read_only
        show(d, "a_ramp.png")
        d.shift(Key.Key_B)
        drag(sheet(d).histogram, 5000, 3000)
        sheet(d).holds.setFocus()
        d.key(Key.Key_Right)
        assert seen(d, 300, 100) == (255, 255, 255)
        show(d, "c_float.tif")
        owner.refresh()
        assert owner.tone == Tone()
        assert {row.tone for row in owner.images()} == {None}
        d.program.files.close()
    finally:
        owner.close()


def test_tools_look_at_what_is_seen(deep):
    from app.canvas.canvas_photo import CanvasPhoto

    drag(sheet(deep).histogram, 5000, 3000)
    photo = CanvasPhoto(deep.canvas.picture.photo, SIZE)
    box = (10, 20, 60, 50)
    assert np.array_equal(photo.read(box), shown(deep)[20:50, 10:60])
    assert photo.raw(box).dtype == np.uint16


def test_thumbnails_follow(deep):
    thumbnails = deep.services.thumbnails
    number = deep.session.image.id
    deep.until(lambda: thumbnails.get(number) is not None)
    before = thumbnails.get(number).toImage()
    deep.click(sheet(deep).invert)
    deep.session.toning.keep()
    deep.until(lambda: thumbnails.get(number) is not None)
    after = thumbnails.get(number).toImage()
    assert before.pixelColor(3, 20).red() < 20
    assert after.pixelColor(3, 20).red() > 230


# -- what a model is given -----------------------------------------------------------------------


def test_a_model_that_learned_otherwise_is_asked_as_it_learned_and_it_is_said(
    deep, folder, monkeypatch
):
    """The banner stands while the images show otherwise, and its button shows them so."""
    import msgspec

    from app.state import ModelState
    from engine.models.catalog import DEFAULT_MODEL, Catalog

    learned = Tone(rule="manual", windows=((0.0, 8000.0),))
    entry = Catalog().get(DEFAULT_MODEL)
    card = msgspec.structs.replace(entry.card, id="mine", name="v3", tone=learned.as_json())
    from dataclasses import replace

    mine = replace(entry, card=card)
    monkeypatch.setattr(type(deep.services.catalog), "get", lambda self, name: mine)
    deep.session.set_model(ModelState(id="mine", name="v3", state="ready"))
    [banner] = [each for each in deep.session.banners if each.key == "tone"]
    assert banner.text.startswith("v3 sees images otherwise than they show. It learned with “0 to")
    assert sheet(deep).remark.text() == banner.text
    deep.picture("tone_banner")
    strip = next(s for s in deep.window.banners.strips if s.banner is banner)
    deep.click(next(b for b in strip.findChildren(object) if _says(b, "Show as it learned")))
    assert deep.session.toning.tone == learned
    assert [each for each in deep.session.banners if each.key == "tone"] == []
    deep.session.set_model(ModelState())


def _says(widget, words):
    return getattr(widget, "text", lambda: "")() == words

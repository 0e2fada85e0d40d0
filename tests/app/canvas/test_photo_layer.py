import threading

import numpy as np
import pytest
from PIL import Image

from app.canvas import photo_layer
from app.canvas.camera import Camera
from app.canvas.photo_layer import PhotoLayer
from app.session import ViewOptions
from engine.images import cache, room
from engine.images.tone import Tone


@pytest.fixture
def layer(qtbot):
    layer = PhotoLayer()
    layer.seen = []
    layer.changed.connect(lambda: layer.seen.append("changed"))
    layer.ready.connect(lambda: layer.seen.append("ready"))
    layer.asks.connect(layer.seen.append)
    layer.failed.connect(layer.seen.append)
    yield layer
    layer.close()


@pytest.fixture
def large(monkeypatch, tmp_path):
    """What is larger than a megabyte is too large to hold."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(room, "_HOLD_MOST", 1 << 20)


def photo(path, color=(200, 100, 50), size=(900, 1200)):
    pixels = np.full((*size, 3), color, np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def drawn(layer, size=(900, 1200)):
    """RGB in the middle of the whole image on a small screen."""
    camera = Camera(size, 300, 200).fitted()
    left, top, right, bottom = camera.image_rect
    left, top, right, bottom = max(0, left), max(0, top), min(300, right), min(200, bottom)
    out = np.zeros((bottom - top, right - left), np.uint32)
    layer.draw(out, (left, top, right, bottom), camera, ViewOptions(), 0xFF123456)
    value = int(out[out.shape[0] // 2, out.shape[1] // 2])
    return value >> 16 & 255, value >> 8 & 255, value & 255


EMPTY = (0x12, 0x34, 0x56)


def test_nothing_shows_before_anything_is_known(layer, tmp_path, qtbot):
    layer.open(photo(tmp_path / "a.png"))
    assert drawn(layer) == EMPTY
    qtbot.waitUntil(lambda: layer.is_ready)
    assert drawn(layer) == (200, 100, 50)
    assert layer.seen.count("ready") == 1


def test_what_was_expected_is_there_when_it_is_opened(layer, tmp_path, qtbot):
    path = photo(tmp_path / "a.png")
    layer.expect(path)
    qtbot.waitUntil(lambda: layer._early is not None)
    assert layer.seen == []
    layer.open(path)
    assert layer.is_ready
    assert drawn(layer) == (200, 100, 50)


def test_what_was_expected_and_not_opened_is_forgotten(layer, tmp_path, qtbot):
    layer.expect(photo(tmp_path / "a.png"))
    layer.open(photo(tmp_path / "b.png", (10, 20, 30)))
    qtbot.waitUntil(lambda: layer.is_ready and layer.loader.idle)
    assert drawn(layer) == (10, 20, 30)
    assert layer._early is None


@pytest.mark.parametrize("late", [False, True])
def test_an_answer_that_comes_twice_counts_once(layer, tmp_path, qtbot, monkeypatch, late):
    """The picture was being opened when it was asked for again."""
    path, real = photo(tmp_path / "a.png"), photo_layer.opened
    begun, go = threading.Event(), threading.Event()

    def slowly(*given):
        answer = real(*given)
        begun.set()
        assert go.wait(10)
        return answer

    monkeypatch.setattr(photo_layer, "opened", slowly)
    layer.expect(path)
    assert begun.wait(10)
    if late:
        go.set()
        qtbot.waitUntil(lambda: not layer.loader._shared.running)
    layer.open(path)
    go.set()
    qtbot.waitUntil(lambda: layer.is_ready and layer.loader.calm)
    assert layer.settled
    assert layer.seen.count("ready") == 1


def test_with_another_tone_it_is_opened_again(layer, tmp_path, qtbot):
    path = photo(tmp_path / "a.png")
    layer.expect(path)
    qtbot.waitUntil(lambda: layer._early is not None)
    layer.open(path, 0, Tone(invert=True))
    qtbot.waitUntil(lambda: layer.is_ready)
    assert drawn(layer) == (55, 155, 205)


def test_a_tone_maps_what_is_there(layer, tmp_path, qtbot):
    layer.open(photo(tmp_path / "a.png"))
    qtbot.waitUntil(lambda: layer.is_ready)
    layer.seen.clear()
    layer.set_tone(Tone(channels=(0,)))
    assert layer.seen == ["changed"]
    assert drawn(layer) == (200, 200, 200)


def test_parts_are_mapped_without_reading_them_again(layer, tmp_path, qtbot, large):
    path = photo(tmp_path / "a.png", size=(1500, 2000))
    layer.open(path)
    qtbot.waitUntil(lambda: layer.is_ready and layer.loader.calm)
    camera = Camera((1500, 2000), 300, 200).scaled(1.0, 0, 0).at(0, 0)
    out = np.zeros((200, 300), np.uint32)
    layer.draw(out, (0, 0, 300, 200), camera, ViewOptions(), 0)
    qtbot.waitUntil(lambda: len(layer._tiles) == 1)
    layer.set_tone(Tone(invert=True))
    asked = []
    layer.loader.ask = lambda *given: asked.append(given)
    layer.draw(out, (0, 0, 300, 200), camera, ViewOptions(), 0)
    assert asked == []
    assert out[5, 5] == 0xFF379BCD


def test_an_image_that_is_being_prepared_is_given_up_for_another(layer, tmp_path, qtbot, large):
    a = photo(tmp_path / "a.png", size=(1500, 2000))
    b = photo(tmp_path / "b.png", (1, 2, 3), size=(300, 300))
    layer.open(a)
    qtbot.waitUntil(lambda: layer.source is not None)
    first = layer.source
    layer.open(b)
    qtbot.waitUntil(lambda: layer.is_ready and layer.loader.idle)
    assert drawn(layer, (300, 300)) == (1, 2, 3)
    assert layer.path == b
    assert not first.loaded or cache.find(a, 0) is not None


def test_much_memory_is_asked_for(layer, tmp_path, qtbot, large, monkeypatch):
    monkeypatch.setattr(room, "_ASK_FROM", 1 << 20)
    path = tmp_path / "a.webp"
    photo(tmp_path / "b.png", size=(1500, 2000))
    Image.open(tmp_path / "b.png").save(path, lossless=True)
    layer.open(path)
    qtbot.waitUntil(lambda: bool(layer.question))
    assert layer.seen[-2].startswith("a.webp has 3 million pixels. Opening it uses about 21 MB")
    assert layer.settled
    assert not layer.is_ready
    layer.go_on()
    layer.go_on()
    qtbot.waitUntil(lambda: layer.is_ready)
    assert layer.question == ""


def test_large_neighbours_are_not_decoded_ahead(layer, tmp_path, qtbot, large):
    path = photo(tmp_path / "a.png", size=(1500, 2000))
    assert photo_layer.ahead(path, 0, Tone()) is None
    assert cache.find(path, 0) is None


def test_a_damaged_file_is_said_and_ends_the_waiting(layer, tmp_path, qtbot, large):
    path = photo(tmp_path / "a.png", size=(1500, 2000))
    path.write_bytes(path.read_bytes()[:9000])
    layer.open(path)
    qtbot.waitUntil(lambda: bool(layer.problem))
    assert "a.png" in layer.problem
    assert layer.settled


def test_all_parts_in_view_fit_however_small_the_share(layer, tmp_path, qtbot, large, monkeypatch):
    monkeypatch.setattr("app.canvas.photo_tiles.share", lambda part: 1)
    layer._tiles.clear()
    path = photo(tmp_path / "a.png", size=(1500, 2000))
    layer.open(path)
    qtbot.waitUntil(lambda: layer.is_ready and layer.loader.calm)
    camera = Camera((1500, 2000), 1200, 900).scaled(1.0, 0, 0).at(-100, -100)
    out = np.zeros((900, 1200), np.uint32)
    layer.draw(out, (0, 0, 1200, 900), camera, ViewOptions(), 0)
    qtbot.waitUntil(lambda: layer.loader.calm)
    assert len(layer._tiles) == 6
    layer.draw(out, (0, 0, 1200, 900), camera, ViewOptions(), 0)
    assert layer.loader.calm
    layer.open(None)
    assert layer._tiles._tiles.budget == 1

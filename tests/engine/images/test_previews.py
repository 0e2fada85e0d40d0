import os
import threading

import numpy as np
import pytest
from PIL import Image

from engine.images import previews
from engine.images.source import open_source
from engine.images.thumbnail import thumbnail


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(previews, "folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(previews, "SLOW_FROM", 1000)
    return tmp_path / "cache"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "large.png"
    pixels = np.zeros((1600, 1400, 3), np.uint8)
    pixels[:800] = 200
    Image.fromarray(pixels).save(path)
    return path


def test_a_decoded_image_leaves_an_overview_for_the_next_time(path):
    first = open_source(path)
    assert not first.quick
    first.load()
    again = open_source(path)
    assert again.quick
    picture = again.overview(1280)
    assert not again.loaded
    assert max(picture.shape) == 1280
    assert abs(int(picture[10, 10, 0]) - 200) < 4


def test_a_thumbnail_leaves_one_too(path):
    thumbnail(path, 100)
    assert previews.has(path)
    assert thumbnail(path, 100).shape == (100, 88, 3)


def test_a_changed_image_has_none(path):
    open_source(path).load()
    os.utime(path, ns=(1, 1))
    assert not previews.has(path)
    assert previews.find(path) is None


def test_a_damaged_overview_is_made_again(path, kept):
    open_source(path).load()
    (file,) = kept.iterdir()
    file.write_bytes(b"nothing")
    assert thumbnail(path, 100).shape == (100, 88, 3)


def test_small_and_quick_files_leave_none(tmp_path, kept):
    for name in ("a.png", "b.jpg"):
        size = 20 if name == "a.png" else 300
        Image.fromarray(np.zeros((size, size, 3), np.uint8)).save(tmp_path / name)
        open_source(tmp_path / name).load()
    assert not kept.exists()


def test_the_oldest_go_when_there_are_too_many_bytes(path, kept, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    for page in range(4):
        previews.keep(path, page, pixels)
        for age, file in enumerate(sorted(kept.iterdir(), key=lambda each: each.stat().st_mtime)):
            os.utime(file, (1000 + age, 1000 + age))
    size = max(each.stat().st_size for each in kept.iterdir())
    monkeypatch.setattr(previews, "MOST_BYTES", int(size * 2.5))
    previews.keep(path, 9, pixels)
    assert len(list(kept.iterdir())) == 2
    assert previews.has(path, 9)


def test_a_cache_that_cannot_be_written_is_no_matter(path, kept):
    kept.write_bytes(b"a file stands where the folder should be")
    open_source(path).load()
    assert previews.find(path) is None


def test_others_wait_for_who_decodes(path):
    order = []

    def wait():
        previews.wait(path)
        order.append("waited")

    with previews.loading(path):
        thread = threading.Thread(target=wait)
        thread.start()
        order.append("decoding")
    thread.join(5)
    assert order == ["decoding", "waited"]
    previews.wait(path)

"""What comes in may mean harm: the window says so and goes on."""

import os
import sys

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from engine.images import worker_host

Key = Qt.Key


@pytest.fixture
def fresh():
    worker_host.close_all()
    yield
    worker_host.close_all()


def test_a_decoder_that_dies_is_said_and_the_next_image_opens(d, photos, monkeypatch, fresh):
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(photos / "photo_1.webp")
    code = "import os, sys; sys.stdin.readline(); os.abort()"
    monkeypatch.setattr(worker_host, "child_command", lambda role: [sys.executable, "-c", code])
    d.open(photos)
    d.key(Key.Key_W)
    d.key(Key.Key_W)
    d.picture("decoder_died")
    said = " ".join(text for _, text in d.said)
    assert "photo_1.webp could not be read as an image: the decoder ended" in said
    assert d.session.image.file_name == "photo_2.png"
    d.add_classes(cell=True)
    d.key(Key.Key_B)
    d.stroke((50, 50), (90, 60))
    assert len(d.objects) == 1


def test_an_image_of_an_odd_kind_is_decoded_elsewhere_and_worked_on(d, tmp_path, fresh):
    folder = tmp_path / "odd"
    folder.mkdir()
    pixels = np.random.default_rng(3).integers(0, 255, (240, 320, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "a.webp", lossless=True)
    d.open(folder)
    assert d.session.image.file_name == "a.webp"
    d.until(lambda: bool(worker_host.pids()))
    d.add_classes(cell=True)
    d.key(Key.Key_B)
    d.stroke((50, 50), (90, 60))
    assert len(d.objects) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_in_the_folder_keeps_nobody_waiting(d, photos):
    os.mkfifo(photos / "photo_0_pipe.png")
    d.open(photos)
    d.key(Key.Key_W)
    d.key(Key.Key_W)
    assert any("pipe or device" in text for _, text in d.said)
    assert d.session.image.file_name == "photo_2.png"


def test_names_with_markup_are_shown_as_they_are(d, photos):
    (photos / "photo_1.png").rename(photos / "<b>bold<br>&amp;.png")
    d.open(photos)
    d.add_classes(**{"<img src=x>cell": True})
    d.click(d.canvas)
    d.picture("markup")
    labels = [each for each in d.window.findChildren(QLabel) if "<" in each.text()]
    assert all(each.textFormat() is Qt.TextFormat.PlainText for each in labels if each.isVisible())


def test_names_that_would_turn_or_break_a_line_are_shown_as_what_they_are(d, photos):
    (photos / "photo_1.png").rename(photos / "photo_1\u202egnp.exe.png")
    (photos / "photo_2.png").write_bytes(b"no picture")
    (photos / "photo_2.png").rename(photos / "photo_2\u202e\x1b[31m\nx.png")
    d.open(photos)
    d.key(Key.Key_W)
    d.picture("turned_name")
    assert d.session.image.file_name == "photo_1\u202egnp.exe.png"
    assert d.window.windowTitle().startswith("photo_1\\u202egnp.exe.png — ")
    d.key(Key.Key_W)
    (said,) = [text for _, text in d.said if "could not be read" in text]
    assert said.startswith("photo_2\\u202e\\x1b[31m\nx.png could not be read as an image")
    words = d.window.status_bar.hint_words
    assert words.sizeHint().width() > words.fontMetrics().horizontalAdvance("photo_2")


def test_a_very_long_name_does_not_hide_what_is_wrong_with_it(d, photos):
    (photos / f"photo_1{'a' * 230}.png").write_bytes(b"no picture")
    d.open(photos)
    d.key(Key.Key_W)
    d.key(Key.Key_W)
    words = d.window.status_bar.hint_words
    assert "…aaaaaaaaaaaaaaaaaaaaaaaaaa.png could not be read" in words.text()
    assert len(words.text()) < 220
    assert "a" * 230 in words.toolTip()


def test_of_several_images_that_are_skipped_the_first_is_named_with_what_is_wrong(d, photos):
    (photos / "photo_1.png").write_bytes(b"%PDF-1.7")
    (photos / "photo_1a.png").write_bytes(b"")
    d.open(photos)
    d.key(Key.Key_W)
    d.key(Key.Key_W)
    said = [text for _, text in d.said if "skipped" in text or "photo_1" in text]
    assert said == [
        "2 images could not be read and are skipped. The first: photo_1.png could not be read as "
        "an image: it is a PDF file, a kind that is not supported. Save it as PNG, JPEG or TIFF."
    ]

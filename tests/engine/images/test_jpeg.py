"""Photos by the fastest reader are what the others read; what is damaged is still refused."""

import os
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.errors import EngineError
from engine.images import fresh, jpeg
from engine.images.decoders import decode_here
from engine.images.fresh import Room
from engine.images.header import read_header
from engine.images.plain import PlainSource
from engine.images.pyramid import pyramid

SHAPE = (1_203, 1_501)  # odd sides; above 1.5 megapixels


@pytest.fixture
def photo(tmp_path):
    """Write a JPEG with some structure: ``photo(mode, orientation, **options)`` gives its path."""

    def write(mode="RGB", orientation=1, **options):
        small = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
        image = Image.fromarray(small).resize(SHAPE[::-1], Image.Resampling.BICUBIC).convert(mode)
        exif = image.getexif()
        exif[274] = orientation
        path = tmp_path / "ü photo.jpg"
        image.save(path, exif=exif, quality=90, **options)
        return path

    return write


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_levels_are_those_of_the_other_readers(photo, orientation):
    header = read_header(photo(orientation=orientation))
    expected = pyramid(decode_here(header)[0])
    levels = jpeg.levels(header)
    assert len(levels) == len(expected)
    for level, other in zip(levels, expected, strict=True):
        assert np.array_equal(level, other)
        assert level.dtype == np.uint8


def test_a_progressive_photo_is_read_alike(photo):
    header = read_header(photo(progressive=True))
    assert np.array_equal(jpeg.levels(header)[0], decode_here(header)[0])


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_kinds_of_pixels_are_another_readers_turn(photo, mode):
    assert jpeg.levels(read_header(photo(mode))) is None


def test_a_small_one_is_another_readers_turn(tmp_path):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg")
    assert jpeg.levels(read_header(tmp_path / "a.jpg")) is None


def test_what_is_cut_short_is_refused_and_never_shown_in_part(photo):
    path = photo()
    header = read_header(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert jpeg.levels(header) is None
    with pytest.raises(EngineError, match="cut short"):
        PlainSource(header).load()


def test_what_was_put_in_its_place_since_is_not_shown(photo, tmp_path):
    path = photo()
    header = read_header(path)
    Image.new("RGB", (50, 40)).save(path)
    assert jpeg.levels(header) is None
    path.write_bytes(b"no picture any more\xff\xd9")  # OpenCV answers with what it was given
    assert jpeg.levels(header) is None
    path.unlink()
    assert jpeg.levels(header) is None


def test_a_reader_that_cannot_decode_into_given_memory_is_passed_over(photo, monkeypatch):
    import cv2

    header = read_header(photo())
    monkeypatch.setattr(cv2, "imread", lambda name, flags: None)  # as before 4.11
    assert jpeg.levels(header) is None
    source = PlainSource(header)
    source.load()
    assert source.raw(0, (0, 0, 5, 4)).shape == (4, 5, 3)


def test_a_draft_is_decoded_in_one_go(photo, monkeypatch):
    """Between two parts of a file the decoder would wait for the interpreter."""
    from PIL import JpegImagePlugin

    reads = []
    load_read = JpegImagePlugin.JpegImageFile.load_read

    def counted(self, size):
        reads.append(size)
        return load_read(self, size)

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load_read", counted)
    path = photo()
    assert path.stat().st_size > 2 * 65_536
    assert jpeg.draft(read_header(path), 370).shape == (301, 376, 3)
    assert len(reads) == 1


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), max_size=8))
def test_arrays_of_a_room_do_not_overlap(shapes):
    room = Room(2_000)
    taken = [room.take(shape, "u2") for shape in shapes]
    for number, one in enumerate(taken):
        assert one.shape == shapes[number]
        one[...] = number
    for number, one in enumerate(taken):
        assert (one == number).all()


def test_pages_that_are_got_ready_keep_what_is_in_them():
    memory = np.random.default_rng(2).integers(0, 256, 9 << 20, np.uint8)
    before = memory.copy()
    fresh._populate(memory, threading.Event())
    assert np.array_equal(memory, before)


def test_the_thread_that_gets_memory_ends_with_its_block():
    room = Room(16 << 20)
    with pytest.raises(RuntimeError, match="decoder"), room.coming():
        raise RuntimeError("decoder")
    assert not any(thread.name == "memory" for thread in threading.enumerate())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe")
def test_a_pipe_in_its_place_is_not_waited_for(photo):
    path = photo()
    header = read_header(path)
    path.unlink()
    os.mkfifo(path)
    assert jpeg.levels(header) is None

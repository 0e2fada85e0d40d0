import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.errors import EngineError
from engine.images import inflate, png_rows
from engine.images.png_rows import open_png, parts, whole
from engine.images.source import open_source, read_rgb

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def ramps(height, width, channels, dtype=np.uint8, seed=0):
    """Pixels that every filter is good for: slow changes with noise."""
    steps = np.random.default_rng(seed).integers(-9, 10, (height, width, channels))
    high = np.iinfo(dtype).max
    pixels = (np.add.accumulate(steps, 1) * (high // 255) % (high + 1)).astype(dtype)
    return pixels[..., 0] if channels == 1 else pixels


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def write_filtered(path, pixels, filters, split=999):
    """A PNG whose rows use the given filters in turn, written by the definition (PNG, 9.2)."""
    height, width = pixels.shape[:2]
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    data = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    rows = np.frombuffer(data, np.uint8).reshape(height, -1).astype(int)
    step = rows.shape[1] // width
    above, out = np.zeros(rows.shape[1], int), bytearray()
    for row, line in enumerate(rows):
        left = np.r_[np.zeros(step, int), line[:-step]]
        corner = np.r_[np.zeros(step, int), above[:-step]]
        guess = left + above - corner
        near = np.abs([guess - left, guess - above, guess - corner])
        paeth = np.where(
            (near[0] <= near[1]) & (near[0] <= near[2]),
            left,
            np.where(near[1] <= near[2], above, corner),
        )
        kind = filters[row % len(filters)]
        taken = (np.zeros_like(line), left, above, (left + above) // 2, paeth)[kind]
        out += bytes([kind]) + ((line - taken) % 256).astype(np.uint8).tobytes()
        above = line
    depth = pixels.dtype.itemsize * 8
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[samples]
    packed = zlib.compress(bytes(out), 1)
    idat = b"".join(chunk(b"IDAT", packed[at : at + split]) for at in range(0, len(packed), split))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + idat + chunk(b"IEND", b""))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (3,), (4,), (4, 2, 0, 3, 1), (1, 2)])
def test_every_filter_of_every_form(tmp_path, channels, dtype, filters):
    path = tmp_path / "a.png"
    pixels = ramps(37, 53, channels, dtype)
    write_filtered(path, pixels, filters)
    png = open_png(path)
    assert (png.size, png.channels, png.alpha) == ((37, 53), channels, channels in (2, 4))
    for rows in (0, 1, 10, 36):
        found = np.concatenate(list(parts(png, rows)))
        assert found.dtype == dtype
        assert np.array_equal(found, pixels)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.integers(1, 40), st.integers(1, 9))
def test_any_mixture_of_filters(tmp_path_factory, filters, width, rows):
    path = tmp_path_factory.mktemp("png") / "a.png"
    pixels = ramps(11, width, 3, seed=width)
    write_filtered(path, pixels, filters, split=7)
    assert np.array_equal(np.concatenate(list(parts(open_png(path), rows))), pixels)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_what_pillow_writes(tmp_path, channels, level):
    pixels = ramps(200, 300, channels)
    Image.fromarray(pixels, MODES[channels]).save(tmp_path / "a.png", compress_level=level)
    assert np.array_equal(whole(open_png(tmp_path / "a.png")), pixels)


def test_without_the_faster_library(tmp_path, monkeypatch):
    monkeypatch.setattr(inflate, "library", lambda: zlib)
    pixels = ramps(200, 300, 3)
    write_filtered(tmp_path / "a.png", pixels, (4,))
    assert np.array_equal(whole(open_png(tmp_path / "a.png")), pixels)


def test_palettes_are_looked_up(tmp_path):
    image = Image.fromarray(ramps(40, 50, 3)).quantize(200)
    image.save(tmp_path / "a.png")
    png = open_png(tmp_path / "a.png")
    assert (png.channels, png.alpha) == (3, False)
    assert np.array_equal(whole(png), np.asarray(image.convert("RGB")))
    image.save(tmp_path / "b.png", transparency=bytes(range(200)))
    clear = whole(open_png(tmp_path / "b.png"))
    assert np.array_equal(clear, np.asarray(Image.open(tmp_path / "b.png").convert("RGBA")))


@pytest.mark.parametrize("mode", ["1", "P"])
def test_few_bits_are_left_to_others(tmp_path, mode):
    Image.fromarray(ramps(40, 50, 1)).convert(mode, colors=4).save(tmp_path / "a.png", bits=1)
    assert open_png(tmp_path / "a.png") is None


def test_a_transparent_colour_is_left_to_others(tmp_path):
    Image.fromarray(ramps(9, 9, 3)).save(tmp_path / "a.png", transparency=(1, 2, 3))
    assert open_png(tmp_path / "a.png") is None


@pytest.mark.parametrize("keep", [30, 60, 0.5, 0.99])
def test_what_is_cut_short_is_said(tmp_path, keep):
    path = tmp_path / "a.png"
    write_filtered(path, ramps(90, 80, 3), (1,))
    data = path.read_bytes()
    path.write_bytes(data[: keep if keep > 1 else int(len(data) * keep)])
    with pytest.raises((ValueError, EngineError)):
        whole(open_png(path))


def test_a_changed_byte_is_found(tmp_path):
    path = tmp_path / "a.png"
    write_filtered(path, ramps(90, 80, 3), (1,))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(ValueError, match=r"damaged|checksum|filter"):
        whole(open_png(path))


def test_few_bytes_that_claim_many_pixels_are_refused_before_any_is_made(tmp_path):
    path = tmp_path / "bomb.png"
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0))
    idat = chunk(b"IDAT", zlib.compress(bytes(100_000)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + idat + chunk(b"IEND", b""))
    with pytest.raises(EngineError, match="100,000 × 100,000"):
        open_png(path)
    with pytest.raises(EngineError, match=r"bomb\.png"):
        open_source(path).load()


def test_leaving_half_way_ends_the_thread(tmp_path):
    import threading

    write_filtered(tmp_path / "a.png", ramps(400, 80, 3), (1,))
    before = threading.active_count()
    some = parts(open_png(tmp_path / "a.png"), 5)
    next(some)
    some.close()
    assert threading.active_count() == before


def test_large_pictures_are_decoded_this_way(tmp_path, monkeypatch):
    pixels = ramps(1300, 1210, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png", compress_level=1)
    seen = []
    real = png_rows.whole
    monkeypatch.setattr(png_rows, "whole", lambda png: seen.append(png) or real(png))
    assert np.array_equal(read_rgb(tmp_path / "a.png"), pixels)
    assert len(seen) == 1

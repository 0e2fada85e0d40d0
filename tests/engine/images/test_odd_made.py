"""Forms of image files that were once shown wrongly, or could have been, made here."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.errors import EngineError
from engine.images.header import read_header
from engine.images.source import open_source

RNG = np.random.default_rng(8)
RGB = RNG.integers(0, 255, (30, 50, 3), np.uint8)


def stored(path):
    source = open_source(path)
    height, width = source.size
    return source.raw(0, (0, 0, width, height))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(path, pixels, depth, colour, *before, after=()):
    """A PNG whose rows are given as bytes."""
    head = struct.pack(">IIBBBBB", pixels.width, len(pixels.rows), depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in pixels.rows))
    chunks = [chunk(b"IHDR", head), *before, chunk(b"IDAT", data), *after, chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return path


class Rows:
    def __init__(self, width, *rows):
        self.width, self.rows = width, rows


# -- one colour of a PNG that means "transparent" lies on white paper


def test_a_transparent_colour(tmp_path):
    rows = Rows(3, bytes([9, 9, 9, 1, 2, 3, 9, 9, 9]))
    path = png(tmp_path / "a.png", rows, 8, 2, chunk(b"tRNS", bytes([0, 1, 0, 2, 0, 3])))
    assert stored(path).tolist() == [[[9, 9, 9], [255, 255, 255], [9, 9, 9]]]


@pytest.mark.parametrize(
    ("depth", "row", "key", "seen"),
    [
        (8, bytes([5, 7, 9]), 7, [5, 255, 9]),
        (4, bytes([0x57, 0x90]), 7, [0x55, 255, 0x99]),
        (2, bytes([0b01_10_11_00]), 2, [0x55, 255, 255]),
        (1, bytes([0b010_00000]), 0, [255, 255, 255]),
        (16, bytes([0, 5, 1, 7, 0, 9]), 0x107, [5, 65535, 9]),
    ],
)
def test_a_transparent_grey(tmp_path, depth, row, key, seen):
    path = png(tmp_path / "a.png", Rows(3, row), depth, 0, chunk(b"tRNS", struct.pack(">H", key)))
    assert stored(path).tolist() == [seen]


def test_a_transparent_colour_of_a_large_picture(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.images.decoders.FAST_FROM", 1)
    test_a_transparent_colour(tmp_path)


# -- opacity that colour was multiplied with


@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_multiplied_opacity_is_divided_out(tmp_path, dtype, compression, tile):
    full = np.iinfo(dtype).max
    colour = RGB.astype(dtype) * (full // 255)
    alpha = np.full((30, 50, 1), full // 5 * 2, dtype)
    alpha[:10] = full
    alpha[20:] = 0
    times = np.rint(colour.astype(float) * alpha / full).astype(dtype)
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        np.concatenate((times, alpha), axis=-1),
        photometric="rgb",
        extrasamples=["assocalpha"],
        compression=compression,
        tile=tile,
    )
    share = alpha / full
    expected = colour * share + full * (1 - share)
    assert np.abs(stored(path) - expected).max() <= full / 255 + 1


# -- animations


def test_the_first_picture_of_an_animated_png_of_16_bits(tmp_path):
    first = RNG.integers(0, 65535, (4, 6, 3)).astype(">u2")
    other = np.zeros_like(first)
    rows = Rows(6, *(row.tobytes() for row in first))
    control = struct.pack(">IIIIIHHBB", 0, 6, 4, 0, 0, 1, 10, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in other))
    path = png(
        tmp_path / "a.png",
        rows,
        16,
        2,
        chunk(b"acTL", struct.pack(">II", 2, 0)),
        chunk(b"fcTL", control),
        after=(
            chunk(b"fcTL", struct.pack(">I", 1) + control[4:]),
            chunk(b"fdAT", struct.pack(">I", 2) + data),
        ),
    )
    assert read_header(path).pages == 2
    assert np.array_equal(stored(path), first.astype(np.uint16))


# -- cut short: refused, never shown with a part made up


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("jpg", {}),
        ("jpg", {"progressive": True}),
        ("png", {}),
        ("bmp", {}),
        ("gif", {}),
        ("webp", {}),
        ("jp2", {}),
        ("ppm", {}),
        ("tga", {}),
    ],
)
def test_files_that_are_cut_short_are_refused(tmp_path, monkeypatch, suffix, options, large):
    if large:
        monkeypatch.setattr("engine.images.decoders.FAST_FROM", 1)
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(RGB).save(path, **options)
    whole = path.read_bytes()
    assert stored(path).shape == (30, 50, 3)
    path.write_bytes(whole[: len(whole) * 3 // 5])
    with pytest.raises(EngineError, match=rf"^a\.{suffix} could not be read as an image: "):
        stored(path)


@pytest.mark.parametrize("compression", ["deflate", "lzw"])
def test_strips_that_are_too_short_are_refused(tmp_path, compression):
    path = tmp_path / "a.tif"
    if compression == "lzw":
        Image.fromarray(RGB).save(path, compression="tiff_lzw", strip_size=3000)
    else:
        tifffile.imwrite(path, RGB, compression=compression, rowsperstrip=10, photometric="rgb")
    with tifffile.TiffFile(path, mode="r+b") as file:
        tag = file.pages[0].tags["StripByteCounts"]
        counts = tag.value if isinstance(tag.value, tuple) else (tag.value,)
        tag.overwrite([count // 3 for count in counts])
    with pytest.raises(EngineError, match=r"^a\.tif could not be read as an image: "):
        stored(path)


@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_a_tiff_that_is_cut_short_is_refused(tmp_path, compression, tile):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, RGB, compression=compression, tile=tile, photometric="rgb")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 5])
    with pytest.raises(EngineError, match=r"^a\.tif could not be read as an image: "):
        stored(path)


# -- sizes


def test_channels_that_nothing_holds_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((4, 4, 5), np.uint8), photometric="minisblack", planarconfig=1)
    with tifffile.TiffFile(path, mode="r+b") as file:
        tags = file.pages[0].tags
        tags["ImageWidth"].overwrite(60_000)
        tags["ImageLength"].overwrite(1500)
        tags["SamplesPerPixel"].overwrite(60_000)
    with pytest.raises(EngineError, match=r"a\.tif"):
        stored(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\0" * 128 + b"DICM" + b"\0" * 50, "it is a DICOM file"),
        (b"%PDF-1.7 and more", "it is a PDF file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is a PostScript file"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 9, "it is a HEIF or video file"),
        (b"<svg xmlns='x'/>", "it is an SVG file"),
        (b"some words", "its header is damaged or not that of a PNG file"),
        (b"\x89PNG\r\n\x1a\n", "its PNG header is damaged or cut off"),
        (b"BM" + b"\xff" * 60, "a.png"),
    ],
)
def test_the_sentence_says_what_the_file_is(tmp_path, content, said):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(EngineError, match=said) as refused:
        stored(path)
    assert str(refused.value).startswith("a.png ")


def test_postscript_never_reaches_an_interpreter(tmp_path, monkeypatch):
    def called(*_, **__):
        raise AssertionError("Ghostscript would have run what the file says")

    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", called)
    path = tmp_path / "a.jpg"
    Image.fromarray(RGB).save(tmp_path / "a.eps")
    path.write_bytes(b"\n" + (tmp_path / "a.eps").read_bytes())
    with pytest.raises(EngineError):
        stored(path)

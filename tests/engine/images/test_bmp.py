"""Forms of BMP that Pillow does not read, against files made here and the pictures of bmpsuite."""

import contextlib
import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import EngineError
from engine.images import bmp
from engine.images.header import read_header
from engine.images.source import open_source
from tests.engine.images.bmps import made, rows, runs

PIXELS = np.random.default_rng(4).integers(0, 1 << 32, (5, 7), np.uint64)


def expected(values, masks, most):
    """Each sample by itself, in Python's own numbers."""
    out = np.zeros((*values.shape, len(masks)), np.int64)
    for at, mask in enumerate(masks):
        low = (mask & -mask) or 1
        largest = mask // low or 1
        for place in np.ndindex(*values.shape):
            value = (int(values[place]) & mask) // low
            out[(*place, at)] = (2 * value * most + largest) // (2 * largest)
    return out


@pytest.mark.parametrize(
    ("bits", "masks", "length"),
    [
        (16, (0xF00, 0xF0, 0xF, 0xF000), 56),
        (16, (0xF00, 0xF0, 0xF, 0), 56),
        (16, (0xFF00, 0xFF, 0), 40),
        (16, (0x30, 0xE, 0x1), 40),
        (16, (0x800, 0x1FF, 0x600, 0xF000), 124),
        (32, (0xFFE00000, 0x1FFC00, 0x3FF), 40),
        (32, (0x3FF00000, 0xFFC00, 0x3FF), 52),
        (32, (0x7F, 0x7F00, 0x7F0000, 0xFF000000), 108),
    ],
)
@pytest.mark.parametrize("down", [False, True])
def test_any_fields_of_bits(tmp_path, bits, masks, length, down):
    values = PIXELS & np.uint64((1 << bits) - 1)
    data = rows(values[::-1] if down else values, bits)
    path = made(tmp_path / "a.bmp", values.shape, bits, 3, data, masks, length, down=down)
    about = bmp.rare_bmp(path)
    used = masks if any(masks[3:]) else masks[:3]
    deep = max(bin(mask).count("1") for mask in used) > 8
    assert (about.masks, about.sample_bits) == (used, 16 if deep else 8)
    found = bmp.read_bmp(path, about)
    assert found.dtype == (np.uint16 if deep else np.uint8)
    assert np.array_equal(found, expected(values, used, 65535 if deep else 255))


def test_fields_of_bits_that_follow_a_short_header_with_opacity(tmp_path):
    masks = (0xF00, 0xF0, 0xF, 0xF000)
    path = made(tmp_path / "a.bmp", (5, 7), 16, 6, rows(PIXELS & np.uint64(0xFFFF), 16), masks)
    assert bmp.rare_bmp(path).masks == masks
    assert read_header(path).mode == "RGBA"


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_of_2_bits_and_of_too_many_colors(tmp_path, bits):
    colors = 4 if bits == 2 else 300
    palette = np.random.default_rng(5).integers(0, 255, (colors, 4), np.uint8)
    values = (PIXELS & np.uint64((1 << bits) - 1)).astype(np.uint8)
    lines = [
        "".join(f"{value:0{bits}b}" for value in row).ljust(64, "0")[: (7 * bits + 31) // 32 * 32]
        for row in values[::-1].tolist()
    ]
    data = b"".join(int(line, 2).to_bytes(len(line) // 8, "big") for line in lines)
    path = made(tmp_path / "a.bmp", (5, 7), bits, 0, data, colors=colors, palette=palette.tobytes())
    source = open_source(path)
    found = source.raw(0, (0, 0, 7, 5))
    assert np.array_equal(found, palette[values][..., 2::-1])


def test_run_lengths_of_24_bits(tmp_path):
    pixels = np.random.default_rng(6).integers(1, 255, (5, 7, 3), np.uint8)
    path = made(tmp_path / "a.bmp", (5, 7), 24, 4, runs(pixels), length=64)
    pixels[:, 4] = 0  # stepped over
    assert np.array_equal(bmp.read_bmp(path, bmp.rare_bmp(path)), pixels)


def test_a_run_is_as_long_as_it_says_and_no_longer_than_its_row(tmp_path):
    data = bytes([200, 1, 2, 3, 0, 0, 2, 4, 5, 6, 0, 1])
    path = made(tmp_path / "a.bmp", (3, 4), 24, 4, data, length=64)
    found = bmp.read_bmp(path, bmp.rare_bmp(path))
    assert found[2].tolist() == [[3, 2, 1]] * 4
    assert found[1].tolist() == [[6, 5, 4]] * 2 + [[0, 0, 0]] * 2
    assert not found[0].any()


@pytest.mark.parametrize(("kind", "packing"), [("JPEG", 4), ("PNG", 5)])
def test_a_picture_inside(tmp_path, kind, packing):
    pixels = np.random.default_rng(7).integers(0, 255, (5, 7, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    path = made(tmp_path / "a.bmp", (5, 7), 0, packing, buffer.getvalue())
    found = open_source(path).raw(0, (0, 0, 7, 5))
    assert np.array_equal(found, np.asarray(Image.open(buffer)))
    other = made(tmp_path / "b.bmp", (6, 7), 0, packing, buffer.getvalue())
    with pytest.raises(EngineError, match="holds another picture than it says"):
        open_source(other).load()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"bits": 16, "packing": 3, "masks": (0xF0F, 0xF0, 0xF)}, "form is not supported"),
        ({"bits": 24, "packing": 3, "masks": (1, 2, 4)}, "form is not supported"),
        ({"bits": 16, "packing": 3, "masks": (0xF00, 0xF0, 0xF), "data": b"1"}, "cut short"),
        ({"bits": 2, "packing": 0, "data": b"1"}, "cut short"),
        ({"bits": 24, "packing": 4, "length": 64, "data": b"\2abc"}, "cut short"),
        ({"bits": 0, "packing": 5, "data": b"no PNG"}, r"a\.bmp could not be read"),
        ({"bits": 3, "packing": 0}, "form is not supported"),
    ],
)
def test_what_is_none_of_them_is_refused(tmp_path, fields, said):
    path = made(tmp_path / "a.bmp", (50, 70), **{"data": bytes(100), **fields})
    with pytest.raises(EngineError, match=said):
        open_source(path).load()


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=200), down=st.booleans())
def test_run_lengths_of_strangers(tmp_path_factory, data, down):
    path = made(
        tmp_path_factory.getbasetemp() / "s.bmp", (9, 11), 24, 4, data, length=64, down=down
    )
    with contextlib.suppress(OSError):  # it is cut short
        assert bmp.read_bmp(path, bmp.rare_bmp(path)).shape == (9, 11, 3)


# -- bmpsuite


def opened(assets, name):
    source = open_source(next((assets / "odd").rglob(name)))
    height, width = source.size
    return source.raw(0, (0, 0, width, height))


@pytest.mark.parametrize(
    ("name", "like", "channels"),
    [
        ("bmp__q__rgb24png.bmp", "bmp__g__rgb24.bmp", 3),
        ("images__bmp__images__lenient__rgb16-880.bmp", "bmp__g__rgb24.bmp", 2),
        ("images__bmp__images__rgb24rle24.bmp", "bmp__g__pal8.bmp", 3),
        ("bmp__q__pal8oversizepal.bmp", "bmp__g__pal8.bmp", 3),
        ("images__bmp__images__V3_X4_R4_G4_B4.bmp", "images__bmp__images__V3_R5_G6_B5.bmp", 3),
        ("images__bmp__images__V3_X4_R4_G4_B4_Top_Down.bmp",
         "images__bmp__images__V3_R5_G6_B5.bmp", 3),
    ],
)  # fmt: skip
def test_files_that_mean_the_same_picture_give_the_same_pixels(assets, name, like, channels):
    ours, theirs = opened(assets, name), opened(assets, like)
    assert np.array_equal(ours[..., :channels], theirs[..., :channels])
    assert not ours[..., channels:].any()


def test_eleven_bits_are_those_of_eight(assets):
    ours = opened(assets, "bmp__q__rgb32-111110.bmp").astype(float) / 257
    assert np.abs(ours - opened(assets, "bmp__g__rgb24.bmp")).max() < 0.6


FIELDS = {
    "images__bmp__images__V3_A4_R4_G4_B4.bmp": (0xF00, 0xF0, 0xF, 0xF000),
    "images__bmp__images__V3_A4_R4_G4_B4_Top_Down.bmp": (0xF00, 0xF0, 0xF, 0xF000),
    "images__bmp__images__lenient__rgb16-880.bmp": (0xFF00, 0xFF, 0),
    "images__bmp__images__rgba16-1924.bmp": (0x800, 0x1FF, 0x600, 0xF000),
    "bmp__q__rgba16-4444.bmp": (0xF00, 0xF0, 0xF, 0xF000),
    "bmp__q__rgb16-231.bmp": (0x30, 0xE, 0x1),
    "bmp__q__rgb32-111110.bmp": (0xFFE00000, 0x1FFC00, 0x3FF),
}
"""Names of the files say which bits are whose; bmpsuite's page says it in words."""


@pytest.mark.parametrize("name", FIELDS)
def test_fields_of_bits_in_files_of_others(assets, name):
    path = next((assets / "odd").rglob(name))
    data = path.read_bytes()
    start, width, height = struct.unpack_from("<I4xii", data, 10)
    bits = struct.unpack_from("<H", data, 28)[0]
    stride = (width * bits + 31) // 32 * 4
    values = np.array(
        [
            struct.unpack_from(f"<{width}{'H' if bits == 16 else 'I'}", data, start + row * stride)
            for row in range(abs(height))
        ]
    )
    values = values if height < 0 else values[::-1]
    about = bmp.rare_bmp(path)
    most = 65535 if about.sample_bits == 16 else 255
    assert np.array_equal(bmp.read_bmp(path, about), expected(values, FIELDS[name], most))


@pytest.mark.parametrize("name", ["bmp__q__pal2.bmp", "images__bmp__images__pal2color.bmp"])
def test_two_bits_in_files_of_others(assets, name):
    ours = opened(assets, name)
    data = next((assets / "odd").rglob(name)).read_bytes()
    palette = [tuple(data[54 + 4 * at : 57 + 4 * at][::-1]) for at in range(4)]
    for (y, x), at in ((place, 6 - 2 * (place[1] % 4)) for place in np.ndindex(64, 127)):
        assert tuple(ours[y, x].tolist()) == palette[data[70 + 32 * (63 - y) + x // 4] >> at & 3]


def test_what_pillow_reads_it_reads(assets):
    kinds = {
        path.name: read_header(path).kind
        for path in (assets / "odd").rglob("*.bmp")
        if "565" in path.name or "rgb24" in path.name
    }
    rare = {name for name, kind in kinds.items() if kind == bmp.KIND}
    assert rare == {
        "images__bmp__images__rgb24rle24.bmp",
        "bmp__q__rgb24png.bmp",
        "bmp__q__rgb24jpeg.bmp",
    }

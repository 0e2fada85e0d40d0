"""The quick look into a JPEG says what Pillow says, or nothing."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.errors import EngineError
from engine.images.header import image_header, read_header
from engine.images.jpeg_head import jpeg_head


def jpeg(size=(17, 9), orientation=None, **options):
    out = io.BytesIO()
    exif = Image.Exif()
    if orientation is not None:
        exif[274] = orientation
        exif[271] = "maker"
    Image.new("RGB", size, (9, 90, 200)).save(out, "JPEG", exif=exif, **options)
    return out.getvalue()


def told(path):
    """What both say; the quick one may say nothing."""
    quick = jpeg_head(path)
    if quick is not None:
        header = read_header(path)
        assert quick == (header.raw_size, header.orientation)
        assert image_header(path) == (header.size, header.orientation, header.raw_size)
    return quick


@pytest.mark.parametrize("orientation", [None, *range(10)])
@pytest.mark.parametrize("progressive", [False, True])
def test_every_orientation(tmp_path, orientation, progressive):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(orientation=orientation, progressive=progressive))
    found = told(path)
    known = orientation is None or 1 <= orientation <= 8
    assert found == (((9, 17), orientation or 1) if known else None)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_kinds_of_pixels(tmp_path, mode):
    path = tmp_path / "a.jpg"
    Image.new(mode, (6, 5)).save(path)
    assert told(path) == ((5, 6), 1)


def test_an_orientation_in_xmp_and_two_exif_segments_are_left_to_pillow(tmp_path):
    path = tmp_path / "a.jpg"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    Image.new("RGB", (6, 5)).save(path, xmp=xmp)
    assert told(path) is None
    data = jpeg(orientation=6)
    at = data.index(b"\xff\xe1")
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    path.write_bytes(data[:end] + data[at:end] + data[end:])
    assert told(path) is None


def test_segments_longer_than_what_is_read_at_once(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(orientation=8, icc_profile=b"x" * 150_000, comment=b"y" * 60_000))
    assert told(path) == ((9, 17), 8)


@given(st.data())
def test_damage_never_gives_another_answer(tmp_path_factory, data):
    whole = bytearray(jpeg(orientation=data.draw(st.sampled_from([None, 6]))))
    end = bytes(whole).index(b"\xff\xda") + 4
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, end - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 2 * end))
    path = tmp_path_factory.getbasetemp() / "damaged.jpg"
    path.write_bytes(bytes(whole[:cut]))
    quick = jpeg_head(path)
    if quick is None:
        return
    try:
        header = read_header(path)
    except EngineError:
        return  # Pillow is stricter about tables that say nothing of size and orientation
    assert quick == (header.raw_size, header.orientation)


def test_every_jpeg_there_is(assets):
    quick = 0
    for path in sorted(assets.rglob("*")):
        if path.is_file() and path.suffix.lower() in (".jpg", ".jpeg", ".jpe"):
            try:
                quick += told(path) is not None
            except EngineError:
                quick += 0
    assert quick > 50


def test_what_is_no_file_is_no_jpeg(tmp_path):
    assert jpeg_head(tmp_path) is None
    with pytest.raises(EngineError, match=r"none\.jpg is no longer in"):
        image_header(tmp_path / "none.jpg")

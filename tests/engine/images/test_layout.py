"""Pages and channels of TIFF files, as microscopes, ImageJ, GDAL and plain stacks write them."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.errors import EngineError
from engine.images.header import read_header
from engine.images.layout import layout_of
from engine.images.source import open_source, read_rgb
from engine.images.tone import NONE, Tone

RNG = np.random.default_rng(8)
H, W = 30, 40


def values(*shape, dtype=np.uint16):
    return RNG.integers(0, 200, (*shape, H, W)).astype(dtype)


def whole(path, page=0):
    source = open_source(path, page)
    source.load()
    return source, source.raw(0, (0, 0, source.size[1], source.size[0]))


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_channels_of_an_ome_file_are_one_image(tmp_path, compression):
    path = tmp_path / "cells.ome.tif"
    planes = values(5)
    names = ["DAPI", "GFP", "mCherry", "Cy5", "Phase"]
    tifffile.imwrite(
        path, planes, metadata={"axes": "CYX", "Channel": {"Name": names}}, compression=compression
    )
    source, pixels = whole(path)
    assert (source.pages, source.channels, source.names) == (1, 5, tuple(names))
    assert not source.colour
    assert np.array_equal(pixels, np.moveaxis(planes, 0, -1))
    assert source.value(7, 3) == tuple(planes[:, 3, 7])


@pytest.mark.parametrize("axes", ["TCZYX", "TZCYX"])
def test_positions_are_pages_whatever_the_order_of_the_axes(tmp_path, axes):
    path = tmp_path / "series.ome.tif"
    lengths = {"T": 2, "C": 2, "Z": 3}
    planes = values(*(lengths[each] for each in axes[:3]))
    tifffile.imwrite(path, planes, metadata={"axes": axes, "Channel": {"Name": ["a", "b"]}})
    ordered = np.moveaxis(planes, axes.index("C"), -1).reshape(6, H, W, 2)
    assert read_header(path).pages == 6
    for page in range(6):
        assert np.array_equal(whole(path, page)[1], ordered[page])
    with pytest.raises(EngineError, match="6 pages; there is no page 7"):
        open_source(path, 6)


def test_an_imagej_hyperstack_has_its_labels_for_names(tmp_path):
    path = tmp_path / "hyper.tif"
    planes = values(4, 3)
    labels = ["nuclei", "actin", "tubulin"] * 4
    tifffile.imwrite(path, planes, imagej=True, metadata={"axes": "ZCYX", "Labels": labels})
    source, pixels = whole(path, 3)
    assert (source.pages, source.names) == (4, ("nuclei", "actin", "tubulin"))
    assert np.array_equal(pixels, np.moveaxis(planes[3], 0, -1))


def test_bands_of_a_geotiff_have_their_descriptions_for_names(tmp_path):
    path = tmp_path / "field.tif"
    notes = (
        "<GDALMetadata>"
        '<Item name="DESCRIPTION" sample="0" role="description">blue</Item>'
        '<Item name="DESCRIPTION" sample="3" role="description">near  infrared</Item>'
        "</GDALMetadata>"
    )
    tifffile.imwrite(
        path,
        np.moveaxis(values(5), 0, -1),
        photometric="minisblack",
        planarconfig="contig",
        metadata=None,
        extratags=[(42112, "s", 0, notes, True)],
    )
    source, _ = whole(path)
    assert source.names == ("blue", "Channel 2", "Channel 3", "near infrared", "Channel 5")


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_many_channels_in_one_image(tmp_path, planar, dtype):
    path = tmp_path / "many.tif"
    planes = values(6, dtype=dtype)
    data = planes if planar == "separate" else np.moveaxis(planes, 0, -1)
    tifffile.imwrite(path, data, photometric="minisblack", planarconfig=planar, metadata=None)
    source, pixels = whole(path)
    assert (source.channels, source.dtype) == (6, dtype)
    assert np.array_equal(pixels, np.moveaxis(planes, 0, -1))
    assert read_rgb(path, 0, Tone(channels=(5, NONE, 2))).shape == (H, W, 3)


def test_a_fourth_channel_that_is_no_alpha_is_kept_and_not_taken_for_one(tmp_path):
    path = tmp_path / "rgbn.tif"
    pixels = np.moveaxis(values(4, dtype=np.uint8), 0, -1)
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unspecified"], metadata=None)
    source, found = whole(path)
    assert source.names == ("Red", "Green", "Blue", "Channel 4")
    assert np.array_equal(found, pixels)
    assert np.array_equal(read_rgb(path), pixels[..., :3])


def test_alpha_of_sixteen_bits_is_paper_and_no_channel(tmp_path):
    path = tmp_path / "rgba.tif"
    pixels = np.moveaxis(values(4), 0, -1)
    pixels[..., 3] = 65_535
    pixels[0, 0, 3] = 0
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unassalpha"], metadata=None)
    source, found = whole(path)
    assert source.channels == 3
    assert np.array_equal(found[1:], pixels[1:, :, :3])
    assert found[0, 0].tolist() == [65_535] * 3


@pytest.mark.parametrize(
    "dtype", [np.int8, np.int16, np.int32, np.uint32, np.float16, np.float32, np.float64]
)
def test_every_type_of_number_keeps_its_values(tmp_path, dtype):
    path = tmp_path / "numbers.tif"
    pixels = (RNG.normal(0, 40, (H, W))).astype(dtype)
    tifffile.imwrite(path, pixels, metadata=None)
    source, found = whole(path)
    assert source.dtype == dtype
    assert np.array_equal(found, pixels)
    shown = read_rgb(path)
    assert shown.min() == 0
    assert shown.max() == 255


def test_inks_of_sixteen_bits_become_colour(tmp_path):
    path = tmp_path / "print.tif"
    inks = np.zeros((H, W, 4), np.uint16)
    inks[0, 0] = 65_535, 0, 0, 0
    inks[0, 1] = 0, 0, 65_535, 32_768
    tifffile.imwrite(path, inks, photometric="separated", metadata=None)
    source, found = whole(path)
    assert source.names == ("Red", "Green", "Blue")
    assert found[0, 0].tolist() == [0, 65_535, 65_535]
    assert found[0, 1].tolist() == [32_767, 32_767, 0]
    assert found[1, 1].tolist() == [65_535] * 3


def test_complex_numbers_are_refused_in_words(tmp_path):
    path = tmp_path / "waves.tif"
    tifffile.imwrite(path, values().astype(np.complex64), metadata=None)
    with pytest.raises(EngineError, match=r"waves\.tif holds complex numbers"):
        whole(path)


def test_pages_of_sixteen_bits_packed_by_lzw(tmp_path):
    path = tmp_path / "packed.tif"
    pages = [Image.fromarray(plane) for plane in values(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="tiff_lzw")
    for number, page in enumerate(pages):
        assert np.array_equal(whole(path, number)[1], np.asarray(page))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_a_turned_deep_tiff_is_turned_once(tmp_path, orientation, compression):
    path = tmp_path / "turned.tif"
    image = Image.fromarray(values())
    image.save(path, compression=compression, tiffinfo={274: orientation})
    from engine.images.convert import orient

    source, found = whole(path)
    assert np.array_equal(found, orient(np.asarray(image), orientation))
    assert source.size == found.shape


def test_white_may_be_zero(tmp_path):
    path = tmp_path / "turned over.tif"
    pixels = values()
    tifffile.imwrite(path, pixels, photometric="miniswhite", metadata=None)
    assert np.array_equal(whole(path)[1], 65_535 - pixels)


def test_a_stack_of_ten_thousand_pages_is_counted_without_walking_through_them(tmp_path):
    path = tmp_path / "long.tif"
    with tifffile.TiffWriter(path) as writer:
        for number in range(10_000):
            plane = np.full((4, 4), number % 60_000, np.uint16)
            writer.write(plane, contiguous=False, metadata=None)
    assert read_header(path).pages == 10_000
    header = read_header(path, 9_999)
    assert header.size == (4, 4)
    assert (whole(path, 9_999)[1] == 9_999).all()


def test_an_imagej_file_of_one_description_reads_all_its_planes(tmp_path):
    """ImageJ writes files of more than 4 GB with one description and the planes behind it."""
    path = tmp_path / "huge.tif"
    planes = values(3, 2)
    tifffile.imwrite(path, planes, imagej=True, metadata={"axes": "ZCYX"})
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        start = file.pages[0].offset
        order = "little" if file.byteorder == "<" else "big"
        entries = int.from_bytes(data[start : start + 2], order)
    end = start + 2 + 12 * entries
    data[end : end + 4] = bytes(4)  # there is no next description
    path.write_bytes(bytes(data))
    assert layout_of(path).block is not None
    for page in range(3):
        assert np.array_equal(whole(path, page)[1], np.moveaxis(planes[page], 0, -1))


def test_smaller_copies_are_no_pages(tmp_path):
    path = tmp_path / "pyramid.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(values(), metadata=None)
        writer.write(values()[::2, ::2], subfiletype=1, metadata=None)
    assert read_header(path).pages == 1


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_and_stacks_are_pages(tmp_path, kind):
    path = tmp_path / f"moving.{kind.lower()}"
    frames = [Image.new("RGB", (9, 7), (80 * n, 10, 10)) for n in range(3)]
    options = {"lossless": True} if kind == "WEBP" else {}
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], **options)
    assert read_header(path).pages == 3
    for number, frame in enumerate(frames):
        assert np.abs(read_rgb(path, number).astype(int) - np.asarray(frame)).max() <= 4

import numpy as np
import psutil
import pytest
import tifffile
from PIL import Image

from engine.errors import EngineError
from engine.images import tiff
from engine.images.convert import orient
from engine.images.pyramid import level_size, pyramid
from engine.images.region import RegionSource
from engine.images.source import open_source
from tests.engine.images.slides import few, halves, slope, write_slide


@pytest.fixture(autouse=True)
def by_region(monkeypatch):
    """Small files are read by region too."""
    monkeypatch.setattr(tiff, "_WHOLE_UP_TO", 0)


def noise(*shape, dtype=np.uint8, high=256, seed=0):
    return np.random.default_rng(seed).integers(0, high, shape).astype(dtype)


def opened(path):
    source = open_source(path)
    assert isinstance(source, RegionSource)
    return source


def same_as(source, whole, atol=0):
    """Every level, whole and a box of it, is that of the picture."""
    assert source.size == whole.shape[:2]
    for level, expected in enumerate(pyramid(whole)):
        height, width = expected.shape[:2]
        for box in ((0, 0, width, height), (width // 3, height // 4, width // 2, height // 2 + 1)):
            found = source.raw(level, box)
            assert found.dtype == expected.dtype
            part = expected[box[1] : box[3], box[0] : box[2]]
            assert np.allclose(found.astype(float), part.astype(float), atol=atol), (level, box)


FORMS = {
    "tiles": {"tile": (256, 256)},
    "deflate": {"tile": (128, 256), "compression": "zlib"},
    "differences": {"tile": (256, 256), "compression": "zlib", "predictor": True},
    "strips": {"compression": "zlib", "rowsperstrip": 100},
    "big endian": {"tile": (256, 256), "byteorder": ">"},
    "bigtiff": {"tile": (256, 256), "bigtiff": True},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.int32, np.float32])
def test_any_type_in_any_form(tmp_path, form, dtype):
    if form == "differences" and dtype == np.float32:
        form = "deflate"  # tifffile writes no differences of floats
    pixels = noise(531, 703, dtype=dtype, high=100)
    tifffile.imwrite(tmp_path / "a.tif", pixels, **FORMS[form])
    same_as(opened(tmp_path / "a.tif"), pixels)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_colour_in_any_orientation(tmp_path, form, orientation):
    pixels = noise(531, 703, 3)
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", extratags=[tag], **FORMS[form])
    source = opened(tmp_path / "a.tif")
    whole = orient(pixels, orientation)
    same_as(source, whole)
    assert source.value(11, 7) == tuple(whole[7, 11])
    assert source.value(-1, 0) == source.value(0, 10_000) == ()


@pytest.mark.parametrize("form", [{}, {"tile": (256, 256), "compression": "zlib"}])
def test_planes_one_after_the_other(tmp_path, form):
    pixels = noise(3, 531, 703)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", planarconfig="separate", **form)
    same_as(opened(tmp_path / "a.tif"), np.moveaxis(pixels, 0, -1))


def test_channels_in_images_of_their_own(tmp_path):
    pixels = noise(5, 531, 703, dtype=np.uint16, high=4096)
    tifffile.imwrite(
        tmp_path / "a.ome.tif", pixels, metadata={"axes": "CYX"}, tile=(256, 256), ome=True
    )
    source = opened(tmp_path / "a.ome.tif")
    assert source.channels == 5
    same_as(source, np.moveaxis(pixels, 0, -1))


def test_white_that_is_zero(tmp_path):
    pixels = noise(531, 703)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="miniswhite", tile=(256, 256))
    same_as(opened(tmp_path / "a.tif"), 255 - pixels)


def test_alpha_is_laid_on_paper(tmp_path):
    pixels = noise(531, 703, 4)
    pixels[..., 3] = 0
    tifffile.imwrite(
        tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=["unassalpha"], tile=(256, 256)
    )
    source = opened(tmp_path / "a.tif")
    assert source.channels == 3
    assert (source.raw(0, (0, 0, 703, 531)) == 255).all()


@pytest.mark.parametrize("name", ["tiff_lzw", "packbits", "zstd", "lzma", "tiff_deflate"])
def test_what_libtiff_unpacks(tmp_path, name):
    pixels = noise(531, 703, 3)
    Image.fromarray(pixels).save(tmp_path / "a.tif", compression=name)
    same_as(opened(tmp_path / "a.tif"), pixels)


def test_sixteen_bits_by_lzw(tmp_path):
    import cv2

    pixels = noise(531, 703, 3, dtype=np.uint16, high=60_000)
    flags = [cv2.IMWRITE_TIFF_COMPRESSION, 5]
    cv2.imwrite(str(tmp_path / "a.tif"), pixels[..., ::-1], flags)
    same_as(opened(tmp_path / "a.tif"), pixels)


@pytest.mark.parametrize("writer", ["rgb", "ycbcr"])
def test_strips_that_are_jpegs(tmp_path, writer):
    import cv2

    pixels = slope((0, 0, 768, 512), 0, (512, 768))
    if writer == "rgb":
        Image.fromarray(pixels).save(tmp_path / "a.tif", compression="jpeg", quality=95)
    else:
        flags = [cv2.IMWRITE_TIFF_COMPRESSION, 7, cv2.IMWRITE_TIFF_ROWSPERSTRIP, 64]
        cv2.imwrite(str(tmp_path / "a.tif"), pixels[..., ::-1], flags)
    same_as(opened(tmp_path / "a.tif"), pixels, atol=6)


def test_floats_by_differences(tmp_path):
    import cv2

    pixels = noise(531, 703, high=100).astype(np.float32) / 7
    flags = [cv2.IMWRITE_TIFF_COMPRESSION, 8, cv2.IMWRITE_TIFF_PREDICTOR, 3]
    cv2.imwrite(str(tmp_path / "a.tif"), pixels, flags)
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert int(file.pages[0].predictor) == 3
    same_as(opened(tmp_path / "a.tif"), pixels, atol=1e-5)


def test_tiles_that_are_not_stored_are_black(tmp_path):
    write_slide(tmp_path / "a.tif", 3000, 2000, stored=lambda level, row, column: column < 2)
    source = opened(tmp_path / "a.tif")
    assert source.raw(0, (512, 0, 3000, 2000)).max() == 0
    assert source.raw(0, (256, 300, 512, 400)).min() > 0


@pytest.mark.parametrize("subifds", [True, False])
def test_stored_levels_are_read_not_made(tmp_path, subifds, monkeypatch):
    path = write_slide(tmp_path / "a.tif", 9000, 5000, stored=few, subifds=subifds)
    source = opened(path)
    assert source.pages == 1
    assert source.quick
    sizes = halves(9000, 5000)
    assert source.levels == len(sizes)
    assert [each.size for each in source._stored] == sizes
    for level in range(4, source.levels):
        height, width = level_size(source.size, level)
        found = source.raw(level, (0, 0, width, height))
        assert np.array_equal(found, slope((0, 0, width, height), level, (5000, 9000)))
    small = source.overview(300)
    assert small.shape == (167, 300, 3)


def test_levels_that_are_no_powers_of_two(tmp_path):
    whole = slope((0, 0, 3000, 2100), 0, (2100, 3000))
    third = slope((0, 0, 1000, 700), 0, (700, 1000))
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(whole, photometric="rgb", tile=(256, 256), subifds=1)
        writer.write(third, photometric="rgb", tile=(256, 256), subfiletype=1)
    source = opened(tmp_path / "a.tif")
    height, width = level_size(source.size, 2)
    expected = slope((0, 0, width, height), 2, (2100, 3000)).astype(int)
    found = source.raw(2, (100, 50, 400, 300)).astype(int)
    assert np.abs(found - expected[50:300, 100:400]).max() <= 3


def test_a_smaller_picture_of_something_else_is_no_level(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(noise(600, 900, 3), photometric="rgb", tile=(256, 256), subifds=1)
        writer.write(noise(300, 300, 3), photometric="rgb", tile=(256, 256), subfiletype=1)
    assert len(opened(tmp_path / "a.tif")._stored) == 1


def test_six_thousand_million_pixels_take_little_memory(tmp_path):
    path = write_slide(tmp_path / "huge.tif", 100_000, 60_000, stored=few)
    before = psutil.Process().memory_info().rss
    source = opened(path)
    source.load()
    assert source.overview(1000).shape == (600, 1000, 3)
    for level in range(source.levels):
        height, width = level_size(source.size, level)
        x, y = width // 2, height // 2
        assert source.raw(level, (x, y, min(width, x + 512), min(height, y + 512))).ndim == 3
    assert source.need == 0
    assert source.nbytes < 32 << 20
    assert psutil.Process().memory_info().rss - before < 200 << 20


def test_an_uncompressed_file_is_not_counted_as_memory(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.memmap(path, shape=(9000, 9000, 3), dtype=np.uint8, photometric="rgb").flush()
    source = opened(path)
    source.load()
    assert source.nbytes < 9000 * 9000 * 3 / 8
    assert source.finest_kept == 2


def test_a_damaged_tile_is_refused_by_name(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, noise(531, 703, 3), photometric="rgb", tile=(256, 256), compression=8)
    with tifffile.TiffFile(path) as file:
        at = file.pages[0].dataoffsets[0]
    data = bytearray(path.read_bytes())
    data[at : at + 40] = bytes(40)
    path.write_bytes(bytes(data))
    source = opened(path)
    with pytest.raises(EngineError, match=r"a\.tif"):
        source.raw(0, (0, 0, 100, 100))
    assert source.raw(0, (300, 300, 400, 400)).shape == (100, 100, 3)


def test_sixteen_bits_look_the_same_in_every_part(tmp_path):
    path = tmp_path / "a.tif"
    pixels = np.tile(np.arange(2000, dtype=np.uint16), (1500, 1))
    tifffile.imwrite(path, pixels, tile=(256, 256), compression="zlib")
    source = opened(path)
    assert source.read(0, (0, 0, 10, 10)).max() < 5
    assert source.read(0, (1990, 0, 2000, 10)).min() > 250
    again = opened(path)
    again.load()
    assert again.look() == source.look()


def test_small_files_of_any_form_are_decoded_too(tmp_path, monkeypatch):
    """Four channels of 16 bits by LZW: no other reader here keeps them."""
    monkeypatch.setattr(tiff, "_WHOLE_UP_TO", 1 << 30)
    import cv2

    pixels = noise(53, 70, 4, dtype=np.uint16, high=60_000)
    cv2.imwrite(str(tmp_path / "a.tif"), pixels, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    source = open_source(tmp_path / "a.tif")
    assert not isinstance(source, RegionSource)
    source.load()
    assert source.dtype == np.uint16

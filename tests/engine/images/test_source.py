import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from engine.errors import EngineError
from engine.images.folder import IMAGE_SUFFIXES
from engine.images.header import image_header, read_header
from engine.images.plain import PlainSource
from engine.images.pyramid import halve, level_count, level_size, pyramid, shrink
from engine.images.region import RegionSource
from engine.images.source import open_source, read_rgb
from engine.images.thumbnail import thumbnail


def noise(*shape, high=256, dtype=np.uint8, seed=0):
    return np.random.default_rng(seed).integers(0, high, shape).astype(dtype)


def save_turned(path, pixels, orientation, **options):
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[274] = orientation
    image.save(path, exif=exif, **options)


# -- header --------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_header_gives_the_size_as_seen(tmp_path, suffix, orientation):
    path = tmp_path / f"a{suffix}"
    save_turned(path, noise(20, 30, 3), orientation)
    size, found, raw = image_header(path)
    assert found == orientation
    assert raw == (20, 30)
    assert size == ((30, 20) if orientation >= 5 else (20, 30))
    assert read_rgb(path).shape[:2] == size


def test_a_png_header_is_read_without_its_pixels(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    save_turned(path, noise(20, 30, 3), 6)
    Image.fromarray(noise(20, 30, 3)).save(tmp_path / "plain.png")

    def refuse(self):
        raise AssertionError("decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", refuse)
    assert image_header(path)[1] == 6
    assert image_header(tmp_path / "plain.png")[1] == 1


@pytest.mark.parametrize("damaged", [False, True])
def test_exif_after_the_pixels_of_a_png_counts(tmp_path, damaged):
    path = tmp_path / "a.png"
    Image.fromarray(noise(20, 30, 3)).save(path)
    exif = Image.Exif()
    exif[274] = 8
    chunk = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
    check = zlib.crc32(chunk) ^ damaged
    whole = (len(chunk) - 4).to_bytes(4, "big") + chunk + check.to_bytes(4, "big")
    data = path.read_bytes()
    path.write_bytes(data[:-12] + whole + data[-12:])
    assert image_header(path)[1] == (1 if damaged else 8)


def test_an_orientation_that_is_none_counts_as_one(tmp_path):
    save_turned(tmp_path / "a.jpg", noise(8, 8, 3), 17)
    assert image_header(tmp_path / "a.jpg")[1] == 1


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "empty.png"), (b"no image at all" * 9, "text.jpg")]
)
def test_what_is_no_image_is_refused_by_name(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EngineError, match=name):
        image_header(tmp_path / name)


def test_a_missing_file_is_said_so(tmp_path):
    with pytest.raises(EngineError, match="no longer"):
        open_source(tmp_path / "gone.png")


def test_a_bomb_is_refused_before_its_pixels(tmp_path):
    path = tmp_path / "bomb.ppm"
    path.write_bytes(b"P6\n400000 400000\n255\n")
    with pytest.raises(EngineError, match="400,000 × 400,000"):
        open_source(path)


def test_a_file_cut_short_is_refused_by_name(tmp_path):
    path = tmp_path / "short.jpg"
    Image.fromarray(noise(300, 300, 3)).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    source = open_source(path)
    with pytest.raises(EngineError, match=r"short\.jpg"):
        source.load()


@pytest.mark.parametrize("size", [(1300, 1200)])
def test_a_large_file_cut_short_is_refused_too(tmp_path, size):
    path = tmp_path / "short.png"
    Image.fromarray(noise(*size, 3)).save(path)
    path.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(EngineError, match=r"short\.png"):
        read_rgb(path)


def test_suffixes_are_lower_case_with_a_dot():
    assert ".jpg" in IMAGE_SUFFIXES
    assert ".tif" in IMAGE_SUFFIXES
    assert all(each == each.lower() and each[0] == "." for each in IMAGE_SUFFIXES)


# -- pages ---------------------------------------------------------------------------------------


def test_pages_are_counted_and_read(tmp_path):
    path = tmp_path / "pages.tif"
    first, second = (Image.fromarray(noise(8, 9, 3, seed=seed)) for seed in (1, 2))
    first.save(path, save_all=True, append_images=[second], compression="tiff_deflate")
    assert read_header(path).pages == 2
    assert np.array_equal(read_rgb(path, 1), np.asarray(second))
    assert np.array_equal(read_rgb(path), np.asarray(first))
    with pytest.raises(EngineError, match="2 pages"):
        open_source(path, 2)


def test_pages_of_a_mapped_file(tmp_path):
    path = tmp_path / "pages.tif"
    pages = noise(2, 40, 50, 3)
    with tifffile.TiffWriter(path) as writer:
        for page in pages:
            writer.write(page, photometric="rgb")
    source = open_source(path, 1)
    assert isinstance(source, RegionSource)
    assert np.array_equal(source.read(0, (0, 0, 50, 40)), pages[1])


# -- levels --------------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 40))
def test_halving_is_the_mean_of_four(height, width):
    pixels = noise(height, width, 3, seed=height * 100 + width)
    padded = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge").astype(float)
    mean = (padded[0::2, 0::2] + padded[1::2, 0::2] + padded[0::2, 1::2] + padded[1::2, 1::2]) / 4
    assert np.abs(halve(pixels) - mean).max() <= 0.5


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_the_last_level_is_small(height, width):
    size = (height, width)
    last = level_count(size) - 1
    assert max(level_size(size, last)) <= 512
    assert last == 0 or max(level_size(size, last - 1)) > 512


def test_levels_have_the_sizes_they_say():
    levels = pyramid(noise(1301, 907, 3))
    assert [each.shape[:2] for each in levels] == [
        level_size((1301, 907), k) for k in range(level_count((1301, 907)))
    ]


def test_shrinking_keeps_the_shape_and_never_enlarges():
    assert shrink(noise(100, 50, 3), 20).shape == (20, 10, 3)
    assert shrink(noise(100, 1, 3), 20).shape == (20, 1, 3)
    small = noise(10, 5, 3)
    assert shrink(small, 20) is small


# -- plain files ---------------------------------------------------------------------------------


def test_opening_decodes_nothing(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(noise(600, 700, 3)).save(path)
    source = open_source(path)
    assert not source.loaded
    assert source.value(0, 0) == ()
    assert source.nbytes == 0
    source.load()
    assert source.loaded
    assert source.nbytes >= 600 * 700 * 3


def test_boxes_of_levels(tmp_path):
    path = tmp_path / "a.png"
    pixels = noise(600, 700, 3)
    Image.fromarray(pixels).save(path)
    source = open_source(path)
    assert source.levels == 2
    assert source.size == (600, 700)
    assert np.array_equal(source.read(0, (13, 40, 113, 90)), pixels[40:90, 13:113])
    assert np.array_equal(source.read(1, (0, 0, 350, 300)), halve(pixels))
    assert source.value(5, 9) == tuple(pixels[9, 5])
    assert source.value(-1, 0) == source.value(700, 0) == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_large_files_are_decoded_as_pillow_does(tmp_path, kind, mode):
    path = tmp_path / f"a.{kind.lower()}"
    image = Image.fromarray(noise(1300, 1210, 3)).convert(mode)
    exif = image.getexif()
    exif[274] = 6
    image.save(path, kind, exif=exif)
    expected = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    assert np.array_equal(read_rgb(path), np.asarray(expected))


def test_an_overview_comes_without_loading_a_jpeg(tmp_path):
    path = tmp_path / "a.jpg"
    save_turned(path, np.full((1600, 800, 3), 90, np.uint8), 8)
    source = open_source(path)
    picture = source.overview(200)
    assert picture.shape == (100, 200, 3)
    assert abs(int(picture.mean()) - 90) < 3
    assert source.quick
    assert not source.loaded


def test_thumbnails_are_oriented(tmp_path):
    path = tmp_path / "a.jpg"
    pixels = np.zeros((64, 32, 3), np.uint8)
    pixels[:32] = 250
    save_turned(path, pixels, 6, quality=95)
    small = thumbnail(path, 16)
    assert small.shape == (8, 16, 3)
    assert small[:, -1].min() > 200
    assert small[:, 0].max() < 50


def test_closing_lets_go(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(noise(10, 10, 3)).save(path)
    source = open_source(path)
    source.load()
    source.close()
    assert not source.loaded
    assert source.nbytes == 0


# -- more than eight bits, and other forms -------------------------------------------------------


def test_sixteen_bit_colour_png_keeps_its_bits(tmp_path):
    import cv2

    path = tmp_path / "deep.png"
    pixels = noise(30, 40, 3, high=4096, dtype=np.uint16)
    cv2.imwrite(str(path), pixels[..., ::-1])
    source = open_source(path)
    source.load()
    assert source.value(7, 5) == tuple(pixels[5, 7])
    assert source.dtype == np.uint16
    assert source.channels == 3
    shown = source.read(0, (0, 0, 40, 30))
    assert shown.min() == 0
    assert shown.max() == 255


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_sixteen_bit_tiff_keeps_its_bits(tmp_path, compression):
    path = tmp_path / "deep.tif"
    pixels = noise(30, 40, 3, high=4096, dtype=np.uint16)
    tifffile.imwrite(path, pixels, photometric="rgb", compression=compression)
    source = open_source(path)
    source.load()
    assert isinstance(source, PlainSource if compression else RegionSource)
    assert source.value(7, 5) == tuple(pixels[5, 7])
    shown = source.read(0, (0, 0, 40, 30))
    assert shown.min() == 0
    assert shown.max() == 255


def test_planar_sixteen_bit_tiff(tmp_path):
    path = tmp_path / "planar.tif"
    pixels = noise(3, 30, 40, high=4096, dtype=np.uint16)
    tifffile.imwrite(path, pixels, photometric="rgb", planarconfig="separate")
    source = open_source(path)
    source.load()
    assert source.value(7, 5) == tuple(pixels[:, 5, 7])


def test_grey_sixteen_bit_png(tmp_path):
    path = tmp_path / "grey.png"
    pixels = noise(12, 13, high=60_000, dtype=np.uint16)
    Image.fromarray(pixels).save(path)
    source = open_source(path)
    source.load()
    assert source.value(3, 4) == (pixels[4, 3],)
    assert source.dtype == np.uint16


def test_float_tiff(tmp_path):
    path = tmp_path / "float.tif"
    pixels = np.linspace(-3, 9, 200, dtype=np.float32).reshape(10, 20)
    tifffile.imwrite(path, pixels)
    out = read_rgb(path)
    assert out[0, 0, 0] == 0
    assert out[-1, -1, 0] == 255


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "CMYK", "YCbCr", "I", "F"])
def test_every_mode_shows(tmp_path, mode):
    path = tmp_path / "a.tif"
    image = Image.fromarray(noise(9, 9, 3)).convert("RGB")
    if mode in ("I", "F"):
        image = image.convert("L")
    if mode == "PA":
        mode = "P"
    image.convert(mode).save(path)
    out = read_rgb(path)
    assert out.shape == (9, 9, 3)
    assert out.std() > 10


def test_palette_with_transparency(tmp_path):
    path = tmp_path / "a.gif"
    image = Image.new("P", (4, 4), 1)
    image.putpalette([255, 0, 0, 0, 0, 255] + [0] * 6)
    image.putpixel((0, 0), 0)
    image.save(path, transparency=0)
    out = read_rgb(path)
    assert out[0, 0].tolist() == [255, 255, 255]
    assert out[1, 1].tolist() == [0, 0, 255]


# -- mapped TIFF ---------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mapped_tiff_reads_like_a_decoded_one(tmp_path, orientation):
    path = tmp_path / "big.tif"
    pixels = noise(1030, 1400, 3)
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(path, pixels, photometric="rgb", extratags=[tag])
    source = open_source(path)
    assert isinstance(source, RegionSource)
    assert source.levels == 3
    image = Image.fromarray(pixels)
    image.getexif()[274] = orientation
    whole = np.asarray(ImageOps.exif_transpose(image))
    assert source.size == whole.shape[:2]
    assert np.array_equal(source.read(0, (100, 30, 400, 90)), whole[30:90, 100:400])
    levels = pyramid(whole)
    assert np.array_equal(source.read(1, (10, 20, 300, 200)), levels[1][20:200, 10:300])
    assert not source.loaded
    height, width = levels[2].shape[:2]
    assert np.array_equal(source.read(2, (0, 0, width, height)), levels[2])
    assert source.loaded
    assert source.nbytes < pixels.nbytes / 8
    assert source.value(11, 7) == tuple(whole[7, 11])


def test_a_mapped_tiff_is_seen_at_once(tmp_path):
    path = tmp_path / "big.tif"
    tifffile.imwrite(path, np.full((3000, 2000), 77, np.uint8))
    source = open_source(path)
    picture = source.overview(300)
    assert picture.shape == (300, 200, 3)
    assert (picture == 77).all()
    assert not source.loaded


def test_sixteen_bit_windows_are_the_same_in_every_part(tmp_path):
    path = tmp_path / "deep.tif"
    pixels = np.tile(np.arange(2000, dtype=np.uint16), (1500, 1))
    tifffile.imwrite(path, pixels)
    source = open_source(path)
    left, right = source.read(0, (0, 0, 10, 10)), source.read(0, (1990, 0, 2000, 10))
    assert left.max() < 5
    assert right.min() > 250


@pytest.mark.filterwarnings("ignore")
@pytest.mark.assets
def test_odd_files_are_read_or_refused_in_words(assets):
    read, refused = 0, []
    for path in sorted((assets / "odd").rglob("*")):
        if not path.is_file() or path.suffix == ".csv":
            continue
        try:
            source = open_source(path)
            source.load()
            small = source.overview(64)
        except EngineError as problem:
            refused.append((path.name, str(problem)))
            continue
        read += 1
        height, width = source.size
        assert source.read(0, (0, 0, width, height)).shape == (height, width, 3)
        assert max(small.shape[:2]) <= 64
    assert read > 350
    assert all(name in sentence for name, sentence in refused)


@pytest.mark.assets
def test_photos_of_all_orientations_show_the_same(assets):
    folder = assets / "odd" / "exif-orientation"
    for family in ("Landscape", "Portrait"):
        pictures = [thumbnail(path, 60) for path in sorted(folder.rglob(f"*{family}_[1-8]*"))]
        assert len(pictures) >= 5
        first = pictures[0].astype(int)
        for other in pictures[1:]:
            assert other.shape == first.shape
            assert np.abs(other - first).mean() < 6

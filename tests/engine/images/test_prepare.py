import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.errors import EngineError
from engine.images import cache, prepare, room, tiff
from engine.images.convert import orient
from engine.images.pyramid import halve, level_size, pyramid
from engine.images.region import RegionSource
from engine.images.source import open_source
from engine.images.stack import Stack
from engine.images.thumbnail import thumbnail
from engine.images.tiff_levels import stored_levels


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """An empty cache folder, and images that are too large from 1 MiB on."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "pyramids")
    monkeypatch.setattr(room, "_HOLD_MOST", 1 << 20)
    return tmp_path / "pyramids"


def noise(*shape, dtype=np.uint8, high=256, seed=0):
    return np.random.default_rng(seed).integers(0, high, shape).astype(dtype)


def png(path, pixels, orientation=1):
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(pixels).save(path, exif=exif, compress_level=1)
    return path


def same_as(source, whole):
    for level, expected in enumerate(pyramid(whole)):
        height, width = expected.shape[:2]
        box = (width // 3, height // 4, width // 2, height // 2 + 1)
        part = expected[box[1] : box[3], box[0] : box[2]]
        assert np.array_equal(source.raw(level, box), part), level


# -- the levels ----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("step", [1, 2, 7, 64, 999])
def test_rows_give_the_same_halves_as_the_whole(first, step):
    pixels = noise(301, 203, 3)
    rows: dict[int, list] = {}
    levels = Stack(
        (301, 203), 5, lambda level, some: rows.setdefault(level, []).append(some), first
    )
    for top in range(0, 301, step):
        levels.add(pixels[top : top + step])
    assert levels.whole
    turned = pixels[:: -1 if first[0] else 1, :: -1 if first[1] else 1]
    expected = turned
    for level in range(5):
        found = np.concatenate(rows[level])
        assert np.array_equal(found[:: -1 if first[0] else 1, :: -1 if first[1] else 1], expected)
        expected = halve(np.ascontiguousarray(expected))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_large_png_is_read_from_what_was_prepared(tmp_path, kept, orientation):
    pixels = noise(1031, 1403, 3)
    path = png(tmp_path / "a.png", pixels, orientation)
    source = open_source(path)
    assert isinstance(source, RegionSource)
    assert not source.quick
    assert source.need == 0
    assert source.value(3, 4) == ()
    source.load()
    whole = orient(pixels, orientation)
    same_as(source, whole)
    assert source.value(3, 4) == tuple(whole[4, 3])
    again = open_source(path)
    assert again.quick
    assert again.overview(200).shape[:2] == ((200, 147) if orientation >= 5 else (147, 200))
    same_as(again, whole)
    assert len(list(kept.iterdir())) == 1


@pytest.mark.parametrize("dtype", [np.uint16, np.uint8])
def test_grey_and_deep_pngs(tmp_path, dtype):
    pixels = noise(1031, 1403, dtype=dtype, high=np.iinfo(dtype).max)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    source = open_source(tmp_path / "a.png")
    source.load()
    same_as(source, pixels)
    assert source.names == ("Grey",)


def test_other_kinds_are_decoded_once_and_say_what_they_need(tmp_path, kept):
    pixels = noise(1031, 1403, 3)
    Image.fromarray(pixels).save(tmp_path / "a.webp", lossless=True)
    source = open_source(tmp_path / "a.webp")
    assert source.need >= pixels.nbytes
    source.load()
    same_as(source, pixels)
    again = open_source(tmp_path / "a.webp")
    assert again.need == 0
    same_as(again, pixels)


def test_levels_that_are_missing_in_a_tiff_are_prepared(tmp_path, kept, monkeypatch):
    monkeypatch.setattr(tiff, "_WHOLE_UP_TO", 0)
    monkeypatch.setattr(prepare, "_KEPT", 500_000)
    pixels = noise(2800, 3000, 3)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, photometric="rgb", tile=(256, 256), compression="zlib")
    source = open_source(path)
    assert source.finest_kept > 2
    source.load()
    (file,) = kept.iterdir()
    assert stored_levels(file)[0].size == level_size((2800, 3000), 2)
    same_as(source, pixels)
    same_as(open_source(path), pixels)


def test_a_large_image_has_a_small_picture_only_once_it_is_prepared(tmp_path):
    path = png(tmp_path / "a.png", noise(1031, 1403, 3))
    assert thumbnail(path, 100) is None
    open_source(path).load()
    assert thumbnail(path, 100).shape == (74, 100, 3)


# -- whole or not at all -------------------------------------------------------------------------


def test_closing_ends_the_work_and_leaves_nothing(tmp_path, kept):
    path = png(tmp_path / "a.png", noise(1031, 1403, 3))
    source = open_source(path)
    begun, go = threading.Event(), threading.Event()
    rows = source._feed.rows

    def slowly():
        for part in rows():
            yield part
            begun.set()
            assert go.wait(10)

    source._feed.rows = slowly
    worker = threading.Thread(target=source.load)
    worker.start()
    assert begun.wait(10)
    assert [each.suffix for each in kept.iterdir()] == [".part"]
    source.close()
    go.set()
    worker.join(10)
    assert not worker.is_alive()
    assert not source.loaded
    assert source.nbytes == 0
    assert list(kept.iterdir()) == []


def test_what_is_there_so_far_shows(tmp_path):
    path = png(tmp_path / "a.png", noise(1031, 1403, 3))
    source = open_source(path)
    assert source.so_far(100) is None
    seen = []
    rows = source._feed.rows

    def watched():
        for part in rows():
            yield part
            seen.append(source.so_far(100))

    source._feed.rows = watched
    source.load()
    assert seen
    assert all(each.shape == (74, 100, 3) for each in seen)


def test_a_file_cut_short_leaves_nothing(tmp_path, kept):
    path = png(tmp_path / "a.png", noise(1031, 1403, 3))
    path.write_bytes(path.read_bytes()[:2_000_000])
    with pytest.raises(EngineError, match=r"a\.png"):
        open_source(path).load()
    assert list(kept.glob("*")) == []


def test_what_died_half_way_does_not_count_and_goes(tmp_path, kept):
    path = png(tmp_path / "a.png", noise(1031, 1403, 3))
    kept.mkdir()
    name = cache.name_of(path, 0)
    dead, alive = kept / f"{name}.4194999.part", kept / f"other.{os.getpid()}.part"
    dead.write_bytes(b"half")
    alive.write_bytes(b"half")
    assert not open_source(path).quick
    open_source(path).load()
    assert not dead.exists()
    assert alive.exists()


def test_a_damaged_prepared_file_is_made_again(tmp_path, kept):
    pixels = noise(1031, 1403, 3)
    path = png(tmp_path / "a.png", pixels)
    open_source(path).load()
    (file,) = kept.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    source = open_source(path)
    assert not source.quick
    source.load()
    same_as(source, pixels)


def test_an_image_that_was_changed_is_prepared_anew(tmp_path, kept):
    path = png(tmp_path / "a.png", noise(1031, 1403, 3))
    open_source(path).load()
    other = noise(1031, 1403, 3, seed=5)
    png(path, other)
    os.utime(path, ns=(1, 1))
    source = open_source(path)
    assert not source.quick
    source.load()
    same_as(source, other)


def test_the_oldest_go_when_there_are_too_many(tmp_path, kept, monkeypatch):
    paths = [png(tmp_path / f"{at}.png", noise(1031, 1403, 3, seed=at)) for at in range(3)]
    for at, path in enumerate(paths):
        open_source(path).load()
        os.utime(cache.find(path, 0), ns=(at + 1, at + 1))
    one = next(kept.iterdir()).stat().st_size
    assert cache.find(paths[0], 0) is not None  # asking counts as using: now it is the newest
    monkeypatch.setenv(cache.LIMIT, str(2.5 * one / 2**30))
    cache.trim()
    assert [cache.find(path, 0) is not None for path in paths] == [True, False, True]


def test_one_file_may_be_larger_than_the_limit(tmp_path, kept, monkeypatch):
    monkeypatch.setenv(cache.LIMIT, "0")
    for at in range(2):
        open_source(png(tmp_path / f"{at}.png", noise(1031, 1403, 3, seed=at))).load()
    assert len(list(kept.iterdir())) == 1


def test_the_limit_can_be_set(monkeypatch):
    monkeypatch.delenv(cache.LIMIT, raising=False)
    assert cache.limit() == 8 << 30
    monkeypatch.setenv(cache.LIMIT, "anything")
    assert cache.limit() == 8 << 30
    cache.set_limit(0.5)
    assert cache.limit() == 1 << 29


def test_a_disk_without_room_is_said_before_it_is_full(tmp_path, kept, monkeypatch):
    path = png(tmp_path / "a.png", noise(1031, 1403, 3))
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(prepare.shutil, "disk_usage", lambda place: usage)
    with pytest.raises(EngineError, match=r"a\.png needs 6 MB in .*pyramids"):
        open_source(path).load()
    assert list(kept.glob("*")) == []


# -- memory --------------------------------------------------------------------------------------


def test_what_cannot_be_true_is_refused(tmp_path):
    path = tmp_path / "bomb.pgm"
    path.write_bytes(b"P5\n100000 100000\n255\n")
    with pytest.raises(EngineError, match="100,000 × 100,000"):
        open_source(path)


def test_what_does_not_fit_is_not_read_as_a_whole(monkeypatch):
    monkeypatch.setattr(room, "available", lambda: 8 << 30)
    room.check(Path("a.tif"), (10_000, 10_000), 3, 1)
    with pytest.raises(EngineError, match=r"a\.tif has 6,000 million pixels.*18\.0 GB.*8\.6 GB"):
        room.check(Path("a.tif"), (60_000, 100_000), 3, 1)


VICTIM = """
import sys
from pathlib import Path
from engine.images import cache, room
room._HOLD_MOST = 1 << 20
cache.folder = lambda: Path(sys.argv[2])
from engine.images.source import open_source
source = open_source(Path(sys.argv[1]))
rows = source._feed.rows
def slowly():
    for part in rows():
        yield part
        print("begun", flush=True)
        sys.stdin.readline()
source._feed.rows = slowly
source.load()
"""


def test_a_kill_half_way_leaves_nothing_that_counts(tmp_path, kept, root):
    pixels = noise(1031, 1403, 3)
    path = png(tmp_path / "a.png", pixels)
    command = [sys.executable, "-P", "-c", VICTIM, str(path), str(kept)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as victim:
        assert victim.stdout.readline() == "begun\n"
        assert [each.suffix for each in kept.iterdir()] == [".part"]
        victim.kill()
    source = open_source(path)
    assert not source.quick
    source.load()
    same_as(source, pixels)
    assert [each.suffix for each in kept.iterdir()] == [".tif"]

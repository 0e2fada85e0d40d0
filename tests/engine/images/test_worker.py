"""Decoders that may take a process down run in one of their own, with limits."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from PIL import Image

from engine.child import child_environment
from engine.errors import EngineError
from engine.images import worker_host
from engine.images.decode import decode, decoded_here
from engine.images.decoders import decode_here
from engine.images.header import header_here, read_header
from engine.images.source import open_source

RGB = np.random.default_rng(4).integers(0, 255, (40, 60, 3), np.uint8)


def until(holds, seconds=30):
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def fresh():
    """No decoder from before, and none left behind."""
    worker_host.close_all()
    yield
    worker_host.close_all()


@pytest.fixture
def webp(tmp_path):
    path = tmp_path / "a.webp"
    Image.fromarray(RGB).save(path, lossless=True)
    return path


@pytest.fixture
def behaves(monkeypatch):
    """Let the decoder run this code instead."""

    def run(code):
        command = [sys.executable, "-c", f"import os, sys\nsys.stdin.readline()\n{code}"]
        monkeypatch.setattr(worker_host, "child_command", lambda role: command)

    return run


@pytest.mark.parametrize("suffix", ["webp", "gif", "jp2", "avif", "ppm", "tga", "tif", "ico"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_pixels_are_those_that_are_decoded_here(tmp_path, suffix, orientation):
    path = tmp_path / f"a.{suffix}"
    options = {"compression": "tiff_lzw"} if suffix == "tif" else {}
    if suffix in ("webp", "avif", "tif"):
        options["exif"] = Image.Exif()
        options["exif"][274] = orientation
    Image.fromarray(RGB).save(path, **options)
    header = read_header(path)
    assert header == header_here(path)
    assert not decoded_here(header)
    pixels, alpha = decode(header)
    here, same = decode_here(header)
    assert np.array_equal(pixels, here)
    assert (pixels.dtype, alpha) == (here.dtype, same)
    assert pixels.flags.writeable
    kept = pixels.copy()
    decode(header)
    assert np.array_equal(pixels, kept), "the next picture lies elsewhere"


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp"])
def test_common_kinds_start_no_process(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(RGB).save(path)
    source = open_source(path)
    assert source.raw(0, (0, 0, 60, 40)).shape == (40, 60, 3)
    assert worker_host.pids() == []


def test_one_process_serves_file_after_file_and_ends_when_idle(webp, monkeypatch):
    read_header(webp)
    (pid,) = worker_host.pids()
    open_source(webp).load()
    assert worker_host.pids() == [pid]
    monkeypatch.setattr(worker_host, "IDLE", 0.01)
    open_source(webp)
    until(lambda: not worker_host.pids() and not psutil.pid_exists(pid))
    open_source(webp).load()
    assert worker_host.pids() != [pid]


def test_more_than_two_at_once_wait(webp):
    done = []
    threads = [
        threading.Thread(target=lambda: done.append(open_source(webp).overview(10).shape))
        for _ in range(6)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert done == [done[0]] * 6
    assert 1 <= len(worker_host.pids()) <= worker_host.MOST


@pytest.mark.parametrize(
    "code",
    ["os.abort()", "sys.exit(3)", "print('{')", "print('[]')", "os.kill(os.getpid(), 9)"],
)
def test_its_death_is_a_sentence_and_the_next_file_opens(webp, behaves, monkeypatch, code):
    behaves(code)
    with pytest.raises(EngineError, match=r"^a\.webp could not be read as an image: the decoder"):
        read_header(webp)
    assert worker_host.pids() == []
    monkeypatch.undo()
    assert read_header(webp).size == (40, 60)


def test_one_that_runs_on_is_ended(webp, behaves, monkeypatch):
    monkeypatch.setattr(worker_host, "SECONDS", 0.3)
    behaves("while True: pass")
    with pytest.raises(EngineError, match=r"a\.webp .*decoding took too long"):
        read_header(webp)
    assert worker_host.pids() == []


def test_one_that_sleeps_is_ended(webp, behaves, monkeypatch):
    monkeypatch.setattr(worker_host, "SECONDS", 0.05)
    behaves("import time; time.sleep(600)")
    with pytest.raises(EngineError, match=r"a\.webp .*decoding took too long"):
        read_header(webp)


def test_one_that_grows_is_ended(webp, behaves, monkeypatch):
    monkeypatch.setattr(worker_host, "_HEADER_MEMORY", 0)
    behaves("a = bytearray(400 << 20)\nwhile True: a[::4096] = a[::4096]")
    with pytest.raises(EngineError, match=r"a\.webp .*took too much memory"):
        read_header(webp)


def test_memory_beyond_what_a_picture_needs_is_refused_by_the_system(tmp_path, monkeypatch):
    path = tmp_path / "wide.tga"
    Image.new("RGB", (9500, 9500)).save(path, rle=True)
    monkeypatch.setattr(worker_host, "_COPIES", 0)
    with pytest.raises(EngineError, match=r"wide\.tga .*needs more memory than a picture"):
        open_source(path).load()
    monkeypatch.undo()
    assert open_source(path).size == (9500, 9500)


def test_a_decoder_that_cannot_be_started_is_said(webp, monkeypatch):
    monkeypatch.setattr(worker_host, "child_command", lambda role: ["/nowhere/decoder"])
    with pytest.raises(EngineError, match="its decoder could not be started"):
        read_header(webp)


def test_without_files_in_memory_a_temporary_one_serves(webp, monkeypatch, tmp_path):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = {*tmp_path.iterdir()}
    assert np.array_equal(open_source(webp).raw(0, (0, 0, 60, 40)), RGB)
    assert {*tmp_path.iterdir()} == before


def test_a_file_that_changed_meanwhile_is_refused(webp):
    header = read_header(webp)
    Image.fromarray(RGB[:20]).save(webp)
    with pytest.raises(EngineError, match="was changed while it was opened"):
        decode(header)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(EngineError, match="a folder, pipe or device"):
        read_header(tmp_path / "a.png")


def test_tiles_of_risky_kinds_are_decoded_there_too(tmp_path, monkeypatch):
    from engine.images import tiff_codec

    path = tmp_path / "tile.jp2"
    Image.fromarray(RGB).save(path)
    data = path.read_bytes()
    there = worker_host.tile(path, data, 34712, tiff_codec.RGB)
    assert np.array_equal(there, tiff_codec.picture(data, b"", 34712, tiff_codec.RGB))
    with pytest.raises(EngineError, match=r"tile\.jp2"):
        worker_host.tile(path, data[:50], 34712, tiff_codec.RGB)


def test_the_process_is_light_and_ends_with_its_questions():
    code = (
        "import sys\nfrom app.__main__ import main\ncode = main(['--role', 'decoder'])\n"
        "print(code, *sorted({'PySide6', 'torch', 'cv2', 'tifffile'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=child_environment(),
        check=True,
    )
    assert done.stderr.split() == ["0"]  # what is printed there is no answer

"""Opening: never seen before, again, the next of a folder, larger than memory."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from harness import Peak, Row, Stalls, rest, wait
from program import Program

FRESH = 5
"""Folders with the same file under other names: to the program, images it has never seen."""


def rows_12(data, options):
    """A camera's photo."""
    return _never_seen(data, "mp12/photo.jpg", "12 MP JPEG", "≤ 60 ms", "≤ 160 ms") + _next(data)


def rows_67(data, options):
    """A large PNG, which must be decoded as a whole."""
    return _never_seen(data, "mp67/photo.png", "67 MP PNG", "≤ 1.0 s", "", again="≤ 100 ms")


def rows_268(data, options):
    """A TIFF that is read where it lies."""
    return _never_seen(data, "mp268/photo.tif", "268 MP TIFF", "≤ 0.3 s, + ≤ 300 MiB", "")


def rows_huge(data, options):
    """100,000 x 60,000 pixels, tiled and pyramidal."""
    return _never_seen(data, "huge/slide.tif", "6,000 MP TIFF pyramid", "≤ 0.3 s, ≤ 500 MiB", "")


def _never_seen(data, name, words, goal, sharp_goal, again=""):
    source = data / name
    program = Program(data)
    first, sharp, later, peaks, more, stalls = [], [], [], [], [], []
    with tempfile.TemporaryDirectory(dir=data) as place:
        for number in range(FRESH):
            folder = Path(place) / f"new{number}"
            folder.mkdir()
            os.link(source, folder / f"{number}_{source.name}")
            for into, until in ((first, sharp), (later, None)):
                program.close_project()
                with Peak() as peak, Stalls() as stall:
                    took = _opened(program, folder)
                into.append(took[0])
                if until is not None:
                    until.append(took[1])
                    peaks.append(peak.most)
                    more.append(peak.more)
                    stalls.append(stall.worst)
        program.close()
    note = f"+ {max(more):,.0f} MiB; longest stall {max(stalls):.0f} ms"
    plain = _plain(source)
    return [
        Row(f"open {words}, never seen → painted", first, plain, goal, note, max(peaks)),
        Row("… → sharp", sharp, plain, sharp_goal, "reference: Pillow, whole" if plain else ""),
        Row("… again, in the same session", later, (), again),
    ]


def _opened(program, folder):
    canvas, seen = program.canvas, []
    before = canvas.pictures

    def look():
        if canvas.pictures > before and not seen:
            seen.append(time.perf_counter())

    canvas.painted.connect(look)
    began = time.perf_counter()
    program.program.open([folder])
    wait(lambda: seen)
    (first,) = seen
    canvas.painted.disconnect(look)
    canvas.settle()
    sharp = time.perf_counter()
    wait(lambda: program.session.model.state != "starting")
    return (first - began) * 1000, (sharp - began) * 1000


def _plain(path):
    """Milliseconds of a plain decode; nothing where that would not fit into memory."""
    from PIL import Image

    if path.stat().st_size > 500_000_000 or path.parent.name == "huge":
        return []
    found = []
    for _ in range(3):
        began = time.perf_counter()
        with Image.open(path) as image:
            image.convert("RGB").load()
        found.append((time.perf_counter() - began) * 1000)
    return found


def _next(data):
    """The next image of a folder when it was decoded ahead, and when it was not."""
    program = Program(data)
    canvas, session = program.canvas, program.session
    with tempfile.TemporaryDirectory(dir=data) as place:
        folder = Path(place) / "folder12"
        shutil.copytree(data / "folder12", folder)
        program.open(folder)
        ahead, cold = [], []
        for _ in range(len(session.images) - 1):
            wait(lambda: canvas.picture.photo.loader.idle)
            rest(0.5)
            before, began = canvas.pictures, time.perf_counter()
            program.trigger("image.next")
            while canvas.pictures == before:
                program.qt.processEvents()
            ahead.append((time.perf_counter() - began) * 1000)
            canvas.settle()
        program.close_project()
        program.open(folder)
        for number in (4, 1, 6, 3):
            image = session.images[number].id
            for row in session.images:
                canvas.picture.photo.forget(row.path)
            canvas.settle()
            before, began = canvas.pictures, time.perf_counter()
            session.open_image(image)
            while canvas.pictures == before:
                program.qt.processEvents()
            cold.append((time.perf_counter() - began) * 1000)
            canvas.settle()
        program.close()
    return [
        Row("next 12 MP JPEG of a folder, prefetched", ahead, (), "≤ 16 ms"),
        Row("… jumped to, not prefetched", cold, (), ""),
    ]

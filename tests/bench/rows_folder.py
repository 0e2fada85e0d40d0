"""Folders of very many images."""

import shutil
import tempfile
import time
from pathlib import Path

from harness import Peak, Row, Stalls, wait
from program import Program


def rows(data, options):
    """10,000 and 100,000 images: first opening (a project is made) and the next."""
    found = []
    for name, words, goal in (
        ("folder10k", "10,000 images", "≤ 60 ms"),
        ("folder100k", "100,000 images", "≤ 1 s, no stall > 100 ms"),
    ):
        found += _folder(data, data / name, words, goal)
    return found


def _folder(data, folder, words, goal):
    first, again, stalls, peaks, count = [], [], [], [], int(words.split()[0].replace(",", ""))
    whole = []
    program = Program(data)
    for _ in range(3):
        with tempfile.TemporaryDirectory(dir=data) as place:
            copy = Path(place) / "images"
            copy.mkdir()
            shutil.copytree(folder, copy, copy_function=_link, dirs_exist_ok=True)
            for into in (first, again):
                program.close_project()
                with Peak() as peak, Stalls() as stall:
                    before, began = program.canvas.pictures, time.perf_counter()
                    program.program.open([copy])
                    wait(lambda before=before: program.canvas.pictures > before)
                    into.append((time.perf_counter() - began) * 1000)
                    wait(lambda: len(program.session.images) == count)
                    if into is first:
                        whole.append((time.perf_counter() - began) * 1000)
                stalls.append(stall.worst)
                peaks.append(peak.most)
                program.calm()
            program.close_project()
    program.close()
    listing = [_listed(folder) for _ in range(3)]
    note = f"all listed after {sorted(whole)[1]:.0f} ms; longest stall {max(stalls):.0f} ms"
    return [
        Row(
            f"open a folder of {words} → first image painted",
            first,
            listing,
            goal,
            f"{note}; reference: os.scandir",
            max(peaks),
        ),
        Row("… again, as a project", again, listing, ""),
    ]


def _link(source, target):
    import os

    os.link(source, target)


def _listed(folder):
    import os

    began = time.perf_counter()
    sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    return (time.perf_counter() - began) * 1000

"""What killing needs beside the session: its project, and what this machine adds to any delay."""

import json
import os
import threading
import time
from collections import deque
from pathlib import Path

import numpy as np

from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.document.taxonomy_commands import add_class
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project
from tests.e2e.photos import make_photo


class Machine:
    """Measures, beside the session, how long this machine makes any program wait.

    A stroke becomes safe when its writer is woken, computes a few milliseconds, and writes; a
    commit just before may still wait for the disk. Where other programs have the cores, being
    woken and being let on each take as long as it takes an idle thread to wake here, and the disk
    takes as long as for 4 kB here. On a quiet machine both are a few milliseconds.
    """

    REACH = 2.0  # seconds back from a moment that count

    def __init__(self, place: Path) -> None:
        self._file = place / "probe"
        self._woken: deque[tuple[float, float]] = deque(maxlen=10_000)
        self._synced: deque[tuple[float, float]] = deque(maxlen=10_000)
        self._end = threading.Event()
        self._threads = [threading.Thread(target=run) for run in (self._wake, self._sync)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()
        self._file.unlink(missing_ok=True)

    def share(self, moment: float) -> float:
        """Seconds of a commit at a moment that are the machine's, not the program's."""
        return 2 * self._worst(self._woken, moment) + self._worst(self._synced, moment)

    def _worst(self, seen: deque[tuple[float, float]], moment: float) -> float:
        near = (took for at, took in tuple(seen) if moment - self.REACH <= at <= moment + took)
        return max(near, default=0.0)

    def _wake(self) -> None:
        step = 0.005
        while True:
            began = time.monotonic()
            if self._end.wait(step):
                return
            now = time.monotonic()
            self._woken.append((now, now - began - step))

    def _sync(self) -> None:
        with open(self._file, "wb") as file:
            while not self._end.wait(0.02):
                began = time.monotonic()
                file.seek(0)
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
                now = time.monotonic()
                self._synced.append((now, now - began))


def make_template(folder: Path) -> Path:
    """A project: a photo to work on with proposals, and five small ones that are done."""
    make_photo(folder_of(folder) / "a_photo.png", (180, 240))
    for number in range(5):
        make_photo(folder / f"done_{number}.png", (64, 64), number + 1)
    path = folder / "photos.maskwright"
    project = Project.create(path)
    for name, thing in (("cell", True), ("tissue", False), ("hand 1", True), ("hand 2", False)):
        project.project_history.do(add_class(project.taxonomy, name, thing=thing))
    cell, tissue, mine = (project.taxonomy.by_name(n).id for n in ("cell", "tissue", "hand 1"))
    files = sorted(folder.glob("*.png"))
    rows = project.add_images(files, [(180, 240)] + [(64, 64)] * 5)
    numbers = iter(project.new_ids(60))
    for row in rows[1:]:
        layer = np.ones((64, 64), np.uint8)
        layer[30:50, 5:60] = tissue
        thing = Annotation(id=next(numbers), class_id=cell, mask=Mask.rectangle((5, 5, 30, 25)))
        project.add_annotations(row.id, [thing], ClassMap.from_array(layer), Status.DONE)
    boxes = [(x, y, x + 25, y + 20) for x in range(5, 230, 32) for y in range(5, 170, 30)]
    project.set_proposals(
        rows[0].id,
        [
            Annotation(id=next(numbers), class_id=mine, mask=Mask.rectangle(box), score=0.9)
            for box in boxes[:40]
        ],
    )
    project.close()
    return folder


def make_source(folder: Path) -> Path:
    """A COCO file of three images beside them, with one class."""
    images, annotations = [], []
    folder_of(folder)
    for number in range(1, 4):
        make_photo(folder / f"new_{number}.png", (60, 80), 20 + number)
        images.append({"id": number, "file_name": f"new_{number}.png", "width": 80, "height": 60})
        ring = [10, 10, 40, 10, 40, 30, 10, 30]
        annotations.append(
            {"id": number, "image_id": number, "category_id": 1, "segmentation": [ring]}
            | {"bbox": [10, 10, 30, 20], "area": 600, "iscrowd": 0}
        )
    file = folder / "new.json"
    kinds = [{"id": 1, "name": "cell"}]
    file.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": kinds}), "utf-8"
    )
    return file


def folder_of(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder

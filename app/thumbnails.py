"""Small pictures for the filmstrip and the lists, made in the background."""

import threading
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from app.bridge import Relay
from app.canvas.tiles import Shelf, share
from app.session import Session
from engine.errors import EngineError

SIDE = 264  # longest side, pixels: twice what the filmstrip shows, and sharp on dense screens
KEPT = 0.04  # part of the budget of memory; about 110 kB a picture


class Thumbnails(QObject):
    """Pictures by image id. The newest wish is made first, so scrolling is answered at once.

    One thread decodes (Pillow releases the interpreter while it does), so the window never waits.
    """

    ready = Signal(int)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._made: Shelf[int, QPixmap] = Shelf(share(KEPT), _weight, "Small pictures")
        self._failed: set[int] = set()
        self._wanted: deque[tuple[int, int, Path]] = deque(maxlen=400)  # generation, id, path
        self._asked: set[int] = set()
        self._generation = 0
        self._work = threading.Condition()
        self._leaving = False
        self._relay = Relay(self)
        self._relay.arrived.connect(self._take)
        self._thread = threading.Thread(target=self._run, name="thumbnails", daemon=True)
        self._thread.start()
        session.project_changed.connect(self._forget)

    def get(self, image_id: int) -> QPixmap | None:
        """The picture, at most SIDE pixels on its longest side; None until ``ready``."""
        found = self._made.get(image_id)
        if found is not None:
            return found
        if image_id not in self._asked and image_id not in self._failed:
            row = self._session.row(image_id)
            if row is not None:
                with self._work:
                    if len(self._wanted) == self._wanted.maxlen:
                        self._asked.discard(self._wanted[0][1])
                    self._asked.add(image_id)
                    self._wanted.append((self._generation, image_id, row.path))
                    self._work.notify()
        return None

    def unreadable(self, image_id: int) -> bool:
        """Whether the picture could not be made."""
        return image_id in self._failed

    def close(self) -> None:
        """Stop the thread; call once, before the program ends."""
        with self._work:
            self._leaving = True
            self._wanted.clear()
            self._work.notify()
        self._thread.join()

    def _forget(self) -> None:
        with self._work:
            self._generation += 1
            self._wanted.clear()
            self._asked.clear()
        self._made.clear()
        self._failed.clear()

    def _run(self) -> None:
        from engine.images.thumbnail import thumbnail  # Pillow: not needed to show the window

        while True:
            with self._work:
                while not self._wanted and not self._leaving:
                    self._work.wait()
                if self._leaving:
                    return
                generation, image_id, path = self._wanted.pop()
            try:
                pixels: NDArray[np.uint8] | None = thumbnail(path, SIDE)
            except EngineError:
                pixels = None
            self._relay.send((generation, image_id, pixels))

    def _take(self, made: tuple[int, int, NDArray[np.uint8] | None]) -> None:
        generation, image_id, pixels = made
        if generation != self._generation:
            return
        self._asked.discard(image_id)
        if pixels is None:
            self._failed.add(image_id)
        else:
            height, width = pixels.shape[:2]
            image = QImage(
                np.ascontiguousarray(pixels).data,
                width,
                height,
                3 * width,
                QImage.Format.Format_RGB888,
            )
            self._made.put(image_id, QPixmap.fromImage(image))
        self.ready.emit(image_id)


def _weight(picture: QPixmap) -> int:
    return picture.width() * picture.height() * picture.depth() // 8

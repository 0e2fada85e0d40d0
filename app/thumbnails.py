"""Small pictures for the filmstrip and the lists, made in the background."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from app.bridge import Relay
from app.canvas.tiles import Shelf, share
from app.session import Session
from engine.errors import EngineError
from engine.images.picture import Picture

SIDE = 264  # longest side, pixels: twice what the filmstrip shows, and sharp on dense screens
AFTER = 0.2  # seconds after an image was opened: until then the processor is its own
NOT_YET = "not yet"

Made: TypeAlias = NDArray[np.uint8] | str | None
"""A picture; `NOT_YET` of an image that is being prepared; None of one that cannot be read."""

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
        # number of the question, image, what
        self._wanted: deque[tuple[int, int, Picture]] = deque(maxlen=400)
        self._asked: dict[int, int] = {}  # image → the question whose answer counts
        self._questions = itertools.count()
        self._not_yet: set[int] = set()
        self._begin = 0.0  # not before this moment
        self._work = threading.Condition()
        self._leaving = False
        self._relay = Relay(self)
        self._relay.arrived.connect(self._take)
        self._thread = threading.Thread(target=self._run, name="thumbnails", daemon=True)
        self._thread.start()
        session.project_changed.connect(self._forget)
        session.image_changed.connect(self._wait_for_image)
        session.toning.kept.connect(self._on_tone)

    def get(self, image_id: int) -> QPixmap | None:
        """The picture, at most SIDE pixels on its longest side; None until ``ready``."""
        found = self._made.get(image_id)
        if found is not None:
            return found
        if not any(image_id in some for some in (self._asked, self._not_yet, self._failed)):
            row = self._session.row(image_id)
            if row is not None:
                with self._work:
                    if len(self._wanted) == self._wanted.maxlen:
                        number, oldest, _ = self._wanted[0]
                        if self._asked.get(oldest) == number:
                            del self._asked[oldest]
                    number = self._asked[image_id] = next(self._questions)
                    picture = self._session.toning.picture(row)
                    self._wanted.append((number, image_id, picture))
                    self._work.notify()
        return None

    def unreadable(self, image_id: int) -> bool:
        """Whether the picture could not be made."""
        return image_id in self._failed

    def renew(self, ids: Iterable[int]) -> None:
        """The files hold other pictures: they are made again when they are seen."""
        wanted = set(ids)
        known = (self._made, self._asked, self._failed, self._not_yet)
        seen = dict.fromkeys(each for some in known for each in some if each in wanted)
        for image_id in seen:
            self._drop(image_id)
        for image_id in seen:
            self.ready.emit(image_id)

    def _drop(self, image_id: int) -> None:
        """What is known of an image holds no more, nor does what is being made."""
        self._made.drop(image_id)
        self._asked.pop(image_id, None)
        self._failed.discard(image_id)
        self._not_yet.discard(image_id)

    def retry(self) -> None:
        """Large images may have been prepared: those that could not be had are asked for again."""
        waiting, self._not_yet = self._not_yet, set()
        for image_id in waiting:
            self.ready.emit(image_id)

    def close(self) -> None:
        """Stop the thread; call once, before the program ends."""
        with self._work:
            self._leaving = True
            self._wanted.clear()
            self._work.notify()
        self._thread.join()

    def _forget(self) -> None:
        with self._work:
            self._wanted.clear()
            self._asked.clear()
        self._made.clear()
        self._failed.clear()
        self._not_yet.clear()

    def _on_tone(self, image_id: int | None) -> None:
        """Images show with another tone: their pictures are made again when they are seen."""
        if image_id is None:
            seen = list(self._made)
            self._forget()
        else:
            seen = [image_id]
            self._drop(image_id)
        for each in seen:
            self.ready.emit(each)

    def _wait_for_image(self) -> None:
        """Another image is being opened."""
        with self._work:
            self._begin = time.monotonic() + AFTER

    def _run(self) -> None:
        while True:
            with self._work:
                while not self._leaving and (not self._wanted or self._early() > 0):
                    self._work.wait(self._early() if self._wanted else None)
                if self._leaving:
                    return
                number, image_id, what = self._wanted.pop()
            self._relay.send((number, image_id, _made(what)))

    def _early(self) -> float:
        """Seconds until this thread may have the processor."""
        return max(0.0, self._begin - time.monotonic())

    def _take(self, made: tuple[int, int, Made]) -> None:
        number, image_id, pixels = made
        if self._asked.get(image_id) != number:
            return  # it was asked for anew since
        del self._asked[image_id]
        if pixels is None:
            self._failed.add(image_id)
        elif isinstance(pixels, str):
            self._not_yet.add(image_id)
            return
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


def _made(what: Picture) -> Made:
    """The small picture of an image; on this module's thread."""
    from engine.images.thumbnail import thumbnail  # Pillow: not needed to show the window

    try:
        pixels = thumbnail(what.path, SIDE, what.page, what.tone)
    except EngineError:
        return None
    return NOT_YET if pixels is None else pixels


def _weight(picture: QPixmap) -> int:
    return picture.width() * picture.height() * picture.depth() // 8

"""Which parts of the image were looked at, and the veil over those that were not."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtGui import QImage, QPainter

from app.canvas.patterns import FALLING, spread
from engine.errors import EngineError
from engine.masks.box import Box, intersect
from engine.masks.seen import Seen

if TYPE_CHECKING:
    from app.canvas.camera import Camera
    from app.canvas.picture import Picture
    from app.session import Session
    from engine.store import Project

LOOK_MS: Final = 200
"""What stays in view for this long was looked at."""

KEEP_MS: Final = 5_000
"""Written this long after something new was seen, and when the image is left."""

SHADE, STROKE = 0xA0101114, 0xC8B4B8C0
"""ARGB of the veil and of its hatch, which shows on dark photos too."""


class Coverage(QObject):
    """Follows the camera, at the cost of one comparison for each move.

    A part was seen when it was in view at working zoom at both ends of a fifth of a second, so
    that what flies by does not count. Kept with the project, image by image.

    Signals:
        changed: more was seen, or another image is open.

    Attributes:
        scale: device pixels per image pixel from which looking counts.
    """

    changed = Signal()

    def __init__(self, session: Session, picture: Picture, scale: float = 1.0) -> None:
        super().__init__(picture)
        self._session, self._picture = session, picture
        self.scale = scale
        self._seen: Seen | None = None
        self._image = 0
        self._size = (1, 1)
        self._project: Project | None = None
        self._last: Box | None = None  # what was in view at the last look
        self._dirty = False
        self._veil: tuple[object, QImage] | None = None
        self._look = QTimer(self, interval=LOOK_MS, singleShot=True)
        self._look.timeout.connect(self.look)
        self._keep = QTimer(self, interval=KEEP_MS, singleShot=True)
        self._keep.timeout.connect(self.keep)
        picture.moved.connect(self._on_moved)
        session.image_changed.connect(self._on_image)
        self._on_image()

    @property
    def seen(self) -> Seen | None:
        """Of the open image, None without one; read when it is first asked for."""
        if self._seen is None and self._image and self._project is not None:
            self._seen = Seen(self._size)
            with suppress(EngineError):  # damaged: it is counted anew
                self._seen = self._project.seen(self._image, self._size)
        return self._seen

    # -- looking -----------------------------------------------------------------------------

    def _on_moved(self) -> None:
        if not self._look.isActive():
            self._look.start()

    def look(self) -> None:
        """Count what was in view at the last look and still is."""
        photo = self._picture.photo
        if not self._image or photo.problem:
            return
        before, now = self._last, self._in_view()
        self._last = now
        if before is not None and now is not None and self.seen is not None:
            both = intersect(before, now)
            if both is not None and self.seen.see(both):
                self._dirty = True
                if not self._keep.isActive():
                    self._keep.start()
                self.changed.emit()
                if self._session.view.coverage:
                    self._picture.stale.emit(None)
        if now != before or not photo.settled:
            self._look.start()

    def _in_view(self) -> Box | None:
        """The part in view, if it is there in full and at working zoom."""
        camera = self._picture.camera
        close = camera.scale >= self.scale * 0.999
        return camera.visible if close and self._picture.photo.settled else None

    def set_scale(self, scale: float) -> None:
        """Count from another zoom on; what was seen stays seen."""
        self.scale = scale
        self._on_moved()

    def next_unseen(self) -> Camera | None:
        """Where to look next: the nearest part not seen, at working zoom; None where all was."""
        if self.seen is None:
            return None
        camera = self._picture.camera
        scale = max(self.scale, camera.scale)
        wanted = max(1, int(camera.height / scale)), max(1, int(camera.width / scale))
        box = self.seen.next_unseen(camera.visible, wanted)
        if box is None:
            return None
        moved = camera.scaled(scale, camera.width / 2, camera.height / 2)
        x = camera.width / 2 - (box[0] + box[2]) / 2 * moved.scale
        y = camera.height / 2 - (box[1] + box[3]) / 2 * moved.scale
        return moved.at(x, y)

    # -- keeping -----------------------------------------------------------------------------

    def _on_image(self) -> None:
        self.keep()
        session = self._session
        self._project, self._last, self._seen, self._image = session.project, None, None, 0
        if session.image is not None and session.document is not None:
            self._image, self._size = session.image.id, session.document.size
            self._look.start()
        self.changed.emit()

    def keep(self) -> None:
        """Hand what was seen to the project's writer, if there is news."""
        self._keep.stop()
        project, seen = self._project, self._seen
        if self._dirty and seen is not None and project is not None and not project.read_only:
            with suppress(EngineError):  # closed meanwhile: only looking is lost
                project.set_seen(self._image, seen)
        self._dirty = False

    def forget(self) -> None:
        """Begin anew with the open image."""
        if self.seen is not None:
            self.seen.forget()
            self._dirty, self._last = True, None
            self.keep()
            self._look.start()
            self.changed.emit()
            self._picture.stale.emit(None)

    # -- showing -----------------------------------------------------------------------------

    def paint(self, painter: QPainter, rect: QRect) -> None:
        """Lay the veil over a rectangle, in device pixels of the viewport."""
        seen, camera = self.seen, self._picture.camera
        if not self._session.view.coverage or seen is None or seen.is_whole:
            return
        key = camera, seen.count, self._picture.ratio
        if self._veil is None or self._veil[0] != key:
            self._veil = key, veil(seen, camera, self._picture.ratio)
        painter.drawImage(rect.topLeft(), self._veil[1], rect)


def veil(seen: Seen, camera: Camera, ratio: float) -> QImage:
    """Shade and hatch over the cells not seen; the viewport's size, ARGB premultiplied."""
    out = np.zeros((camera.height, camera.width), np.uint32)
    inside = intersect(camera.image_rect, (0, 0, camera.width, camera.height))
    if inside is not None:
        left, top, right, bottom = inside
        width = camera.scale * seen.side
        columns = np.floor((np.arange(left, right) + 0.5 - camera.left) / width).astype(np.intp)
        rows = np.floor((np.arange(top, bottom) + 0.5 - camera.top) / width).astype(np.intp)
        last_row, last_column = seen.cells.shape[0] - 1, seen.cells.shape[1] - 1
        unseen = ~seen.cells[np.clip(rows, 0, last_row)][:, np.clip(columns, 0, last_column)]
        x, y = left - round(camera.left), top - round(camera.top)
        strokes = spread(FALLING, ratio, x, y, right - left, bottom - top)
        ink = np.where(strokes, np.uint32(_premultiplied(STROKE)), np.uint32(_premultiplied(SHADE)))
        out[top:bottom, left:right] = np.where(unseen, ink, np.uint32(0))
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(out.data, camera.width, camera.height, camera.width * 4, form).copy()


def _premultiplied(argb: int) -> int:
    alpha = argb >> 24
    parts = (((argb >> shift & 255) * alpha + 127) // 255 << shift for shift in (16, 8, 0))
    return alpha << 24 | sum(parts)

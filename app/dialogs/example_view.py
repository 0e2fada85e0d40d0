"""The example of a class: its object, cut out of its photo, with its outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.bridge import Relay
from app.places.overlay import edge, to_image
from app.theme.paint import draw_text, rounded
from app.theme.theme import theme
from app.workers import Workers
from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.masks.box import Box

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from engine.document.taxonomy import LabelClass
    from engine.images.picture import Picture

HEIGHT, SIDE = 150, 320  # logical pixels of the view; most pixels of the crop
AROUND = 0.3  # of the object's longer side stays visible around it


class ExampleView(QWidget):
    """Shows one example; it is read on a thread."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: object = None
        self.image: QImage | None = None
        self.words = ""
        self._workers = Workers(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._take)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(240), theme().px(HEIGHT))

    def show_class(self, label_class: LabelClass | None) -> None:
        """Show the example of a class, or that it has none."""
        self.image, self._asked = None, None
        self._say("No example yet.")
        project, number = self._session.project, 0
        if label_class is not None:
            number = label_class.example_image
        row = self._session.row(number) if number else None
        if project is None or label_class is None or not number:
            return
        if row is None:
            self._say("The image of the example is not in this project.")
            return
        asked = self._asked = object()
        picture, wanted, color = row.picture(project.tone), label_class.example_object, label_class
        self._say("Reading the example")

        def work() -> None:
            try:
                document = next(project.iter_documents([number]))
                found = document.annotations.get(wanted)
                if found is None or not found.mask:
                    self._relay.send((asked, "The object of the example is gone."))
                    return
                pixels = _crop(picture, found, document.size, QColor(color.color))
                self._relay.send((asked, pixels))
            except EngineError as problem:
                self._relay.send((asked, str(problem)))

        self._workers.run(work)

    def _take(self, arrived: tuple[object, np.ndarray | str]) -> None:
        asked, made = arrived
        if asked is not self._asked:
            return
        if isinstance(made, str):
            self._say(made)
        else:
            self.image = to_image(made)
            self._say("Example of the class")

    def _say(self, words: str) -> None:
        self.words = words
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        fill, line = look.color("canvas.surround"), look.color("border.hairline")
        rounded(painter, area, look.radius("card"), fill, line)
        if self.image is None:
            font, color = look.font("small"), look.color("text.secondary")
            draw_text(painter, area, self.words, font, color, Qt.AlignmentFlag.AlignCenter)
            return
        inside = area.adjusted(4, 4, -4, -4)
        share = min(inside.width() / self.image.width(), inside.height() / self.image.height())
        place = QRectF(0, 0, self.image.width() * share, self.image.height() * share)
        place.moveCenter(inside.center())
        painter.drawImage(place, self.image)


def _crop(picture: Picture, found: Annotation, size: tuple[int, int], color: QColor) -> np.ndarray:
    """The object with what lies around it, uint8 (h, w, 3), its outline in the class's colour."""
    from engine.images.source import open_source

    left, top, right, bottom = found.mask.box
    margin = round(AROUND * max(right - left, bottom - top)) + 4
    box: Box = (
        max(0, left - margin),
        max(0, top - margin),
        min(size[1], right + margin),
        min(size[0], bottom + margin),
    )
    step = max(1, -(-max(box[2] - box[0], box[3] - box[1]) // SIDE))
    source = open_source(picture.path, picture.page)
    read: Callable[..., np.ndarray] = source.read
    pixels = np.ascontiguousarray(read(0, box, picture.tone)[::step, ::step])
    source.close()
    bits = found.mask.read(box)[::step, ::step]
    line = edge(bits)
    pixels[line] = (color.red(), color.green(), color.blue())
    return pixels

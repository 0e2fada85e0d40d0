"""The open image split in two: as it is, and with the masks of the model that is being added."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.places.overlay import picture, to_image
from app.theme.icons import paint_icon
from app.theme.paint import CENTER, draw_text, rounded, text_width
from app.theme.theme import theme
from app.theme.tokens import load_palette, load_tokens
from engine.masks.mask import Mask
from engine.models.answer import Answer

SIDE = 1000
"""Longest side of the masks' picture."""


def answer_picture(answer: Answer, colors: Mapping[int, QColor]) -> QImage:
    """The masks of an answer in colour; classes without one take the palette's in turn.

    Args:
        answer: any model's.
        colors: model class → colour.
    """
    palette = load_palette()
    found: dict[int, Mask] = {}
    for each in answer.objects:
        mask = found.get(each.label)
        found[each.label] = each.mask if mask is None else mask | each.mask
    shown = {n: colors.get(n, QColor(palette[n % len(palette)].hex)) for n in found}
    return picture(found, {}, answer.size, shown, SIDE)


def leftmost(answer: Answer) -> float:
    """Where the largest mask begins, 0..1 of the width; 0.5 where there is none."""
    if not answer.objects:
        return 0.5
    largest = max(answer.objects, key=lambda each: each.mask.area)
    return largest.mask.box[0] / answer.size[1]


class ModelPreview(QWidget):
    """A divider parts photo and masks; drag it, or move it with the arrows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photo: QImage | None = None
        self._masks: QImage | None = None
        self._split = 0.5
        self._moved = False  # the divider is where the user put it
        self._message = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("ring", True)
        self.setAccessibleName("Photo at the left, this model at the right")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a photo, uint8 RGB (h, w, 3); None shows nothing."""
        self._photo = None if pixels is None else to_image(pixels)
        self.updateGeometry()
        self.update()

    def set_masks(self, masks: QImage | None, first: float = 0.5) -> None:
        """Lay masks over its right part.

        Args:
            masks: None for none.
            first: where they begin, 0..1 of the width: the divider stands left of it until it is
                moved, so that there is something to see.
        """
        self._masks = masks
        if not self._moved:
            self._split = min(0.5, max(0.12, first - 0.03))
        self.update()

    def set_message(self, words: str) -> None:
        """A sentence over the picture; "" for none."""
        self._message = words
        self.setAccessibleDescription(words)
        self.update()

    @property
    def message(self) -> str:
        """What stands over the picture."""
        return self._message

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(400, theme().px(270 if self._photo is not None else 0))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(200, theme().px(270 if self._photo is not None else 0))

    def _area(self) -> QRectF:
        if self._photo is None:
            return QRectF()
        scale = min(self.width() / self._photo.width(), self.height() / self._photo.height())
        area = QRectF(0, 0, self._photo.width() * scale, self._photo.height() * scale)
        area.moveCenter(QRectF(self.rect()).center())
        return area

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rounded(painter, self.rect(), look.radius("card"), look.color("canvas.surround"))
        if self._photo is None:
            return
        area = self._area()
        painter.drawImage(area, self._photo)
        x = area.left() + area.width() * self._split
        if self._masks is not None:
            painter.save()
            painter.setClipRect(QRectF(x, area.top(), area.right() - x, area.height()))
            painter.drawImage(area, self._masks)
            painter.restore()
            self._paint_divider(painter, area, x)
        if self._message:
            self._paint_tag(painter, self._message, QRectF(self.rect()).center(), 0.5)

    def _paint_divider(self, painter: QPainter, area: QRectF, x: float) -> None:
        look = theme()
        painter.fillRect(QRectF(x - 2, area.top(), 4, area.height()), QColor("#000000"))
        painter.fillRect(QRectF(x - 1, area.top(), 2, area.height()), QColor("#FFFFFF"))
        side = look.px(24)
        knob = QRectF(x - side / 2, area.center().y() - side / 2, side, side)
        rounded(painter, knob, side / 2, QColor("#FFFFFF"), QColor("#000000"))
        icon = knob.adjusted(5, 5, -5, -5)
        paint_icon(painter, icon, "arrows-left-right", QColor("#000000"))
        y = area.top() + look.px(18)
        self._paint_tag(painter, "Photo", QPointF(x - 12, y), 1.0)
        self._paint_tag(painter, "This model", QPointF(x + 12, y), 0.0)

    def _paint_tag(self, painter: QPainter, words: str, at: QPointF, anchor: float) -> None:
        look, tokens = theme(), load_tokens().overlay
        font = look.font("small", "medium")
        width = min(text_width(font, words) + look.px(16), self.width() - 16.0)
        area = QRectF(at.x() - width * anchor, at.y() - look.px(11), width, look.px(22))
        ground = QColor(tokens["tagSurface"]["color"])
        ground.setAlphaF(tokens["tagSurface"]["alpha"])
        rounded(painter, area, 4, ground)
        words_area = area.adjusted(6, 0, -6, 0)
        draw_text(painter, words_area, words, font, QColor(tokens["tagText"]), CENTER)

    # -- divider -----------------------------------------------------------------------------

    def _move(self, x: float) -> None:
        area = self._area()
        if area.width() > 0:
            self._moved = True
            self._split = min(1.0, max(0.0, (x - area.left()) / area.width()))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._move(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._move(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the divider."""
        step = {Qt.Key.Key_Left: -0.05, Qt.Key.Key_Right: 0.05}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._moved = True
        self._split = min(1.0, max(0.0, self._split + step))
        self.update()

"""The picture of Inspect: the photo with what the model got wrong drawn over it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.camera import Camera
from app.canvas.photo_layer import PhotoLayer
from app.places import error_paint
from app.places.error_map import ErrorMap
from app.session import ViewOptions
from app.theme.paint import CENTER, draw_text
from app.theme.theme import theme
from app.theme.tokens import load_tokens
from engine.images.tone import Tone
from engine.masks.mask import Mask

Show = Literal["errors", "prediction", "yours"]
_ZOOM = 1.2  # one notch of the wheel


class InspectView(QWidget):
    """Photo and errors; wheel zooms at the pointer, a drag moves, a double click fits."""

    pointed = Signal(object)  # (x, y) of the pixel under the pointer, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.photo = PhotoLayer(self)
        self.photo.changed.connect(self._redraw)
        self.photo.ready.connect(self._redraw)
        self.photo.failed.connect(self._on_failed)
        self.camera = Camera()
        self.photo_alone = False
        self._size: tuple[int, int] | None = None
        self._fitted = True
        self._errors: ErrorMap | None = None
        self._colors: Mapping[int, QColor] = {}
        self._show: Show = "errors"
        self._message = ""
        self._drawn: QImage | None = None
        self._drag: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Photo with errors")
        theme().changed.connect(self._redraw)

    # -- contents ----------------------------------------------------------------------------

    def show_photo(
        self,
        path: Path | None,
        size: tuple[int, int] | None,
        page: int = 0,
        tone: Tone | None = None,
    ) -> None:
        """Show another photo, fitted; its masks follow with `show_errors`."""
        self._errors, self._message = None, ""
        self._size = size
        self.photo.open(path, page, tone, size)
        self.fit()

    def show_errors(self, errors: ErrorMap | None, colors: Mapping[int, QColor]) -> None:
        """Lay masks over the photo."""
        self._errors, self._colors = errors, colors
        self._redraw()

    def show_as(self, show: Show) -> None:
        """Errors, the model's masks, or yours."""
        self._show = show
        self._redraw()

    def set_message(self, words: str) -> None:
        """One sentence over the photo, such as that the model is being asked; "" for none."""
        self._message = words
        self.setAccessibleDescription(words)
        self.update()

    def set_photo_alone(self, on: bool) -> None:
        """Hide all masks while a key is held."""
        self.photo_alone = on
        self._redraw()

    @property
    def errors(self) -> ErrorMap | None:
        """What is drawn."""
        return self._errors

    # -- camera ------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole image."""
        self._fitted = True
        if self._size is not None:
            width, height = self._device_size()
            self.camera = Camera(self._size, width, height).fitted(margin=round(20 * self._ratio()))
        self._redraw()

    def one_to_one(self) -> None:
        """One image pixel for one screen pixel."""
        self._move(self.camera.scaled(1.0, self.camera.width / 2, self.camera.height / 2))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a point of the widget, its middle by default."""
        ratio = self._ratio()
        x = self.camera.width / 2 if at is None else at.x() * ratio
        y = self.camera.height / 2 if at is None else at.y() * ratio
        self._move(self.camera.zoomed(factor, x, y))

    def _move(self, camera: Camera) -> None:
        self._fitted = False
        self.camera = camera
        self.photo.want(camera)
        self._redraw()

    def _ratio(self) -> float:
        return float(self.devicePixelRatioF())

    def _device_size(self) -> tuple[int, int]:
        ratio = self._ratio()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        if self._fitted:
            self.fit()
        else:
            self._move(self.camera.resized(*self._device_size()))

    # -- drawing -----------------------------------------------------------------------------

    def _on_failed(self, sentence: str) -> None:
        self.set_message(sentence)

    def _redraw(self) -> None:
        self._drawn = None
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(240, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.fillRect(self.rect(), look.color("canvas.surround"))
        if self._size is not None:
            if self._drawn is None:
                self._drawn = self._picture()
            painter.drawImage(0, 0, self._drawn)
            if self._errors is not None and not self.photo_alone:
                ratio = self._ratio()
                painter.save()
                painter.scale(1 / ratio, 1 / ratio)
                error_paint.paint_lines(painter, self._lines(), self.camera, ratio)
                painter.restore()
        if self._message:
            self._paint_message(painter)

    def _picture(self) -> QImage:
        camera = self.camera
        pixels = np.zeros((camera.height, camera.width), np.uint32)
        left, top, right, bottom = camera.image_rect
        rect = (max(0, left), max(0, top), min(camera.width, right), min(camera.height, bottom))
        if rect[0] < rect[2] and rect[1] < rect[3]:
            part = np.zeros((rect[3] - rect[1], rect[2] - rect[0]), np.uint32)
            empty = theme().color("surface.hover").rgb()
            self.photo.draw(part, rect, camera, ViewOptions(), empty)
            pixels[rect[1] : rect[3], rect[0] : rect[2]] = part
        image = _image(pixels, self._ratio())
        if self._errors is not None and not self.photo_alone:
            painter = QPainter(image)
            painter.drawImage(0, 0, _image(self._fills(self._errors), self._ratio()))
            painter.end()
        return image

    def _fills(self, errors: ErrorMap) -> NDArray[np.uint32]:
        camera, ratio = self.camera, self._ratio()
        out = np.zeros((camera.height, camera.width), np.uint32)
        alpha = load_tokens().overlay["fill"]
        if self._show == "errors":
            for kind, mask in self._kinds(errors).items():
                bits, color = error_paint.seen(mask, camera), error_paint.color_of(kind)
                hatch = error_paint.HATCHES[kind]
                error_paint.fill(out, bits, color, float(alpha["error"]), hatch, camera, ratio)
            return out
        masks = errors.predicted_by if self._show == "prediction" else errors.yours_by
        for number, mask in masks.items():
            bits, color = error_paint.seen(mask, camera), self._color(number)
            error_paint.fill(out, bits, color, float(alpha["accepted"]), 0, camera, ratio)
        return out

    @staticmethod
    def _kinds(errors: ErrorMap) -> dict[str, Mask]:
        return {"missed": errors.missed, "extra": errors.extra, "wrong": errors.wrong}

    def _color(self, number: int) -> QColor:
        return self._colors.get(number, QColor("#808080"))

    def _lines(self) -> dict[str, tuple[Mask, QColor, float]]:
        errors, tokens = self._errors, load_tokens().overlay["contourPx"]
        if errors is None:
            return {}
        if self._show != "errors":
            masks = errors.predicted_by if self._show == "prediction" else errors.yours_by
            width = float(tokens["normal"])
            return {str(k): (mask, self._color(k), width) for k, mask in masks.items()}
        width = float(tokens["error"])
        lines = {
            kind: (mask, error_paint.color_of(kind), width)
            for kind, mask in self._kinds(errors).items()
        }
        white = QColor("#FFFFFF")
        yours = {f"yours {k}": (mask, white, width) for k, mask in errors.yours_by.items()}
        return {**lines, **yours}

    def _paint_message(self, painter: QPainter) -> None:
        look = theme()
        height = look.px(34)
        area = QRectF(20, self.height() / 2 - height / 2, self.width() - 40, height)
        ground = QColor(load_tokens().overlay["tagSurface"]["color"])
        ground.setAlphaF(load_tokens().overlay["tagSurface"]["alpha"])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(area, 8, 8)
        words = area.adjusted(12, 0, -12, 0)
        color = QColor(load_tokens().overlay["tagText"])
        draw_text(painter, words, self._message, look.font(), color, CENTER)

    # -- pointer and keys --------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; a touchpad's scroll moves."""
        pixels = event.pixelDelta()
        if not pixels.isNull() and not event.modifiers():
            ratio = self._ratio()
            self._move(self.camera.panned(round(pixels.x() * ratio), round(pixels.y() * ratio)))
        else:
            self.zoom(_ZOOM ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        here = event.position()
        if self._drag is not None:
            ratio = self._ratio()
            delta = here - self._drag
            self._drag = here
            self._move(self.camera.panned(round(delta.x() * ratio), round(delta.y() * ratio)))
        ratio = self._ratio()
        x, y = self.camera.to_image(here.x() * ratio, here.y() * ratio)
        inside = self._size is not None and 0 <= x < self._size[1] and 0 <= y < self._size[0]
        self.pointed.emit((int(x), int(y)) if inside else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._drag = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        self.fit()

    def leaveEvent(self, event: object) -> None:
        """See QWidget."""
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the picture."""
        moves = {
            Qt.Key.Key_Left: (1, 0),
            Qt.Key.Key_Right: (-1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
            return
        self._move(self.camera.panned(move[0] * 60, move[1] * 60))

    def close_photo(self) -> None:
        """Stop the threads that read photos."""
        self.photo.close()


def _image(pixels: NDArray[np.uint32], ratio: float) -> QImage:
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(np.ascontiguousarray(pixels).data, width, height, 4 * width, form).copy()
    image.setDevicePixelRatio(ratio)
    return image

"""Small labels at objects: class, doubt, score."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from app.canvas.camera import Camera
from app.canvas.colors import Look, overlay
from app.canvas.mask_layer import MaskLayer
from app.session import Session
from app.theme.theme import theme
from engine.document.annotation import Annotation
from engine.masks.box import Box, intersect
from engine.masks.mask import Mask

MOST = 40
"""Objects in view up to which all have a tag."""

HEIGHT, PAD, SWATCH, GAP = 21, 7, 11, 6
"""Lengths of the design; they grow with the text."""

LONGEST = 180
"""Pixels of the design that a name may take before it is cut."""

STEPS = (0, -1, 1, -2, 2, -3, 3)
"""Where a label is tried, in label heights below its first place above the object."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A label that stands on screen.

    Attributes:
        annotation: the object's id.
        rect: device pixels.
        picture: what is drawn there.
    """

    annotation: int
    rect: QRect
    picture: QPixmap


class Tags:
    """Chooses the objects that have a label, lays labels out and keeps their pictures."""

    def __init__(self, session: Session, masks: MaskLayer) -> None:
        self._session, self._masks = session, masks
        self._pictures: dict[tuple[object, ...], QPixmap] = {}

    def forget(self) -> None:
        """Fonts or colours changed."""
        self._pictures.clear()

    def lay(self, camera: Camera, ratio: float) -> list[Tag]:
        """The labels of what is in view, those of the selected and the topmost placed first.

        A label that finds no room beside those placed before is left out: two labels over each
        other can be read by nobody.
        """
        session, placed = self._session, list[Tag]()
        if session.document is None or session.view.bare:
            return placed
        for each in reversed(self._labelled(camera.visible)):
            look, name = self._masks.look(each), session.taxonomy.name(each.class_id)
            picture = self._picture(each, look, name, session.filter.doubts(each), ratio)
            rect = _place(each.mask, picture, camera, ratio, [tag.rect for tag in placed])
            if rect is not None:
                placed.append(Tag(each.id, rect, picture))
        return placed

    def _labelled(self, visible: Box) -> list[Annotation]:
        """Objects that may have a label: all of a few, else the selected and the one pointed at."""
        session, masks = self._session, self._masks
        if not masks.more_than(MOST, visible):
            return sorted(masks.in_view(visible), key=self._is_special)
        chosen = session.selection if len(session.selection) <= MOST else frozenset()
        special = chosen | ({session.hovered} if session.hovered is not None else set())
        every = (masks.shown[number] for number in sorted(special & masks.shown.keys()))
        return [each for each in every if intersect(each.mask.box, visible) is not None]

    def _is_special(self, each: Annotation) -> bool:
        return each.id in self._session.selection or each.id == self._session.hovered

    def _picture(
        self, annotation: Annotation, look: Look, name: str, doubtful: bool, ratio: float
    ) -> QPixmap:
        score = "" if annotation.score is None else f"{annotation.score:.2f}"
        key = (name, score, look.color, look.dashed, doubtful, ratio)
        if key not in self._pictures:
            if len(self._pictures) > 2000:
                self._pictures.clear()
            self._pictures[key] = _draw(name + ("?" if doubtful else ""), score, look, ratio)
        return self._pictures[key]


def _draw(name: str, score: str, look: Look, ratio: float) -> QPixmap:
    style = overlay()
    strong, plain = _fonts()
    names, scores = QFontMetricsF(strong), QFontMetricsF(plain)
    height, pad, swatch, gap, longest = map(theme().px, (HEIGHT, PAD, SWATCH, GAP, LONGEST))
    name = names.elidedText(name, Qt.TextElideMode.ElideRight, longest)
    wide = names.horizontalAdvance(name)
    width = pad + swatch + gap + wide + pad
    if score:
        width += gap + scores.horizontalAdvance(score)
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.scale(ratio, ratio)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.tag_surface)
    painter.drawRoundedRect(QRectF(0, 0, width, height), 4, 4)
    _swatch(painter, QRectF(pad, (height - swatch) / 2, swatch, swatch), look)
    baseline = (height + names.ascent() - names.descent()) / 2
    painter.setFont(strong)
    painter.setPen(style.tag_text)
    x = pad + swatch + gap
    painter.drawText(QPointF(x, baseline), name)
    if score:
        painter.setFont(plain)
        painter.setPen(style.tag_second)
        painter.drawText(QPointF(x + wide + gap, baseline), score)
    painter.end()
    return picture


def _swatch(painter: QPainter, rect: QRectF, look: Look) -> None:
    color = QColor.fromRgb(look.color)
    if look.dashed:  # a proposal: hollow
        pen = QPen(color, 1.5)
        pen.setDashPattern([2.0, 1.2])
        painter.setPen(pen)
        faint = QColor(color)
        faint.setAlphaF(0.3)
        painter.setBrush(faint)
        rect = rect.adjusted(0.75, 0.75, -0.75, -0.75)
    else:
        painter.setBrush(color)
    painter.drawRoundedRect(rect, 2.5, 2.5)


def _fonts() -> tuple[QFont, QFont]:
    return theme().font("small", "semibold"), theme().font("small")


def _place(
    mask: Mask, picture: QPixmap, camera: Camera, ratio: float, taken: Sequence[QRect]
) -> QRect | None:
    """Above the object's highest point, inside the viewport, beside other labels; None: no room."""
    x, y = camera.to_view(*top_point(mask))
    left, top, right, bottom = camera.view_rect(mask.box)
    if right < 0 or bottom < 0 or left > camera.width or top > camera.height:
        return None
    width, height = picture.width(), picture.height()
    gap = round(4 * ratio)
    at_x = round(min(max(x - width / 2, gap), camera.width - width - gap))
    above = round(y - height - gap)
    for step in STEPS:
        at_y = min(max(above + step * (height + 2), gap), camera.height - height - gap)
        rect = QRect(at_x, at_y, width, height)
        if not any(rect.intersects(other) for other in taken):
            return rect
    return None


def top_point(mask: Mask) -> tuple[float, float]:
    """The middle of the highest row of a mask, image pixels; remembered with it."""
    known: tuple[float, float] | None = mask.memo.get("top point")
    if known is None:
        left, top, right, _ = mask.box
        row = mask.read((left, top, right, top + 1))[0].nonzero()[0]
        known = (left + float(row[0] + row[-1] + 1) / 2, float(top))
        mask.memo["top point"] = known
    return known

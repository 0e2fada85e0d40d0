"""The picture of the open image: follows the session, and says what to draw again."""

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QRect, QRectF, QTimer, Signal
from PySide6.QtGui import QColor, QPainter

from app.canvas import lines_layer
from app.canvas.alone import Alone
from app.canvas.camera import Camera
from app.canvas.glass import Pane
from app.canvas.looks import Around
from app.canvas.mask_layer import MaskLayer
from app.canvas.photo_layer import PhotoLayer
from app.canvas.remembered import Shown
from app.canvas.scene import Scene
from app.canvas.seen_boxes import seen_boxes
from app.canvas.stroke_layer import StrokeLayer
from app.canvas.tags import MOST, Tag, Tags
from app.session import Session, ViewOptions
from app.theme.theme import theme
from engine.document.document import Changed
from engine.document.taxonomy import Taxonomy
from engine.masks.box import Box

REST, AHEAD = 40, 25
"""Milliseconds of rest before room is made for strokes; from a picture to its neighbours."""


class Over(Protocol):
    """Something laid over the scene."""

    def paint(self, painter: QPainter, rect: QRect) -> None:
        """Paint a rectangle, in device pixels of the viewport."""


class Picture(QObject):
    """Holds the layers and keeps them in step with the session.

    Signals:
        opened: another image, or none, is shown; its size is known, its pixels may follow.
        stale: device pixels of the viewport to repaint; None for all.
        moved: the camera is another.

    Attributes:
        over: what lies between the scene and the tool; painted in turn.
    """

    opened = Signal()
    stale = Signal(object)
    moved = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.photo = PhotoLayer(self)
        self.masks = MaskLayer()
        self.stroke = StrokeLayer()
        self.glass = Pane(self._class_color, self)  # of the gesture in progress
        self.plan = Pane(self._class_color, self)  # of a change that is being thought about
        self.scene = Scene(self.photo, self.masks)
        self.camera = Camera()
        self.ratio = 1.0
        self.over: list[Over] = []
        self._tags = Tags(session, self.masks)
        self._laid: list[Tag] | None = None
        self._selection: frozenset[int] = frozenset()
        self._hovered: int | None = None
        self._view = session.view
        self._alone = Alone()
        self._rest = QTimer(self, interval=REST, singleShot=True)
        self._rest.timeout.connect(self.scene.prepare)
        self._ahead = QTimer(self, interval=AHEAD, singleShot=True)
        self._ahead.timeout.connect(self._read_ahead)
        self.glass.stale.connect(self.stale)
        self.plan.stale.connect(self.stale)
        self.photo.changed.connect(self._on_photo)
        self.photo.ready.connect(self._on_ready)
        session.image_changed.connect(self._on_image)
        session.document_changed.connect(self._on_document)
        session.taxonomy_changed.connect(self._on_taxonomy)
        session.filter_changed.connect(self._on_taxonomy)
        session.selection_changed.connect(self._on_selection)
        session.hover_changed.connect(self._on_hover)
        session.view_changed.connect(self._on_view)
        session.class_changed.connect(self._on_class)
        session.toning.changed.connect(self._on_tone)
        session.listing.changed.connect(self._on_taxonomy)
        theme().changed.connect(self._on_theme)
        self._on_theme()
        self._on_class()

    # -- camera ------------------------------------------------------------------------------

    def set_camera(self, camera: Camera, ratio: float) -> None:
        """Move; everything is repainted, from what can be kept."""
        self.camera, self.ratio = camera, ratio
        self.scene.ratio = ratio
        self.scene.set_camera(camera)
        self.photo.want(camera)
        self.stroke.set_camera(camera)
        self.glass.set_camera(camera, ratio)
        self.plan.set_camera(camera, ratio)
        self._laid = None
        self._rest.start()
        self.stale.emit(None)
        self.moved.emit()

    # -- following ---------------------------------------------------------------------------

    @property
    def around(self) -> Around:
        """What decides looks now."""
        session = self.session
        draws = session.listing.draws
        return Around(session.view, session.filter, session.selection, session.hovered, draws)

    def _taxonomy(self) -> Taxonomy:
        """The classes as they show."""
        return self._alone.of(self.session.taxonomy, self.session.only_class)

    def _on_image(self) -> None:
        session = self.session
        self._selection, self._hovered = session.selection, session.hovered
        self.stroke.end()
        self.glass.clear()
        self.plan.clear()
        self.scene.around = self.around
        self.masks.open(session.document, self._taxonomy(), self.around)
        self.read_again()
        self.opened.emit()
        self._all()

    def read_again(self) -> None:
        """Show what is in the file now, or none."""
        session = self.session
        if session.image is None:
            self.photo.open(None)
        else:
            size = session.document.size if session.document is not None else None
            self.photo.open(session.image.path, session.image.page, session.toning.tone, size)

    def _on_document(self, change: Changed) -> None:
        document = self.session.document
        if document is None:
            return
        around = self.around
        before = self.masks.seen(around)
        self._turn(before, self.masks.follow(change, document, self._taxonomy(), around))

    def _on_taxonomy(self) -> None:
        document = self.session.document
        around = self.scene.around = self.around
        if document is not None:
            before = self.masks.seen(around)
            self._turn(before, self.masks.sync(document, self._taxonomy(), around))
        self._on_class()

    def _on_selection(self) -> None:
        before, self._selection = self._selection, self.session.selection
        # First, so that looks and selection agree.
        self._restyle(before ^ self._selection, kept=True)
        listing = self.session.listing
        if listing.on_canvas and listing.active:  # the selected are drawn whatever is asked for
            self._on_taxonomy()

    def _on_hover(self) -> None:
        before, self._hovered = self._hovered, self.session.hovered
        self._restyle({each for each in (before, self._hovered) if each is not None})

    def _restyle(self, ids: Collection[int], *, kept: bool = False) -> None:
        """These look different; the picture before is kept, or where that is much to draw."""
        shown, around, was = self.masks.shown, self.around, self.scene.around
        boxes = [shown[number].mask.box for number in ids if number in shown]
        kept = kept or self.scene.is_large(self._rects(boxes))
        before = self.masks.seen(was) if was is not None and kept else None
        self.scene.around = around
        self.masks.restyle(ids, self._taxonomy(), around)
        if before is not None:
            self._turn(before, boxes)
        else:
            self._boxes(boxes)

    def _on_view(self) -> None:
        session = self.session
        before, self._view = self._view, session.view
        self.scene.around = self.around
        if session.document is not None and (before.opacity, before.fills) != (
            session.view.opacity,
            session.view.fills,
        ):
            self.masks.restyle_all(session.document, self._taxonomy(), self.around)
        self.scene.forget()
        self._all(photo=_light(before) != _light(session.view))

    def _class_color(self, class_id: int) -> QColor:
        label = self.session.label_class(class_id)
        return QColor(label.color) if label is not None else QColor("#808080")

    def _on_class(self) -> None:
        label = self.session.label_class(self.session.current_class)
        self.stroke.set_color(QColor(label.color) if label is not None else QColor("#808080"))

    def _on_theme(self) -> None:
        self.scene.surround = theme().color("canvas.surround")
        self._tags.forget()
        self._all()

    def _on_photo(self) -> None:
        if self.photo.source is not None:
            self.session.paging.set_count(self.photo.source.pages)
        self._all()

    def _on_tone(self) -> None:
        self.photo.set_tone(self.session.toning.tone)

    def _on_ready(self) -> None:
        if self.photo.source is not None:
            self.session.paging.set_count(self.photo.source.pages)
        self._all()
        self._ahead.start()

    def _read_ahead(self) -> None:
        for path, page in self._neighbours():
            self.photo.prefetch(path, page)

    def _neighbours(self) -> list[tuple[Path, int]]:
        """Files and pages before and after in the queue; the last is decoded first."""
        session, order = self.session, self.session.queue
        if session.image is None or session.image.id not in order:
            return []
        here = order.index(session.image.id)
        rows = [session.row(order[at]) for at in (here - 1, here + 1) if 0 <= at < len(order)]
        return [(row.path, row.page) for row in rows if row is not None]

    # -- what to draw again ------------------------------------------------------------------

    def _all(self, photo: bool = True) -> None:
        self.scene.invalidate(photo=photo)
        self._laid = None
        self.stale.emit(None)

    def _boxes(self, boxes: list[Box]) -> None:
        """Boxes of the image look different."""
        if not boxes:
            return
        for rect in self._rects(boxes):
            self.scene.invalidate(rect)
        self._repaint(boxes)

    def _turn(self, before: Shown, boxes: list[Box]) -> None:
        """What the layers show is not what it was; maybe it is what it was before that."""
        if boxes:
            self.scene.turn(before, self.masks.seen(self.around), self._rects(boxes))
            self._rest.start()
            self._repaint(boxes)

    def _repaint(self, boxes: list[Box]) -> None:
        """The widget shows these boxes of the image again, and what stands at them."""
        self._laid, before = None, self._laid
        grow = self._beside
        for rect in self._rects(boxes):
            self.stale.emit(rect.adjusted(-grow, -grow, grow, grow))
        for tag in {*_places(before), *_places(self.tags())}:
            self.stale.emit(QRect(*tag))

    def _rects(self, boxes: list[Box]) -> list[QRect]:
        """Where boxes of the image are drawn, lines among it; all of the viewport for many."""
        reach = lines_layer.reach(self.ratio, self.session.view.line_width)
        return seen_boxes(boxes, self.camera, reach, self._beside)

    @property
    def _beside(self) -> int:
        """Device pixels that brackets reach beyond a line."""
        return round(26 * self.ratio)

    # -- over the scene ----------------------------------------------------------------------

    def tags(self) -> list[Tag]:
        """The labels on screen."""
        if self._laid is None:
            self._laid = self._tags.lay(self.camera, self.ratio)
        return self._laid

    def brackets(self) -> list[QRectF]:
        """Boxes of the selected objects on screen, up to a number at which they still help."""
        if len(self.session.selection) > MOST or self.session.view.bare:
            return []
        shown = self.masks.shown
        chosen = [shown[number] for number in self.session.selection if number in shown]
        return [lines_layer.view_box(each, self.camera) for each in chosen]

    def paint_over(self, painter: QPainter, rect: QRect) -> None:
        """What lies over the scene: the gesture in progress, brackets, labels; device pixels."""
        for each in self.over:
            each.paint(painter, rect)
        if self.stroke.active:
            self.stroke.paint(painter, rect, self.scene.photo_only)
        for pane in (self.plan, self.glass):
            pane.paint(painter, rect, self.scene.photo_only)
        for box in self.brackets():
            lines_layer.brackets(painter, box, self.ratio)
        for tag in self.tags():
            if tag.rect.intersects(rect):
                painter.drawPixmap(tag.rect.topLeft(), tag.picture)
        self.stroke.paint_outline(painter, rect, self.ratio)

    def close(self) -> None:
        """Stop what runs in the background."""
        self._ahead.stop()
        self.photo.close()


def _light(view: ViewOptions) -> tuple[float, float, bool]:
    return view.brightness, view.contrast, view.masks_alone


def _places(tags: list[Tag] | None) -> set[tuple[int, int, int, int]]:
    rects = [tag.rect for tag in tags or ()]
    return {(r.x(), r.y(), r.width(), r.height()) for r in rects}

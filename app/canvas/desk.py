"""What a tool sees of the canvas and the session; see ``app.tools.base.Desk``."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.canvas.canvas_photo import CanvasPhoto
from app.canvas.mask_layer import MaskLayer
from app.canvas.photo_layer import PhotoLayer
from app.session import Session
from app.tools.base import Photo, Point, Preview
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import Taxonomy
from engine.masks.mask import Mask


class CanvasDesk:
    """Made for one gesture; reads the session live, except for the document."""

    def __init__(
        self,
        session: Session,
        masks: MaskLayer,
        preview: Preview,
        photo: PhotoLayer,
        scale: float,
        last: Point | None,
    ) -> None:
        """Lay out what a gesture may use.

        Args:
            session: with an open document.
            masks: what is shown.
            preview: where the gesture shows itself.
            photo: what its photo is read from.
            scale: device pixels per image pixel.
            last: where the last stroke on this image ended.
        """
        assert session.document is not None
        self.document: Document = session.document
        self.preview = preview
        self.scale = scale
        self.last_point = last
        self._session, self._masks = session, masks
        self._photo = CanvasPhoto(photo, self.document.size)

    @property
    def class_id(self) -> int | None:
        """See Desk."""
        return self._session.current_class

    @property
    def selection(self) -> frozenset[int]:
        """See Desk."""
        return self._session.selection

    @property
    def radius(self) -> float:
        """See Desk."""
        return self._session.brush_radius

    @property
    def force_new(self) -> bool:
        """See Desk."""
        return self._session.force_new

    @property
    def options(self) -> Mapping[str, Any]:
        """See Desk."""
        return self._session.tool_options

    @property
    def taxonomy(self) -> Taxonomy:
        """See Desk."""
        return self._session.taxonomy

    @property
    def photo(self) -> Photo:
        """See Desk."""
        return self._photo

    def allowed(self, region: Mask) -> Mask:
        """See Desk."""
        return region

    def under(self, point: Point) -> list[Annotation]:
        """See Desk."""
        return self._masks.under(int(point[0] // 1), int(point[1] // 1))

    def shown(self) -> list[Annotation]:
        """See Desk."""
        return self._masks.in_view(self.document.box)

    def choose(self, ids: Sequence[int]) -> None:
        """See Desk."""
        self._session.set_selection(ids)

    def choose_class(self, class_id: int) -> None:
        """See Desk."""
        self._session.set_class(class_id)

    def mark(self, point: Point | None) -> None:
        """See Desk."""
        self.last_point = point

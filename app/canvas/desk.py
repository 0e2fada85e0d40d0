"""What a tool sees of the canvas and the session; see ``app.tools.base.Desk``."""

from collections.abc import Callable, Hashable, Mapping, MutableMapping, Sequence
from typing import Any, TypeVar

from app.canvas.aside import Aside
from app.canvas.canvas_photo import CanvasPhoto
from app.canvas.mask_layer import MaskLayer
from app.canvas.photo_layer import PhotoLayer
from app.canvas.touchable import Touchable
from app.session import Session
from app.tools.base import Glass, Later, Photo, Point, Pointer, Preview, Watch
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import Taxonomy
from engine.masks.box import Box
from engine.masks.mask import Mask

T = TypeVar("T")


class CanvasDesk:
    """Made for one gesture; reads the session live, except for the document.

    Attributes:
        ask: does what ``later`` says; set by what runs the gesture.
    """

    ask: Callable[[Callable[[Watch], Any], Point | None], Later[Any]]

    def __init__(
        self,
        session: Session,
        masks: MaskLayer,
        preview: Preview,
        photo: PhotoLayer,
        scale: float,
        last: Point | None,
        press: Pointer,
        aside: Aside,
        radius: float | None = None,
    ) -> None:
        """Lay out what a gesture may use.

        Args:
            session: with an open document.
            masks: what is shown.
            preview: where the gesture shows itself.
            photo: what its photo is read from.
            scale: device pixels per image pixel.
            last: where the last stroke on this image ended.
            press: what begins the gesture.
            aside: for what is worked out.
            radius: of the brush for the whole gesture, image pixels; None takes the session's.
        """
        assert session.document is not None
        self.document: Document = session.document
        self.preview = preview
        self.scale = scale
        self.last_point = last
        self.visible: Box = aside.visible()
        self._session, self._masks, self._aside = session, masks, aside
        self._photo = CanvasPhoto(photo, self.document.size)
        self._radius = session.brush_radius if radius is None else radius
        self._touchable = Touchable(session, self.document, self._photo, preview, press)

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
        """See Desk; a gesture keeps the size it began with."""
        return self._radius

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

    @property
    def glass(self) -> Glass:
        """See Desk."""
        return self._aside.glass

    @property
    def kept(self) -> MutableMapping[Hashable, Any]:
        """See Desk."""
        return self._aside.kept

    def later(self, work: Callable[[Watch], T], at: Point | None = None) -> Later[T]:
        """See Desk."""
        return self.ask(work, at)

    def set_option(self, name: str, value: Any) -> None:
        """See Desk."""
        self._session.set_tool_option(name, value)

    def allowed(self, region: Mask) -> Mask:
        """See Desk."""
        return self._touchable.part(region)

    def refusal(self) -> str:
        """Which limit refused all that the gesture asked for; empty where something was allowed."""
        return self._touchable.refusal()

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

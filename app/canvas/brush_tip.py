"""The tip of the brush at the present zoom."""

from app import brush_size
from app.canvas.view import View
from app.session import Session


class BrushTip:
    """How large it is in the image, and that a change of its unit does not change its look."""

    def __init__(self, session: Session, view: View) -> None:
        self._session, self._view = session, view
        self._on_screen = brush_size.is_on_screen(session)

    @property
    def radius(self) -> float:
        """In image pixels."""
        return brush_size.in_image(self._session, self._scale)

    def on_options(self) -> None:
        """An option of the tool changed: it may be what the size is measured in."""
        on_screen = brush_size.is_on_screen(self._session)
        if on_screen != self._on_screen:
            self._on_screen = on_screen
            brush_size.keep_look(self._session, self._scale, on_screen=on_screen)

    @property
    def _scale(self) -> float:
        """Logical pixels of the screen per image pixel."""
        return self._view.camera.scale / self._view.ratio

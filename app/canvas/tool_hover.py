"""What a tool shows at the pointer while no button is down."""

from collections.abc import Callable
from typing import Any

from app.canvas.camera import Camera
from app.canvas.desk import CanvasDesk
from app.canvas.gestures import Gestures
from app.canvas.unseen import refusal
from app.session import Session
from app.tools.base import Pointer
from app.tools.registry import tool_info


class ToolHover:
    """Begins and ends it: with the tool in use, where the picture stands now."""

    def __init__(
        self, session: Session, gestures: Gestures, desk: Callable[[Pointer], CanvasDesk]
    ) -> None:
        """See the class; ``desk`` lays out what a tool may use."""
        self._session, self._gestures, self._desk = session, gestures, desk
        self._shown: tuple[str, Camera] | None = None
        self._tool = session.tool
        session.toning.changed.connect(gestures.forget)

    def move(self, event: Pointer, camera: Camera) -> None:
        """The pointer is there, with no button down."""
        session, gestures = self._session, self._gestures
        tool: Any = tool_info(session.tool).tool
        if not hasattr(tool, "hover") or gestures.running:
            gestures.leave()
            return
        here = session.tool, camera
        if gestures.hovering and self._shown == here:
            gestures.point(event)
        elif not refusal(session):
            self._shown = here
            gestures.hover(tool, event, self._desk(event))

    def on_tool(self) -> bool:
        """Another tool may be in use; answers whether it shows something before a move."""
        before, self._tool = self._tool, self._session.tool
        if before == self._tool:
            return False
        self._gestures.leave()
        return hasattr(tool_info(self._tool).tool, "hover")

"""Runs one gesture at a time: events in, a command done at its end."""

from collections.abc import Callable

from app.canvas.desk import CanvasDesk
from app.session import Session
from app.tools.base import Gesture, Point, Pointer, Result, Tool
from engine.errors import EngineError


class Gestures:
    """Between the pointer and the session.

    Attributes:
        last_point: where the last stroke on this image ended; a straight line begins there.
    """

    def __init__(self, session: Session, ended: Callable[[], None]) -> None:
        """Begin without a gesture.

        Args:
            session: takes the commands.
            ended: called when a gesture is over, before its command is done, so that nothing of
                the preview is left when the document changes.
        """
        self._session, self._ended = session, ended
        self._gesture: Gesture | None = None
        self._desk: CanvasDesk | None = None
        self.last_point: Point | None = None

    @property
    def running(self) -> bool:
        """Whether a gesture has begun and not ended."""
        return self._gesture is not None

    def begin(self, tool: Tool, press: Pointer, desk: CanvasDesk) -> None:
        """Start at a press; a refusal is said."""
        self.cancel()
        self._gesture, self._desk = tool.gesture(press, desk), desk
        self._advance(None)

    def send(self, event: Pointer) -> None:
        """Hand on an event; nothing happens without a gesture."""
        if self._gesture is not None:
            self._advance(event)

    def cancel(self) -> bool:
        """Escape: drop the gesture. Answers whether there was one."""
        if self._gesture is None:
            return False
        self._gesture.close()
        self._gesture = self._desk = None
        self._ended()
        return True

    def _advance(self, event: Pointer | None) -> None:
        assert self._gesture is not None
        try:
            if event is None:
                next(self._gesture)
            else:
                self._gesture.send(event)
        except StopIteration as stop:
            self._finish(stop.value)
        except EngineError as problem:
            self._finish(None)
            self._session.say(str(problem), "warning")

    def _finish(self, result: Result | None) -> None:
        desk = self._desk
        self._gesture = self._desk = None
        if desk is not None:
            self.last_point = desk.last_point
        self._ended()
        if result is None:
            return
        done = self._session.do(result.command) if result.command is not None else False
        if result.select is not None and done and self._session.document is not None:
            document = self._session.document
            self._session.set_selection(
                number for number in result.select if document.find(number) is not None
            )
        if done:
            self._session.set_force_new(False)

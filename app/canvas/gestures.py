"""Runs one gesture at a time: events in, a command done at its end."""

from collections.abc import Callable

from app.canvas.aside import Aside, Running
from app.canvas.desk import CanvasDesk
from app.session import Session
from app.tools.base import Hovers, Point, Pointer, Result, Tool
from engine.errors import EngineError

CHANGED = "The image changed meanwhile, so nothing was done. Do it once more."


class Gestures:
    """Between the pointer and the session.

    Attributes:
        last_point: where the last stroke on this image ended; a straight line begins there.
    """

    def __init__(
        self,
        session: Session,
        aside: Aside,
        ended: Callable[[], None],
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin without a gesture.

        Args:
            session: takes the commands.
            aside: for what gestures work out on another thread.
            ended: called when a gesture is over, before its command is done, so that nothing of
                the preview is left when the document changes.
            settled: called when a gesture that waited is over and its command done.
        """
        self._session, self._aside = session, aside
        self._ended, self._settled = ended, settled
        self._gesture: Running | None = None
        self._desk: CanvasDesk | None = None
        self._hover: Running | None = None
        self.last_point: Point | None = None

    @property
    def running(self) -> bool:
        """Whether a gesture has begun and not ended."""
        return self._gesture is not None

    @property
    def waits(self) -> bool:
        """Whether the button is up and the gesture waits for what it works out."""
        return self._gesture is not None and self._gesture.waits

    @property
    def radius(self) -> float | None:
        """Of the running gesture's brush, image pixels; None without one."""
        return None if self._desk is None else self._desk.radius

    def begin(self, tool: Tool, press: Pointer, desk: CanvasDesk) -> None:
        """Start at a press; a refusal is said."""
        self.cancel()
        self.leave()
        self._gesture = Running(tool.gesture(press, desk), self._aside, self._on_ready)
        self._desk, desk.ask = desk, self._gesture.later
        self._advance(None)

    def send(self, event: Pointer) -> None:
        """Hand on an event; nothing happens without a gesture."""
        if self._gesture is None:
            return
        if self._gesture.waits and event.kind == "backspace":
            self.cancel()
            return
        if event.kind == "release" and self._session.document is not None:
            self._gesture.released = self._session.document.state
        self._advance(event)

    def cancel(self) -> bool:
        """Escape: drop the gesture. Answers whether there was one."""
        if self._gesture is None:
            return False
        self._gesture.close()
        self._gesture = self._desk = None
        self._ended()
        return True

    # -- while no button is down -------------------------------------------------------------

    @property
    def hovering(self) -> bool:
        """Whether a tool shows something at the pointer."""
        return self._hover is not None

    def hover(self, tool: Hovers, at: Pointer, desk: CanvasDesk) -> None:
        """Let a tool show something at the pointer until ``leave``."""
        self.leave()
        self._hover = Running(tool.hover(at, desk), self._aside, self._on_ready)
        desk.ask = self._hover.later
        self._point(None)

    def point(self, event: Pointer) -> None:
        """The pointer moved."""
        if self._hover is not None:
            self._point(event)

    def leave(self) -> None:
        """It shows nothing any more."""
        if self._hover is not None:
            self._hover.close()
            self._hover = None
            self._ended()

    def forget(self) -> None:
        """Another image is shown, or the same one looks different: nothing kept holds any more."""
        self.leave()
        self._aside.kept.clear()

    def _point(self, event: Pointer | None) -> None:
        assert self._hover is not None
        try:
            self._hover.advance(event)
        except (StopIteration, EngineError):
            self.leave()

    # -- going on ----------------------------------------------------------------------------

    def _on_ready(self, running: Running) -> None:
        """Something that was worked out has come."""
        document = self._session.document
        if running is self._hover:
            self._point(running.ready())
        elif running is self._gesture and document is not None:
            if running.released is not None and running.released is not document.state:
                self.cancel()
                self._session.say(CHANGED, "warning")
            else:
                self._advance(running.ready())
            if self._gesture is None:
                self._settled()

    def _advance(self, event: Pointer | None) -> None:
        assert self._gesture is not None
        try:
            self._gesture.advance(event)
        except StopIteration as stop:
            self._finish(stop.value)
        except EngineError as problem:
            self._finish(None)
            self._session.say(str(problem), "warning")

    def _finish(self, result: Result | None) -> None:
        desk = self._desk
        if self._gesture is not None:
            self._gesture.close()
        self._gesture = self._desk = None
        if desk is not None:
            self.last_point = desk.last_point
        # A limit that refused everything is named before what it spoke of is drawn again.
        why_not = desk.refusal() if desk is not None and not _changes(result) else ""
        if why_not:
            self._session.say(why_not, "warning")
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


def _changes(result: Result | None) -> bool:
    return result is not None and result.command is not None

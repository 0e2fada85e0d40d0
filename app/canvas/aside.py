"""What tools have besides the picture: a thread for long work, a pane, and room to keep things."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from PySide6.QtCore import QTimer

from app.canvas.errands import Errand, Errands
from app.canvas.glass import Pane
from app.tools.base import Gesture, Hover, Point, Pointer, Watch
from engine.masks.box import NOTHING, Box

T = TypeVar("T")

RING_AFTER = 300
"""Milliseconds after which a ring shows (SCREEN.md §6)."""


@dataclass(slots=True)
class Aside:
    """Lies beside the picture for all gestures on it.

    Attributes:
        errands: does long work.
        glass: shows what was worked out.
        visible: the box of the image in view.
        kept: see ``Desk.kept``.
    """

    errands: Errands
    glass: Pane
    visible: Callable[[], Box] = lambda: NOTHING
    kept: dict[Hashable, Any] = field(default_factory=dict)


class Running:
    """A gesture, or what a tool shows while no button is down, and the work it waits for.

    Attributes:
        released: the state of the document when the button went up; None until then.
    """

    def __init__(
        self, steps: Gesture | Hover, aside: Aside, ready: Callable[["Running"], None]
    ) -> None:
        """Take a generator that has not begun.

        Args:
            steps: it.
            aside: where its work is done and its ring shows.
            ready: called when something it asked for has come.
        """
        self._steps, self._aside, self._ready = steps, aside, ready
        self._asked: list[Errand[Any]] = []
        self._last: Pointer | None = None
        self.released: object = None

    @property
    def waits(self) -> bool:
        """Whether the button is up and something it asked for has not come."""
        return self.released is not None and any(not errand.done for errand in self._asked)

    def advance(self, event: Pointer | None) -> None:
        """Go on to where the generator waits next; None begins it.

        Raises:
            StopIteration: it has ended.
            EngineError: it cannot go on.
        """
        if event is None:
            next(self._steps)
        else:
            self._last = event if event.kind != "ready" else self._last
            self._steps.send(event)

    def ready(self) -> Pointer:
        """The event that says so, where the pointer was last."""
        at = self._last.at if self._last is not None else (0.0, 0.0)
        down = self.released is None
        return Pointer("ready", *at, down=down)

    def later(self, work: Callable[[Watch], T], at: Point | None) -> Errand[T]:
        """See Desk."""
        shown = False

        def share() -> None:
            if shown and at is not None:
                self._aside.glass.ring(at, errand.share)

        def late() -> None:
            nonlocal shown
            shown = not (errand.done or errand.dropped)
            share()

        def done() -> None:
            self._asked.remove(errand)
            if shown:
                self._aside.glass.ring(None)
            self._ready(self)

        errand = self._aside.errands.run(work, done, share)
        self._asked = [each for each in self._asked if not each.dropped] + [errand]
        if at is not None:
            QTimer.singleShot(RING_AFTER, late)
        return errand

    def close(self) -> None:
        """End it, and what it waits for."""
        for errand in self._asked:
            errand.drop()
        self._asked.clear()
        self._aside.glass.clear()
        self._steps.close()

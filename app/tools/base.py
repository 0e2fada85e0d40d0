"""Tools as gestures: what the pointer does, from press to release, without Qt."""

from collections.abc import Callable, Generator, Hashable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.tools.figure import Figure
from engine.document.annotation import Annotation
from engine.document.commands import Command
from engine.document.document import Document
from engine.document.taxonomy import Taxonomy
from engine.masks.box import Box
from engine.masks.mask import Mask

Point = tuple[float, float]
Kind = Literal["press", "move", "release", "double", "enter", "backspace", "ring", "ready"]


@dataclass(frozen=True, slots=True)
class Pointer:
    """One event of the pointer, or a key that belongs to the gesture.

    Attributes:
        kind: what happened; "enter", "backspace" and "ring" (close this outline and begin
            another) are keys, "ready" says that something asked for with ``Desk.later`` has come.
        x, y: in image pixels, floats; pixel (0, 0) spans 0..1. May lie outside the image.
        pressure: 0..1 of a pen; 1 for everything else.
        pen: whether a pen sent it.
        erase: right button, pen eraser end, or the erase key held: take away instead of adding.
        shift, ctrl: modifier keys.
        down: a button is down.
        cross: the keyboard's cross sent it: a press and its release are one key.
        time: seconds, of any clock that only runs forward.
    """

    kind: Kind
    x: float
    y: float
    pressure: float = 1.0
    pen: bool = False
    erase: bool = False
    shift: bool = False
    ctrl: bool = False
    down: bool = True
    time: float = 0.0
    cross: bool = False

    @property
    def at(self) -> Point:
        """(x, y)."""
        return self.x, self.y


@dataclass(frozen=True, slots=True)
class Result:
    """How a gesture ended.

    Attributes:
        command: the one undo step; None changes nothing.
        select: ids to be selected afterwards, as far as they exist then; None leaves it.
    """

    command: Command | None = None
    select: tuple[int, ...] | None = None


Gesture = Generator[None, Pointer, Result | None]
Hover = Generator[None, Pointer, None]
"""What a tool shows while no button is down; it changes nothing and ends when it is closed."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Watch(Protocol):
    """What work on another thread looks at between its pieces."""

    def check(self) -> None:
        """End the work by an exception of its own where nobody waits for it any more."""

    def report(self, share: float) -> None:
        """Say how much is done, 0..1."""


class Later(Protocol[T_co]):
    """An answer that is on its way from another thread."""

    @property
    def done(self) -> bool:
        """Whether it has come."""

    def answer(self) -> T_co:
        """The answer, once ``done``.

        Raises:
            EngineError: what the work raised.
        """

    def drop(self) -> None:
        """Nobody waits for it any more."""


class Preview(Protocol):
    """Shows a gesture that is not yet done. The document is not touched; ``clear`` ends it."""

    def begin(self, class_id: int, *, erase: bool) -> None:
        """What follows will be painted in this class, or taken away."""

    def cover(self, region: Mask, start: Point, stop: Point, radius: float) -> None:
        """Add what a round tip covered on its way; ``region`` are its pixels, exactly."""

    def fill(self, region: Mask) -> None:
        """Add pixels of any shape."""

    def outline(self, points: Sequence[Point], *, closed: bool) -> None:
        """Show a line through points in place of the one shown before."""

    def trail(self, points: Sequence[Point]) -> None:
        """Let a line grow by these points; ``clear`` begins it anew."""

    def figure(self, figure: Figure | None) -> None:
        """Show lines and handles in place of those shown before."""

    def clear(self) -> None:
        """Show nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Coarse:
    """Pixels by the block.

    Attributes:
        bits: bool (height, width), each for step × step image pixels.
        left, top: where they begin, in blocks.
        step: a power of two.
    """

    bits: NDArray[np.bool_]
    left: int
    top: int
    step: int


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """Cells that part a piece of the image; see ``Coarse`` for where they lie.

    Attributes:
        labels: int32 (height, width), the number of each block's cell.
        left, top, step: as in ``Coarse``.
    """

    labels: NDArray[np.int32]
    left: int
    top: int
    step: int


@dataclass(frozen=True, slots=True, eq=False)
class Tint:
    """Pixels that would change.

    Attributes:
        region: which.
        class_id: what they would become; None where they are taken away.
        hatched: drawn with lines or dots too, where both kinds show at once.
    """

    region: Mask | Coarse
    class_id: int | None
    hatched: bool = False


class Glass(Protocol):
    """A pane over the picture for what was worked out; it is clear again when a gesture ends."""

    def show(self, tints: Sequence[Tint]) -> None:
        """Show these, in place of those shown before."""

    def grid(self, cells: Mosaic | None) -> None:
        """Show faint lines between cells, in place of those shown before."""

    def clear(self) -> None:
        """Show nothing."""


class Photo(Protocol):
    """The pixels of the open image, for tools that look at them.

    Attributes:
        size: (height, width) of level 0; level k is the image at 1 / 2**k.
        levels: number of levels.
    """

    size: tuple[int, int]
    levels: int

    def read(self, box: Box, level: int = 0) -> NDArray[np.uint8]:
        """RGB (height, width, 3) of a box of a level, in that level's pixels, inside it.

        Raises:
            EngineError: the picture is not there yet, or cannot be read.
        """

    def raw(self, box: Box) -> NDArray[Any]:
        """Samples as stored, (height, width) or (height, width, channels), of a box of level 0.

        Raises:
            EngineError: likewise.
        """


class Desk(Protocol):
    """What a tool may see and touch while its gesture runs.

    Attributes:
        document: read it; only commands change it.
        class_id: the current class.
        selection: ids of selected objects and proposals.
        radius: of the brush, image pixels.
        options: of the tool's strip, by name; see ``app.tools.registry``.
        force_new: the next press begins a new object whatever is under it.
        scale: device pixels per image pixel.
        last_point: where the last stroke on this image ended.
        preview: what the gesture shows of itself.
        photo: the image's pixels; may be read on another thread.
        glass: likewise, for what is worked out.
        visible: the box of the image in view when the gesture began.
        kept: what tools keep between gestures; emptied when another image opens.
    """

    document: Document
    scale: float
    last_point: Point | None

    @property
    def class_id(self) -> int | None:
        """See the class."""

    @property
    def selection(self) -> frozenset[int]:
        """See the class."""

    @property
    def radius(self) -> float:
        """See the class."""

    @property
    def force_new(self) -> bool:
        """See the class."""

    @property
    def options(self) -> Mapping[str, Any]:
        """See the class."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The classes of the project."""

    @property
    def preview(self) -> Preview:
        """See the class."""

    @property
    def photo(self) -> Photo:
        """See the class."""

    @property
    def glass(self) -> Glass:
        """See the class."""

    @property
    def visible(self) -> Box:
        """See the class."""

    @property
    def kept(self) -> MutableMapping[Hashable, Any]:
        """See the class."""

    def later(self, work: Callable[[Watch], T], at: Point | None = None) -> Later[T]:
        """Do what takes long on another thread; the gesture is sent "ready" when it is done.

        Work that is under way when the gesture ends is told to stop and its answer dropped. A
        gesture whose button is up already holds back the events that follow until it ends; it
        ends without a command, and says so, when the document has changed meanwhile.

        Args:
            work: may read the desk's document, photo and limits, and nothing of the window.
            at: where a ring shows how far it is when it takes longer than a moment.
        """

    def set_option(self, name: str, value: Any) -> None:
        """Give an option of the tool another value, as the strip does."""

    def allowed(self, region: Mask) -> Mask:
        """The part of a region that the limits in force let a tool touch.

        Every tool asks for what it is about to paint or take away, for its preview and for its
        command alike.
        """

    def under(self, point: Point) -> list[Annotation]:
        """Objects and proposals shown at a point, topmost first."""

    def shown(self) -> list[Annotation]:
        """All objects and proposals that are shown, bottom first."""

    def choose(self, ids: Sequence[int]) -> None:
        """Select these objects and no others."""

    def choose_class(self, class_id: int) -> None:
        """Make it the class of the next stroke."""

    def mark(self, point: Point | None) -> None:
        """Remember where a stroke ended."""


class Tool(Protocol):
    """One gesture, written top to bottom.

    The generator is sent each event after the press and returns how it ended. Until then the
    document is unchanged, so Escape is ``close()`` and needs no code in the tool.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """Begin at ``press``.

        Raises:
            EngineError: nothing can be done here; the text says why.
        """


class Hovers(Protocol):
    """A tool that shows something while no button is down."""

    def hover(self, at: Pointer, desk: Desk) -> Hover:
        """Begin where the pointer is; it is sent moves, and "ready".

        Raises:
            EngineError: there is nothing to show; it is not said.
        """

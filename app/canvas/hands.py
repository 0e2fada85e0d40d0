"""What the pointer, pen, fingers and keyboard cross do: begin gestures, pan, point."""

import math
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal

from app.canvas.aside import Aside
from app.canvas.brush_tip import BrushTip
from app.canvas.desk import CanvasDesk
from app.canvas.errands import Errands
from app.canvas.gestures import Gestures
from app.canvas.keys_held import Held, KeysHeld
from app.canvas.picture import Picture
from app.canvas.pointing import Pointing
from app.canvas.stack import Stack
from app.canvas.taking import Taking
from app.canvas.tool_hover import ToolHover
from app.canvas.view import View
from app.canvas.working_time import WorkingTime
from app.session import Session
from app.tools.base import Kind, Pointer, Tool
from app.tools.registry import hint, tool_info
from engine.masks.mask import Mask

UNFINISHED = "The tool was still at work when you went on, so it changed nothing."


class Hands(Pointing):
    """Knows what is held, and runs a gesture from what the hands do.

    Signals:
        drawing_changed: a gesture that may go on after the release was begun or ended.
        hint_changed: one line on what the pointer does now.

    Attributes:
        stack: what lies under the hand.
        taking: which tool takes a press.
    """

    drawing_changed = Signal(bool)
    hint_changed = Signal(str)

    def __init__(
        self, session: Session, picture: Picture, view: View, parent: QObject | None = None
    ) -> None:
        super().__init__(view, parent)
        self._session, self._picture = session, picture
        self.aside = Aside(Errands(self), picture.glass, lambda: view.camera.visible)
        self.gestures = Gestures(session, self.aside, self._on_ended, self._go_on)
        self._held_back: list[Pointer] = []  # came while a gesture waited for its work
        self._time = WorkingTime()
        self._tool_hover = ToolHover(session, self.gestures, self._desk)
        self.taking = Taking(session)
        self._held = KeysHeld()
        self._drawing = False
        self._began = ""  # the tool of the running gesture
        self._last: Pointer | None = None  # its newest event
        self._tip = BrushTip(session, view)
        self.stack = Stack(session, picture.masks, lambda: self.place)
        self._again = QTimer(self, interval=0, singleShot=True)
        self._again.timeout.connect(self.look_again)
        session.tool_changed.connect(self._on_tool)
        for signal in (session.tool_changed, session.selection_changed, session.class_changed):
            signal.connect(self._again.start)
        session.document_changed.connect(lambda _change: self._again.start())
        session.leaving.connect(self.finish)
        session.place_changed.connect(self.finish)

    def ring(self) -> tuple[QPointF, float] | None:
        """Middle and radius of the brush's ring; None when there is none."""
        at = self.to_view(self.cross) if self.cross is not None else self.pointer
        info = tool_info(self._session.tool)
        if at is None or info.pointer != "ring" or self.gripping or self.taking.borrowed:
            return None
        radius = self.gestures.radius or self._tip.radius
        return at, max(0.5, radius) * self._view.camera.scale

    # -- holding -----------------------------------------------------------------------------

    @property
    def is_hand(self) -> bool:
        """Whether a press grips the picture."""
        return "pan" in self._held or self._session.tool == "pan"

    @property
    def gripping(self) -> bool:
        """Whether the picture is gripped, or would be by a press."""
        return self.is_hand or self.panning is not None

    @property
    def drawing(self) -> bool:
        """Whether Enter, Backspace and undo belong to the running gesture."""
        return self._drawing

    def hold(self, name: Held) -> None:
        """A key that acts while it is down was pressed."""
        if self._held.hold(name):
            self._on_held()

    def release(self, name: Held) -> None:
        """It was let go."""
        if self._held.release(name):
            self._on_held()

    def release_all(self) -> None:
        """The focus is gone, and with it the keys."""
        if self._held.release_all():
            self._on_held()

    def _on_held(self) -> None:
        held = self._held
        changes = "changes" in held
        # The picture of what changed is laid over the bare photo; see app.canvas.changes.
        self._session.set_view(
            photo_alone=changes or "photo" in held,
            masks_alone="masks" in held and not changes,
            changes_alone=changes,
        )
        self._session.limits.lift("lift" in held)
        self._on_tool()

    def _on_tool(self) -> None:
        if self._drawing and self._session.tool != self._began:
            self.finish()  # the points that are set are kept, as if Enter had been pressed
        self._tip.on_options()
        if self._tool_hover.on_tool() and self.pointer is not None:
            self.hover()
        self._after()
        self.hint_changed.emit(hint(self._session.tool, self._held.newest))

    # -- pointing ----------------------------------------------------------------------------

    def point(self, at: QPointF | None) -> None:
        """The pointer moved, or left."""
        self.pointer = at
        if at is None:
            self._session.set_hovered(None)
            self.gestures.leave()
        self.moved.emit()

    def hover(self) -> None:
        """Say which object the pointer is on."""
        if self.pointer is None or self._session.document is None:
            return
        at = self.to_image(self.pointer)
        under = self._picture.masks.under(math.floor(at.x()), math.floor(at.y()))
        self._session.set_hovered(under[0].id if under else None)
        self._hover_at(at)

    def look_again(self) -> None:
        """What the tool shows at the pointer or the cross may be another thing now."""
        at = self.place
        if at is not None and self._session.document is not None:
            self._hover_at(at)

    def _hover_at(self, at: QPointF) -> None:
        if self.gripping:
            self.gestures.leave()
            return
        erase = "erase" in self._held
        event = Pointer("move", at.x(), at.y(), erase=erase, down=False, time=self._time.now())
        self._tool_hover.move(event, self._view.camera)
        self._after()

    def send(
        self,
        kind: Kind,
        at: QPointF,
        *,
        erase: bool = False,
        pressure: float = 1.0,
        pen: bool = False,
        down: bool = True,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        cross: bool = False,
    ) -> None:
        """One event of the tool's pointer: to the running gesture, or beginning one."""
        x, y = self._view.camera.to_image(at.x(), at.y())
        shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        ctrl = bool(keys & Qt.KeyboardModifier.ControlModifier)
        erase = erase or "erase" in self._held
        now = self._time.now()
        event = Pointer(kind, x, y, pressure, pen, erase, shift, ctrl, down, now, cross)
        if not self.gestures.waits:
            self._feed(event)
        elif down or kind == "release":
            self._held_back.append(event)
        self._after()

    def _feed(self, event: Pointer) -> None:
        self._last = event
        if self.gestures.running:
            self.gestures.send(event)
        elif event.kind in ("press", "double") and self._session.document is not None:
            self._begin(event)

    def _go_on(self) -> None:
        """A gesture that waited is over: what came meanwhile is done now."""
        waited, self._held_back = self._held_back, []
        for place, event in enumerate(waited):
            if self.gestures.waits:
                self._held_back = waited[place:]
                break
            self._feed(event)
        self._after()

    def _begin(self, event: Pointer) -> None:
        tool = self.taking.tool_for(event)
        if tool is not None:
            self._began = self._session.tool
            self.gestures.begin(tool, event, self._desk(event))

    def borrow(self, tool: Tool | None) -> None:
        """Let a tool take the next press in place of the one in use; None ends that."""
        self.taking.borrowed = tool
        self.moved.emit()

    def on_guest(self) -> bool:
        """Whether a press where the pointer is would be the guest's."""
        if self.pointer is None:
            return False
        at = self.to_image(self.pointer)
        return self.taking.is_guests(Pointer("move", at.x(), at.y(), down=False))

    def _desk(self, event: Pointer) -> CanvasDesk:
        picture = self._picture
        return CanvasDesk(
            self._session,
            picture.masks,
            picture.stroke,
            picture.photo,
            self._view.camera.scale,
            self.gestures.last_point,
            event,
            self.aside,
            self._tip.radius,
        )

    def key(self, kind: Literal["enter", "backspace", "ring"]) -> None:
        """A key that belongs to the gesture; Backspace takes away a point that is pointed at."""
        at = self.place or QPointF()
        if kind == "backspace" and not self.gestures.running:
            self.remove_point()
            return
        event = Pointer(kind, at.x(), at.y(), time=self._time.now())
        guest = self.taking.guest
        if kind == "enter" and guest is not None and not self.gestures.running:
            self.gestures.begin(guest, event, self._desk(event))
        self.gestures.send(event)
        self._after()

    def allowed(self, region: Mask) -> Mask:
        """The part of a region that the limits in force let an action touch."""
        return self._desk(Pointer("press", 0, 0, erase=True)).allowed(region)

    def remove_point(self) -> bool:
        """Take away the point of an outline at the place; False where the tool has none there."""
        from app.tools.points import Points  # at first use, as all tools

        at, tool = self.place, tool_info(self._session.tool).tool
        if at is None or not isinstance(tool, Points) or self._session.document is None:
            return False
        event = Pointer("move", at.x(), at.y(), down=False)
        if self.gestures.running or not tool.holds(event, self._desk(event)):
            return False
        self.send("press", self.to_view(at), erase=True)
        self.send("release", self.to_view(at), erase=True, down=False)
        return True

    def turned(self) -> None:
        """An option changed by the wheel: the running gesture sees it at once."""
        if self.pointer is None:
            return
        if self.gestures.running:
            self.send("move", self.pointer)
        else:
            self.hover()

    def drop(self) -> bool:
        """Escape: end what is in progress without a trace; False when nothing was."""
        busy = self.panning is not None or self.taking.borrowed is not None
        self.panning = self.taking.borrowed = None
        self._held_back.clear()
        dropped = self.gestures.cancel()
        self._after()
        return dropped or busy

    def lift(self) -> None:
        """The hand let go where it was last."""
        gestures = self.gestures
        if gestures.running and not gestures.waits and self._last is not None:
            gestures.send(replace(self._last, kind="release", down=False))
            self._after()

    def finish(self) -> None:
        """End what is in progress as if the hand let go where it is: nothing of it is lost."""
        if self._drawing and self._last is not None:
            self.gestures.send(replace(self._last, kind="enter", down=False))
        self.lift()
        if self.gestures.waits:
            self._session.say(UNFINISHED, "warning")
        self.drop()

    def forget(self) -> None:
        """Another image is shown."""
        self.drop()
        self.gestures.forget()
        self.gestures.last_point = None
        self.hide_cross()

    def _after(self) -> None:
        dirty = self._picture.stroke.take_dirty()
        if not dirty.isEmpty():
            self._picture.stale.emit(dirty)
        drawing = self.gestures.running and tool_info(self._began).stays
        if drawing != self._drawing:
            self._drawing = drawing
            self.drawing_changed.emit(drawing)
        self.moved.emit()

    def _on_ended(self) -> None:
        self._picture.stroke.end()
        self._picture.stale.emit(self._picture.stroke.take_dirty())

    # -- the keyboard's cross ----------------------------------------------------------------

    def press_at_cross(self, *, erase: bool = False) -> None:
        """Press and release at the cross; the first time it only shows."""
        if self._session.document is None:
            return
        if self.cross is None:
            self.place_cross()
            return
        at = self.to_view(self.cross)
        self.send("press", at, erase=erase, cross=True)
        self.send("release", at, erase=erase, down=False, cross=True)

    def move_cross(self, dx: int, dy: int) -> None:
        """Move the cross by whole image pixels; the first time it only shows."""
        if not self.step_cross(dx, dy) or self.cross is None:
            return
        if self.gestures.running:
            self.send("move", self.to_view(self.cross), down=False, cross=True)
        else:
            self._hover_at(self.cross)
        self.moved.emit()

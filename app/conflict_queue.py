"""The conflicts of a project: listed, shown on the picture one by one, decided by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import Relay
from app.panels.common import plural
from app.tools.base import Tint
from app.workers import Workers
from engine.document.conflict import LABELS, Conflict, Side, decode
from engine.errors import EngineError
from engine.masks.box import Box, union
from engine.masks.mask import Mask
from engine.store.kin import ConflictRow

if TYPE_CHECKING:
    from app.canvas.picture import Picture
    from app.session import Session
    from engine.store import Project

Shown = Literal["difference", "mine", "theirs"]

AGAIN_MS = 150
"""After the last step or undo before the list is read again."""


class ConflictQueue(QObject):
    """What waits for a decision. Reading waits for the disk and happens on a thread.

    Signals:
        changed: ``rows`` are others.
        opened: ``current`` is another.

    Attributes:
        rows: what waits, by image.
        current: the one that is shown; None for none.
        found: what it is about; None where nothing is shown.
        problem: why it cannot be read; empty where it can.
    """

    changed = Signal()
    opened = Signal()

    def __init__(
        self,
        session: Session,
        picture: Picture,
        zoom: Callable[[Box], None],
        parent: QObject | None = None,
    ) -> None:
        """Follow a session.

        Args:
            session: whose project's conflicts they are.
            picture: where they are shown.
            zoom: brings a box of image pixels into view.
            parent: see QObject.
        """
        super().__init__(parent)
        self._session, self._picture, self._zoom = session, picture, zoom
        self.rows: list[ConflictRow] = []
        self.current: ConflictRow | None = None
        self.found: Conflict | None = None
        self.problem = ""
        self.shown: Shown = "difference"
        self._read: dict[int, Conflict | None] = {}
        self._workers = Workers(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_rows)
        self._later = QTimer(self, interval=AGAIN_MS, singleShot=True)
        self._later.timeout.connect(self.refresh)
        self._following = False
        session.history_changed.connect(self._on_step)
        session.project_changed.connect(self._on_project)

    # -- reading -----------------------------------------------------------------------------

    def follow(self) -> None:
        """Read what waits, and again after each step, until ``leave``."""
        self._following = True
        self.refresh()

    def _on_step(self) -> None:
        if self._following:
            self._later.start()

    def refresh(self) -> None:
        """Read again what waits; ``changed`` follows."""
        self._later.stop()
        project = self._session.project
        if project is None:
            self._on_rows((None, []))
            return

        def work() -> None:
            try:
                self._relay.send((project, project.conflicts()))
            except EngineError:
                self._relay.send((project, []))  # closed meanwhile, or cannot be read just now

        self._workers.run(work)

    def conflict(self, row: ConflictRow) -> Conflict | None:
        """What a row is about; None where it cannot be read."""
        if row.id not in self._read:
            self._read[row.id] = self._decode(row)
        return self._read[row.id]

    def _decode(self, row: ConflictRow) -> Conflict | None:
        image = self._session.row(row.image)
        project = self._session.project
        if image is None or project is None:
            return None
        try:
            size = image.size if image.size is not None else project.load(row.image).size
            return decode(row.payload, size)
        except EngineError:
            return None

    def _on_rows(self, arrived: tuple[object, list[ConflictRow]]) -> None:
        project, rows = arrived
        if project is not self._session.project:
            return
        self.rows = rows
        if self.current is not None and self.current not in rows:
            self._drop()
        self.changed.emit()

    def _on_project(self) -> None:
        self._drop()
        self._read.clear()
        self.rows = []
        if self._following:
            self.refresh()

    # -- showing -----------------------------------------------------------------------------

    def open(self, row: ConflictRow) -> None:
        """Show a conflict on its image."""
        try:
            self._session.open_image(row.image)
        except EngineError as problem:
            self._session.say(str(problem), "warning")
            return
        self.current, self.found, self.problem = row, self.conflict(row), ""
        if self.found is None:
            self.problem = "This conflict cannot be read. Merge the part again."
        self.paint()
        box = self._box()
        if box is not None:
            self._zoom(box)
        self.opened.emit()

    def show_side(self, shown: Shown) -> None:
        """Show only what they have, only what is here, or where both differ."""
        self.shown = shown
        self.paint()

    def paint(self) -> None:
        """Lay the conflict over the picture."""
        self._picture.plan.show(self._tints())

    def clear(self) -> None:
        """Take what is shown off the picture."""
        self._drop()

    def leave(self) -> None:
        """Show nothing any more, and read no more."""
        self._following = False
        self._drop()

    def _drop(self) -> None:
        self.current = self.found = None
        self._picture.plan.clear()
        self.opened.emit()

    def _tints(self) -> list[Tint]:
        found = self.found
        if found is None or self._session.document is None:
            return []
        mine, theirs = self._sides(found)
        if self.shown == "mine":
            return [Tint(mine, found.mine_class or None)] if mine else []
        if self.shown == "theirs":
            return [Tint(theirs, found.theirs_class or None)] if theirs else []
        if found.kind in ("class", "area"):
            return [Tint(theirs, found.theirs_class, hatched=True)]
        place = found.patch if found.kind == "pixels" else mine | theirs
        goes, comes = (mine - theirs) & place, (theirs - mine) & place
        tints = [Tint(goes, None, hatched=True)] if goes else []
        return [*tints, Tint(comes, found.theirs_class, hatched=True)] if comes else tints

    def _sides(self, found: Conflict) -> tuple[Mask, Mask]:
        """What is here and what they have, as masks."""
        if found.kind == "area":
            return found.patch, found.patch
        document = self._session.document
        now = None if document is None else document.find(found.annotation)
        if found.kind == "gone_here":
            now = None
        theirs = Mask.EMPTY if found.theirs is None else found.theirs.mask
        return Mask.EMPTY if now is None else now.mask, theirs

    def _box(self) -> Box | None:
        if self.found is None:
            return None
        mine, theirs = self._sides(self.found)
        boxes = [mask.box for mask in (mine, theirs, self.found.patch) if mask]
        if not boxes:
            return None
        whole = boxes[0]
        for box in boxes[1:]:
            whole = union(whole, box)
        return whole

    # -- deciding ----------------------------------------------------------------------------

    def pick(self, side: Side) -> bool:
        """Decide the conflict that is shown; answers whether it was."""
        from engine.hands.deciding import decide

        session, row = self._session, self.current
        project = self._writable()
        if project is None or row is None:
            return False
        classes = project.taxonomy
        try:
            decide(project, row, side)
        except EngineError as problem:
            session.say(str(problem), "warning")
            return False
        if project.taxonomy is not classes:  # theirs brought a deleted one back
            session.touch_taxonomy()
        session.saved_changed.emit()
        place = self.rows.index(row)
        self.rows = [each for each in self.rows if each.id != row.id]
        self._drop()
        self.changed.emit()
        if self.rows:
            self.open(self.rows[min(place, len(self.rows) - 1)])
        return True

    def pick_all(self, side: Side) -> None:
        """Decide all that wait for one side, one step for each image, between events."""
        from engine.hands.deciding import Decided, deciding

        session, project, rows = self._session, self._writable(), list(self.rows)
        if project is None or not rows:
            return
        self._drop()

        def over(done: Decided) -> None:
            session.refresh_images()
            session.saved_changed.emit()
            self.refresh()
            images = plural(len(done.images), "image")
            words = f"{plural(done.count, 'conflict')} decided in {images}"
            problem = done.problems[0] if done.problems else ""
            session.say(f"{words}. {problem}".strip(), "warning" if problem else "ok")

        session.slices.change(session, deciding(project, side, rows), LABELS[side], over)

    def _writable(self) -> Project | None:
        """The project, if something can be decided in it now; else the reason is said."""
        session, project = self._session, self._session.project
        if project is not None and (project.read_only or session.slices.words):
            session.say(session.slices.words or project.owner, "warning")
            return None
        return project

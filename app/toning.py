"""How the values of the open image are shown, and where that is kept: with the image or project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import EngineError
from engine.images.picture import Picture
from engine.images.tone import Tone

if TYPE_CHECKING:
    from app.session import Session
    from engine.store import ImageRow

KEEP_MS = 400
"""A value that is dragged is written when it has stood still for so long."""


class Toning(QObject):
    """The tone of the open image, the project's and its own.

    A change shows at once; it is written when it has come to rest, when the image is left, and
    before a model is asked, so that networks are given what is seen.

    Signals:
        changed: the open image shows with another tone, or with one kept elsewhere. Another
            image says only ``Session.image_changed``.
        kept: a tone was written: the id of its image, or None for the project's.

    Attributes:
        tone: of the open image.
        own: it is kept with the image and not with the project.
    """

    changed = Signal()
    kept = Signal(object)  # int | None

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.tone = Tone()
        self.own = False
        self._session = session
        self._project_tone = Tone()
        self._image: int | None = None
        self._unwritten = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(KEEP_MS)
        self._rest.timeout.connect(self.keep)
        session.leaving.connect(self.keep)
        # Made before every view, so it is told first: views find the new image's tone here.
        session.project_changed.connect(self._on_project)
        session.image_changed.connect(self._on_image)

    # -- changing ----------------------------------------------------------------------------

    def set(self, tone: Tone) -> None:
        """Show the open image, and with the project's tone all others, like this."""
        if tone == self.tone:
            return
        self.tone = tone
        if not self.own:
            self._project_tone = tone
        self._unwritten = True
        self._rest.start()
        self.changed.emit()

    def set_own(self, own: bool) -> None:
        """Keep the tone with the open image alone, or let it show like the project's others."""
        if own == self.own or self._image is None:
            return
        self.keep()
        self.own = own
        if not own:
            self.tone = self._project_tone
        self._unwritten = True
        self.keep()
        self.changed.emit()

    def keep(self) -> None:
        """Write what is not written yet."""
        self._rest.stop()
        project, image = self._session.project, self._image
        if not self._unwritten or project is None:
            return
        self._unwritten = False
        if project.read_only or image is None:
            return  # looked at, not changed
        row = project.image(image)
        if self.own:
            project.set_image(image, tone=self.tone)
        else:
            if row.tone_json:
                project.set_image(image, tone=None)
            project.set_tone(self._project_tone)
        self._session.refresh_images([image])
        self.kept.emit(image if self.own or row.tone_json else None)

    # -- following ---------------------------------------------------------------------------

    def _on_image(self) -> None:
        row = self._session.image
        self._image = None if row is None else row.id
        own = None if row is None else self._tone_of(row)
        self.own = own is not None
        self.tone = self._project_tone if own is None else own

    def picture(self, row: ImageRow) -> Picture:
        """An image as models are asked about it: as it shows now, written or not.

        Raises:
            EngineError: its tone was written by another version.
        """
        if row.id == self._image:
            return Picture(row.path, row.page, self.tone, self.own)
        return row.picture(self._project_tone)

    def _tone_of(self, row: ImageRow) -> Tone | None:
        try:
            return row.tone
        except EngineError as problem:
            self._session.say(str(problem), "warning")
            return None

    def _on_project(self) -> None:
        self._unwritten, self._image = False, None
        project = self._session.project
        try:
            self._project_tone = Tone() if project is None else project.tone
        except EngineError as problem:
            self._project_tone = Tone()
            self._session.say(str(problem), "warning")
        self.tone, self.own = self._project_tone, False

"""What stands in the canvas's place while a project has no image to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.panels.common import bind, plural
from app.theme.widgets import Button, EmptyState

if TYPE_CHECKING:
    from app.services import Services


class NoImage(QWidget):
    """See the module. Hidden as soon as an image is open."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session
        button = Button("Open a folder", "folder-open")
        bind(button, services, "file.open_folder", cap=True)
        self.state = EmptyState("image", "", "", button)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self.state)
        column.addStretch(1)
        session = self._session
        for signal in (session.project_changed, session.image_changed, session.images_changed):
            signal.connect(self.refresh)
        services.jobs.changed.connect(self.refresh)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Say why there is nothing to see, or hide."""
        session = self._session
        shown = session.project is not None and session.image is None
        if shown:
            self.state.set_words(*self._words())
        self.setVisible(shown)

    def _words(self) -> tuple[str, str]:
        count = len(self._session.images)
        if self._services.jobs.running("import"):
            return "Importing", "The images show as soon as the annotations are read."
        if not count:
            return "No images yet", "Drop some here, or open a folder."
        return (
            "No image is open",
            f"{plural(count, 'image')} in this project. Choose one below; "
            "those that cannot be read carry a warning.",
        )

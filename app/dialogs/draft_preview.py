"""Tries a draft of a model on the open image, a moment after the last change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor

from app.dialogs.background import Background
from app.dialogs.model_preview import SIDE, ModelPreview, answer_picture, leftmost
from app.places.figures import counted, short_file
from app.services import Services
from engine.errors import EngineError
from engine.images.picture import Picture
from engine.models.answer import Answer
from engine.models.card import Card

WAIT_MS = 250

Colors = Callable[[], Mapping[int, QColor]]
"""Model class → colour, as the mapping has it now."""


class DraftPreview(QObject):
    """Keeps the split picture in step with the open image and the card so far."""

    said = Signal(str, bool)  # what came of it, and whether that is a problem

    def __init__(
        self, services: Services, view: ModelPreview, colors: Colors, background: Background
    ) -> None:
        super().__init__(view)
        self._services, self._view, self._colors = services, view, colors
        self._background = background
        self._draft: tuple[Path, Card, str] | None = None
        self._asked = 0  # counts questions, so that a late answer is known as one
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self._ask)
        services.session.image_changed.connect(self._load)
        self._load()

    def show(self, file: Path | None, card: Card | None, trust: str = "") -> None:
        """Try this card soon; None forgets what was shown."""
        self._asked += 1
        if file is None or card is None:
            self._draft = None
            self._wait.stop()
            self._view.set_masks(None)
            self._view.set_message("")
            return
        self._draft = (file, card, trust)
        self._wait.start()

    def _load(self) -> None:
        image = self._services.session.image
        self._view.set_masks(None)
        if image is None:
            self._view.set_photo(None)
            return
        picture = self._services.session.toning.picture(image)

        def read() -> Any:
            from engine.images.source import open_source

            try:
                source = open_source(picture.path, picture.page)
                return picture, source.overview(SIDE, picture.tone)
            except EngineError:
                return picture, None  # the canvas says what is wrong with the file

        self._background.run(read, self._on_photo)
        if self._draft is not None:
            self._wait.start()

    def _on_photo(self, news: tuple[Picture, Any]) -> None:
        picture, found = news
        image = self._services.session.image
        if image is not None and (image.path, image.page) == (picture.path, picture.page):
            self._view.set_photo(found)

    def _ask(self) -> None:
        image = self._services.session.image
        if self._draft is None:
            return
        if image is None:
            self.said.emit("Open an image to see what the model finds in it.", False)
            return
        file, card, trust = self._draft
        self._view.set_message("Asking the model")
        self._asked += 1
        asked = self._asked

        def done(answer: Answer | None, why: str) -> None:
            if shiboken6.isValid(self) and asked == self._asked:  # it may be closed by now
                self._on_answer(card, answer, why, image.file_name)

        picture = self._services.session.toning.picture(image)
        self._services.inference.preview_draft(file, card, picture, done, trust)

    def _on_answer(self, card: Card, answer: Answer | None, why: str, image: str) -> None:
        if answer is None:
            self._view.set_masks(None)
            self._view.set_message("No masks: see below")
            self.said.emit(why, True)
            return
        self._view.set_message("" if answer.objects else "No mask on this image")
        self._view.set_masks(answer_picture(answer, self._colors()), leftmost(answer))
        labels = {each.label for each in answer.objects}
        found = ", ".join(each.name for each in card.classes if each.index in labels)
        words = (
            f"{counted(len(answer.objects), 'mask')} on {short_file(image)}, {answer.seconds:.2f} s"
        )
        self.said.emit(f"Works: {words} · {found}" if found else f"Works: {words}", False)

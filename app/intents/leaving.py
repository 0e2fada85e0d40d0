"""Letting go of a project, and what may be done when it cannot be saved."""

import os
from itertools import chain, count
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.intents.unsaved import ask_unsaved
from app.services import Services
from engine.errors import EngineError


class Leaving:
    """Nothing that was done is lost silently: what cannot be written keeps the project open."""

    def __init__(self, services: Services, window: QWidget) -> None:
        self._services, self._session, self._window = services, services.session, window

    def leave(self) -> None:
        """Write what is not written and let go of the project that is open.

        Raises:
            EngineError: something of it cannot be written; it stays open.
        """
        session, project = self._session, self._session.project
        if project is None:
            return
        session.slices.finish()
        image = session.image
        if image is not None and not project.read_only:
            project.set_setting("last_image", image.id)
        session.close_image()
        try:
            project.close()
        except EngineError:
            if image is not None:
                session.open_image(image.id)
            raise
        session.set_project(None)

    def may_quit(self) -> bool:
        """Close the project; where it cannot be saved, ask. False: the user stays."""
        while True:
            try:
                self.leave()
            except EngineError as problem:
                answer = ask_unsaved(self._window, str(problem))
                if answer == "stay":
                    return False
                if answer == "discard":
                    self._discard()
                elif not self._rescue():
                    continue
            return True

    def _discard(self) -> None:
        project = self._session.project
        if project is not None:
            self._session.set_project(None)
            project.close(discard=True)

    def _rescue(self) -> bool:
        """Write everything to a copy in another folder; answers whether that worked."""
        project = self._session.project
        chosen = QFileDialog.getExistingDirectory(self._window, "Save a copy in")
        if project is None or not chosen:
            return False
        self._session.close_image()
        try:
            copy = project.copy_to(_free(Path(chosen) / project.path.name))
        except EngineError as problem:
            self._session.say(str(problem), "error")
            return False
        self._session.set_project(None)
        self._services.settings.add_recent(copy.path)
        copy.close()
        return True


def _free(path: Path) -> Path:
    """The path, or one beside it with a number, that does not exist yet."""
    tries = chain([path], (path.with_stem(f"{path.stem} {number}") for number in count(2)))
    return next(each for each in tries if not os.path.exists(each))

"""Sheets and layers: export, import, add model, settings, search, keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import cannot_write, no_image, no_project
from app.services import Services

if TYPE_CHECKING:
    from app.window import Window


class SheetIntents:
    """Each is imported when it is first asked for, so that none slows the start."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        handle = services.actions.handle
        handle("file.export", self.export, partial(no_project, services.session))
        handle("file.import", self.import_, partial(cannot_write, services.session))
        handle("model.add", self.add_model)
        handle("model.mapping", self.mapping, self._no_model)
        handle("learn.start", self.learn, partial(cannot_write, services.session))
        handle("view.light", self.light)
        handle("app.settings", self.settings)
        handle("app.palette", self.palette)
        handle("app.keys", self.keys)
        handle("app.about", self.about)
        handle("list.find", self.find, self._no_list)
        handle("list.filter", self.filter, partial(no_image, services.session))
        handle("app.rebind", self.rebind)

    def export(self) -> None:
        """The export sheet."""
        from app.dialogs.export_sheet import ExportSheet

        self._window.show_sheet(ExportSheet(self._services, self._window))

    def import_(self) -> None:
        """The import sheet."""
        from app.dialogs.import_sheet import ImportSheet

        self._window.show_sheet(ImportSheet(self._services, self._window))

    def add_model(self) -> None:
        """The sheet that adds a model from a file."""
        from app.dialogs.add_model_sheet import AddModelSheet

        self._window.show_sheet(AddModelSheet(self._services, self._window))

    def mapping(self) -> None:
        """The sheet that maps the model's classes to the project's."""
        from app.dialogs.mapping_sheet import MappingSheet

        self._window.show_sheet(MappingSheet(self._services, self._window))

    def learn(self) -> None:
        """The sheet that starts a round of learning."""
        from app.dialogs.learn_sheet import LearnSheet

        self._window.show_sheet(LearnSheet(self._services, self._window))

    def light(self) -> None:
        """Window, channels and gamma of the images; brightness of the screen."""
        from app.dialogs.light_sheet import LightSheet

        photo = self._window.canvas.picture.photo
        self._window.show_sheet(LightSheet(self._services, self._window, photo))

    def settings(self) -> None:
        """The settings sheet."""
        from app.dialogs.settings_sheet import SettingsSheet

        self._window.show_sheet(SettingsSheet(self._services, self._window))

    def palette(self) -> None:
        """Search commands, classes and images."""
        from app.dialogs.command_palette import CommandPalette

        CommandPalette(self._services, self._window).open_over(self._window)

    def keys(self) -> None:
        """The keys of the present place."""
        from app.dialogs.keys_sheet import KeysSheet

        KeysSheet(self._services, self._window).open_over(self._window)

    def about(self) -> None:
        """Version and licence, in the status bar: no box to click away."""
        from importlib.metadata import version

        self._session.say(
            f"Maskwright {version('maskwright')}, Apache-2.0. Nothing leaves this computer."
        )

    def find(self) -> None:
        """Put the cursor into the list's search field."""
        self._window.leave_canvas_only()
        if self._window.filmstrip.isVisible():
            self._window.filmstrip.focus_search()
        else:
            self._session.say(
                "The window is too low for the filmstrip. {app.palette} finds an image by its name."
            )

    def filter(self) -> None:
        """Put the cursor into the filter of the object list."""
        self._window.show_panel()
        self._window.side_panel.focus_search()

    def rebind(self) -> None:
        """The sheet in which keys are changed."""
        from app.dialogs.rebind_sheet import RebindSheet

        self._window.show_sheet(RebindSheet(self._services, self._window))

    def _no_list(self) -> str:
        where = "The list of images is in Correct: {place.correct} leads there."
        return no_project(self._session) or ("" if self._session.place == "correct" else where)

    def _no_model(self) -> str:
        if not self._session.model.id:
            return "There is no model in use. Add one first."
        return no_project(self._session)

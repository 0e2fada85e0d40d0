"""Looking at the program itself: memory, and whether the window stood still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.watchdog import in_development

if TYPE_CHECKING:
    from app.services import Services
    from app.window import Window

WATCH_STALLS = "watch_stalls"
"""The setting: whether the user wants stalls watched and said."""


class DebugIntents:
    """What helps to find out why something is slow or large."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._window = services, window
        services.actions.handle("app.memory", self.memory)
        services.actions.handle("app.stalls", self.stalls)
        services.actions.name("app.stalls", self._words)

    def memory(self) -> None:
        """Show who holds how much memory; again: away with it."""
        from app.dialogs.memory_sheet import MemorySheet

        if isinstance(self._window.sheet, MemorySheet):
            self._window.close_sheet()
        else:
            self._window.show_sheet(MemorySheet(self._services, self._window))

    def stalls(self) -> None:
        """Watch for stalls, or stop doing so; kept."""
        settings, session = self._services.settings, self._services.session
        on = not settings.value(WATCH_STALLS, False)
        settings.set(WATCH_STALLS, on)
        if on:
            session.say("Watching for stalls. Each is said here and described in the log.", "ok")
        elif in_development():
            session.say("Stalls are no longer said here; in a checkout they are still logged.")
        else:
            session.say("No longer watching for stalls.")

    def _words(self) -> str:
        on = self._services.settings.value(WATCH_STALLS, False)
        return "Stop watching for stalls" if on else "Watch for stalls"

"""Builds the program once and takes it down again: the composition root."""

import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import get_args

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from app.actions import Actions
from app.held_keys import HeldKeys
from app.inference import Inference
from app.intents import bind_all
from app.intents.debug import WATCH_STALLS
from app.intents.files import FileIntents
from app.jobs import JobCenter
from app.keymap import Keymap
from app.rubbish import Rubbish
from app.services import Services
from app.session import Session
from app.settings import Settings
from app.theme.theme import Choice, theme
from app.thumbnails import Thumbnails
from app.tools.registry import TOOLS
from app.watchdog import Stall, Watchdog, in_development
from app.window import Window
from app.workers import Workers
from engine.errors import EngineError
from engine.images.cache import USUAL_GIB, set_limit
from engine.models.catalog import Catalog
from engine.store import blank

log = logging.getLogger(__name__)

DISPLAYS = ("WAYLAND_DISPLAY", "DISPLAY")
"""Where Linux says which screen there is; the first that is set is asked."""

_IDLE_MS = 100
"""After the first paint, before what opening needs is got ready."""

SWITCH = 0.001
"""Seconds after which a thread that computes lets another one have the interpreter.

The writer needs it ten times for one stroke. With Python's own 5 ms and a busy window a stroke was
safe after 61 to 89 ms in 95 of 100 cases, and after 140 at worst; with this, after 18 and 26.
"""


class Application(QObject):
    """The running program. Tests build it as ``main`` does and drive its window."""

    def __init__(self, qt: QApplication) -> None:
        super().__init__()
        sys.setswitchinterval(SWITCH)
        qt.setApplicationName("maskwright")
        qt.setApplicationDisplayName("Maskwright")
        self.settings = Settings(self)
        self.theme = theme()
        self.theme.reduced_motion = self.settings.value("reduced_motion", False)
        self.theme.scale = self.settings.value("text_scale", 1.0)
        self.theme.touch = self.settings.value("touch_mode", False)
        self._qt = qt
        self.theme.apply(qt, self._theme_choice())
        set_limit(self.settings.value("cache_gib", USUAL_GIB))
        self.session = Session(self)
        self.workers = Workers(self)
        self.catalog = Catalog()
        actions = Actions(self.session, self, Keymap(self.settings, self))
        thumbnails = Thumbnails(self.session, self)
        jobs = JobCenter(self.session, self.settings, self.workers, self)
        inference = Inference(self.session, self.settings, self.catalog, self.workers, self)
        self.services = Services(
            self.session, self.settings, actions, thumbnails, jobs, inference, self.catalog
        )
        self.session.project_changed.connect(self._point_catalog)
        self.session.project_changed.connect(self._get_ready_again)
        self.window = Window(self.services)
        photo = self.window.canvas.picture.photo
        inference.yield_to(lambda: not photo.settled)
        self.files: FileIntents = bind_all(self.services, self.window)
        self.held_keys = HeldKeys(self.session, self.window, actions)
        self.settings.changed.connect(self._on_setting)
        self.window.may_close = self.files.may_quit
        self.window.closing.connect(self.close)
        self.window.set_pen_hand(self.settings.value("pen_hand", "right"))
        self.rubbish = Rubbish(self)
        self.rubbish.start()
        self.watchdog = Watchdog(self)
        self.watchdog.stalled.connect(self._on_stall)
        self._watch_stalls()
        self._closed = False
        self._warm = False
        self.session.image_changed.connect(self._warm_up)

    def show(self, arguments: Sequence[str]) -> None:
        """Show the window and open what was named on the command line."""
        geometry = self.settings.value("geometry", self.window.save_layout())
        self.window.resize(1600, 1000)
        self.window.restoreGeometry(geometry)
        self.window.show()
        if self.settings.problem:
            self.session.say(f"Settings are not kept: {self.settings.problem}.", "warning")
        if not arguments:
            QTimer.singleShot(_IDLE_MS, self, self._get_ready)
        else:
            # After the first paint, so that a large project never delays the window.
            QTimer.singleShot(0, lambda: self.open([Path(each) for each in arguments]))

    def open(self, paths: Sequence[Path]) -> None:
        """Open paths; a refusal is said in the window."""
        try:
            self.files.open_paths(paths)
        except EngineError as problem:
            self.session.say(str(problem), "error")

    def close(self) -> None:
        """Leave: write what is not written, end what must end. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self.settings.set("geometry", self.window.save_layout())
        self.window.leave()
        self.window.canvas.stop()
        self.services.jobs.close()
        self.services.inference.close()
        self.files.may_quit()  # a window that was closed has done so
        self.services.thumbnails.close()
        self.session.files.close()
        self.workers.close()
        self.watchdog.stop()
        self.rubbish.stop()
        self.settings.sync()

    def _warm_up(self) -> None:
        """Import what is needed soon, once a picture is there, and not while one waits for it."""
        if not self._warm:
            self._warm = True
            QTimer.singleShot(300, self, lambda: self.workers.run(_import_ahead))

    def _get_ready(self) -> None:
        """The first opening should not take longer than the second."""
        self.workers.run(partial(_get_ready_to_open, self.catalog))
        if self.session.project is None and not self._closed:
            self.window.rehearse()

    def _get_ready_again(self) -> None:
        if self.session.project is None and self._warm:
            self.workers.run(_make_blank)

    def _point_catalog(self) -> None:
        """The catalog lists the open project's own models beside the user's."""
        project = self.session.project
        self.catalog.project_dir = project.files / "models" if project else None

    def _on_setting(self, key: str) -> None:
        if key == "theme":
            self.theme.apply(self._qt, self._theme_choice())
        elif key == "pen_hand":
            self.window.set_pen_hand(self.settings.value("pen_hand", "right"))
        elif key == "cache_gib":
            set_limit(self.settings.value("cache_gib", USUAL_GIB))
        elif key == "text_scale":
            self.theme.set_scale(self._qt, self.settings.value("text_scale", 1.0))
        elif key == "touch_mode":
            self.theme.set_touch(self._qt, self.settings.value("touch_mode", False))
        elif key == "reduced_motion":
            self.theme.reduced_motion = self.settings.value("reduced_motion", False)
        elif key == WATCH_STALLS:
            self._watch_stalls()

    def _watch_stalls(self) -> None:
        """In a checkout always, so that whoever works on the program hears of them."""
        if self.settings.value(WATCH_STALLS, False) or in_development():
            self.watchdog.start()
        else:
            self.watchdog.stop()

    def _on_stall(self, stall: Stall) -> None:
        if self.settings.value(WATCH_STALLS, False):
            milliseconds = round(stall.seconds * 1000)
            self.session.say(f"The window stood still for {milliseconds} ms; the log says where.")

    def _theme_choice(self) -> Choice:
        found = self.settings.value("theme", "system")
        return found if found in get_args(Choice) else "system"  # type: ignore[return-value]

    def crashed(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """A bug: log it, show it with a report, and go on where that is possible."""
        if issubclass(kind, KeyboardInterrupt):
            self.window.close()
            return
        log.error("a bug", exc_info=(kind, error, trace))
        from app.dialogs.crash_dialog import CrashDialog

        CrashDialog.report(kind, error, trace, self.window)


def _import_ahead() -> None:
    """What the first stroke, and the first visit of a place, would otherwise wait for."""
    for info in TOOLS.values():
        _ = info.tool  # made now; 20 ms for all
    import cv2  # noqa: F401  # outlines and components; 30 ms

    import app.places.inspect
    import app.places.models  # noqa: F401  # 40 ms, half of what the first visit takes


def _get_ready_to_open(catalog: Catalog) -> None:
    """What opening the first file would otherwise wait for: 0.1 s, and 8 MB.

    cv2 is not among it: 18 MB for 30 ms of the first opening, while a decoder works anyway.
    """
    from PIL import Image

    import engine.images.source  # noqa: F401

    Image.preinit()
    _make_blank()
    catalog.entries()  # and what reads a card


def _make_blank() -> None:
    """What the next new project begins with."""
    blank.make_ahead()


def start_qt() -> QApplication:
    """The QApplication, made if there is none.

    Qt would merge mouse moves that come faster than they are handled; a stroke wants all of them.
    """
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    before = qInstallMessageHandler(_while_starting)
    try:
        return QApplication(["maskwright"])
    finally:
        qInstallMessageHandler(before)


def _while_starting(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Pass on what Qt says; where no window can be shown it would abort and leave a core file."""
    if kind != QtMsgType.QtFatalMsg:
        print(message, file=sys.stderr)
        return
    display = next(filter(None, map(os.environ.get, ("QT_QPA_PLATFORM", *DISPLAYS))), "")
    print(
        f"maskwright: No window can be shown: Qt could not use “{display}”. Start it where there "
        "is a screen; the commands need none: --help",
        file=sys.stderr,
        flush=True,
    )
    os._exit(1)


def run(arguments: Sequence[str]) -> int:
    """Run the window until it is closed; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    qt = start_qt()
    program = Application(qt)
    sys.excepthook = program.crashed
    # Python's handler runs only between bytecodes; the timer gives it the chance.
    signal.signal(signal.SIGINT, lambda *_: program.window.close())
    signal.signal(signal.SIGTERM, lambda *_: program.window.close())
    heartbeat = QTimer(program)
    heartbeat.start(300)
    heartbeat.timeout.connect(lambda: None)
    program.show(arguments)
    gc.freeze()  # what is there now stays; collecting garbage need not look at it again
    gc.enable()  # ``main`` had it off
    code = qt.exec()
    program.close()
    return code

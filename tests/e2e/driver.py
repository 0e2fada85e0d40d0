"""Hands for the tests: the real program in an offscreen window, real mouse and key events."""

import gc
import os
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

import app
from app.action_table import ACTIONS
from app.application import Application
from app.intents.backups import DAILY
from app.session import ProposalFilter, ViewOptions
from engine.document.taxonomy_commands import add_class
from tests.e2e.content import content

PLAIN = Qt.KeyboardModifier.NoModifier
NAMES = [action.id for action in ACTIONS]
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
APP = Path(app.__file__).parent
PICTURES = Path(os.environ.get("MASKWRIGHT_TEST_PICTURES", ""))


class Strays(QObject):
    """Notes every window that shows beside the program's own: each would steal the focus."""

    def __init__(self, window):
        super().__init__(window)
        self._window = window
        self.seen = []
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            popup = watched.windowType() in (Qt.WindowType.Popup, Qt.WindowType.ToolTip)
            another = type(watched) is type(self._window)  # of a second program in the same test
            if not (another or popup):
                self.seen.append(repr(watched))
        return False


class Driver:
    """One running program. ``gestures`` counts what a person would have done."""

    def __init__(self, qtbot, arguments=()):
        self.qtbot = qtbot
        gc.freeze()  # as `run` does: what the tests hold is not looked through for garbage
        self.program = Application(QApplication.instance())
        self.program.files.opening.patience = 60.0  # opening is over when a test goes on
        self.window = self.program.window
        self.session = self.program.session
        self.services = self.program.services
        self.services.settings.set(DAILY, False)  # no file comes by itself under a test
        self.canvas = self.window.canvas
        self.said = []
        self.strays = Strays(self.window)
        self.gestures = 0
        self.session.said.connect(lambda text, level: self.said.append((level, text)))
        self.program.show([str(each) for each in arguments])
        self.window.resize(1600, 1000)
        qtbot.waitExposed(self.window)
        self.window.activateWindow()

    # -- opening -----------------------------------------------------------------------------

    def begin_again(self):
        """Close what is open, and make the choices of a fresh start."""
        window, session = self.window, self.session
        for popup in window.findChildren(QMenu):
            popup.close()
        self.canvas.cancel_gesture()
        window.close_sheet()
        self.program.files.close()
        session.set_tool("select")
        session.set_radius(12.0)
        session.tool_options.clear()
        session.view = ViewOptions()
        session.filter = ProposalFilter()
        session.listing.set_order("doubt")
        keymap = self.services.actions.keymap
        if keymap.hand != "right" or not keymap.single_keys or any(map(keymap.is_changed, NAMES)):
            keymap.set_hand("right")
            keymap.set_single_keys(True)
            keymap.reset()
        session.view_changed.emit()
        session.filter_changed.emit()
        window.resize(1600, 1000)
        window.activateWindow()
        self.said.clear()
        self.gestures = 0

    def open(self, *paths):
        """Open paths as the command line does; the picture is on the screen afterwards."""
        self.program.watchdog.begin()
        self.program.open([Path(each) for each in paths])
        self.canvas.settle()

    def add_classes(self, **kinds):
        """Classes by name: True for a thing, False for stuff; the first becomes the current."""
        for name, thing in kinds.items():
            self.session.do_project(add_class(self.session.taxonomy, name, thing=thing))
        self.session.set_class(self.class_id(next(iter(kinds))))
        self.canvas.settle()

    def class_id(self, name):
        return self.session.taxonomy.by_name(name).id

    @property
    def document(self):
        return self.session.document

    @property
    def objects(self):
        """The accepted objects, bottom to top."""
        return self.session.document.ordered()

    @property
    def content(self):
        """What the open image holds, comparable with what it held before."""
        return content(self.session.document.state)

    @property
    def last_said(self):
        return self.said[-1][1] if self.said else ""

    def close(self):
        QApplication.instance().removeEventFilter(self.strays)
        self.window.close()
        self.window.deleteLater()
        QApplication.processEvents()
        gc.unfreeze()

    # -- keys and mouse ----------------------------------------------------------------------

    def key(self, key, modifiers=PLAIN):
        """Press and release a key where the focus is."""
        self.gestures += 1
        popup = QApplication.activePopupWidget()
        if popup is None and QApplication.activeWindow() is not self.window:
            self.window.activateWindow()  # a popup has closed; a real screen does this itself
            QApplication.processEvents()
        QTest.keyClick(popup or QApplication.focusWidget() or self.window, key, modifiers)
        QApplication.processEvents()

    def ctrl(self, key):
        self.key(key, Qt.KeyboardModifier.ControlModifier)

    def shift(self, key):
        self.key(key, Qt.KeyboardModifier.ShiftModifier)

    def click(self, widget, at=None):
        """A left click in the middle of a widget, or at a point of it."""
        self.gestures += 1
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, pos=at if at is not None else widget.rect().center()
        )

    def _mouse(self, kind, place, button, held, modifiers=PLAIN):
        at = self.canvas.to_widget(*place)
        where = QPointF(self.canvas.mapToGlobal(at))
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, where, button, held, modifiers))
        QApplication.processEvents()

    def hover(self, *place):
        """Move the pointer to a place of the image, no button down."""
        none = Qt.MouseButton.NoButton
        self._mouse(QEvent.Type.MouseMove, place, none, none)

    def press(self, *places, button=Qt.MouseButton.LeftButton, keys=PLAIN, steps=10):
        """Press at the first place (x, y in image pixels) and move through the others."""
        self.hover(*places[0])
        self._mouse(QEvent.Type.MouseButtonPress, places[0], button, button, keys)
        self.drag(*places, button=button, keys=keys, steps=steps)

    def drag(self, *places, button=Qt.MouseButton.LeftButton, keys=PLAIN, steps=10):
        """Move on through places with the button down that was pressed before."""
        none = Qt.MouseButton.NoButton
        for (x0, y0), (x1, y1) in pairwise(places):
            for step in range(1, steps + 1):
                at = (x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps)
                self._mouse(QEvent.Type.MouseMove, at, none, button, keys)

    def release(self, *place, button=Qt.MouseButton.LeftButton, keys=PLAIN):
        """Let the button go at a place of the image."""
        self._mouse(QEvent.Type.MouseButtonRelease, place, button, Qt.MouseButton.NoButton, keys)

    def stroke(self, *places, button=Qt.MouseButton.LeftButton, keys=PLAIN, steps=10):
        """Press at the first place (x, y in image pixels), move through the others, release."""
        self.gestures += 1
        self.press(*places, button=button, keys=keys, steps=steps)
        self.release(*places[-1], button=button, keys=keys)

    def wheel(self, notches, place, keys=PLAIN):
        """Turn the wheel over a place of the image; away from the hand is positive."""
        self.gestures += 1
        at = self.canvas.to_widget(*place)
        where = QPointF(self.canvas.mapToGlobal(at))
        turn, none = QPoint(0, 120 * notches), Qt.MouseButton.NoButton
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(at, where, QPoint(), turn, none, keys, phase, False)
        QApplication.sendEvent(self.canvas, event)
        QApplication.processEvents()

    def hold(self, key):
        """Put a key down where the focus is and leave it down."""
        QTest.keyPress(QApplication.focusWidget() or self.window, key)

    def let_go(self, key):
        QTest.keyRelease(QApplication.focusWidget() or self.window, key)

    def type(self, text):
        """Type into what has the focus."""
        self.gestures += 1
        QTest.keyClicks(QApplication.focusWidget(), text)

    # -- waiting -----------------------------------------------------------------------------

    def until(self, holds, timeout=60_000):
        try:
            self.qtbot.waitUntil(holds, timeout=timeout)
        except Exception as problem:
            raise AssertionError(f"it did not come about; last said: {self.said[-4:]}") from problem

    def model_ready(self):
        self.until(lambda: self.session.model.state in ("ready", "failed"))
        assert self.session.model.state == "ready", self.session.model.reason

    def job_done(self, kind, timeout=120_000):
        """The newest job of a kind, once its results are taken up."""
        view = next(each for each in self.services.jobs.jobs() if each.kind == kind)
        self.until(lambda: view.taken, timeout)
        assert view.error == "", view.error
        return view

    def end_jobs(self):
        """Cancel what still runs, and wait until it has ended."""
        jobs = self.services.jobs
        for view in jobs.running():
            jobs.cancel(view.id)
        self.until(lambda: not jobs.running())

    def trigger(self, action):
        self.program.watchdog.begin()
        self.gestures += 1
        self.services.actions.trigger(action)

    # -- looking -----------------------------------------------------------------------------

    def stalls(self):
        """Where the window stood still since the program began; the tests' own work aside."""
        return [str(each) for each in self.program.watchdog.stalls if each.touches(APP)]

    def picture(self, name):
        """Keep the window as a PNG where MASKWRIGHT_TEST_PICTURES says; always grab it."""
        self.canvas.settle()
        QApplication.processEvents()
        grabbed = self.window.grab()
        self.program.watchdog.begin()  # a whole window drawn at once is nobody's stall
        assert not grabbed.isNull()
        if PICTURES.name:
            PICTURES.mkdir(parents=True, exist_ok=True)
            grabbed.save(str(PICTURES / f"{name}.png"))
        return grabbed.toImage()

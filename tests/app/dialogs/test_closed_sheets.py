"""A sheet that was closed is gone: nothing in the program talks to it any more."""

import importlib
import weakref

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent

SHEETS = (
    ("export_sheet", "ExportSheet"),
    ("learn_sheet", "LearnSheet"),
    ("import_sheet", "ImportSheet"),
    ("add_model_sheet", "AddModelSheet"),
    ("mapping_sheet", "MappingSheet"),
    ("settings_sheet", "SettingsSheet"),
    ("light_sheet", "LightSheet"),
)


@pytest.mark.parametrize(("module", "name"), SHEETS)
def test_no_signal_reaches_a_closed_sheet(scene, qtbot, module, name):
    [cat] = scene.add_classes("cat")
    number = scene.add_image("a.png", [(cat, (5, 5, 60, 60))])
    scene.add_model("voc", "DeepLab VOC", ["cat"])
    scene.use("voc")
    scene.open("correct")
    kind = getattr(importlib.import_module(f"app.dialogs.{module}"), name)
    sheet = kind(scene.services)
    sheet.show()
    there = weakref.ref(sheet)
    sheet.deleteLater()
    QCoreApplication.sendPostedEvents(sheet, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(sheet)
    session = scene.session
    with qtbot.captureExceptions() as faults:
        session.open_image(number)
        session.refresh_images()
        session.touch_taxonomy()
        session.set_view(brightness=0.3)
        scene.jobs.list_changed.emit()
        scene.settings.set("theme", "dark")
        session.set_project(None)
    assert faults == []
    assert there() is sheet  # still held here, so that a slot of it would have been called


def test_work_that_ends_after_its_sheet_is_dropped(scene, qtbot, qapp):
    import threading

    from PySide6.QtCore import QObject, QThreadPool

    from app.dialogs.background import Background

    owner, heard, go = QObject(), [], threading.Event()
    background = Background(owner)
    background.run(lambda: go.wait(10), heard.append)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)
    go.set()
    QThreadPool.globalInstance().waitForDone()
    qapp.processEvents()
    assert heard == []


def test_work_answers_on_the_gui_thread(scene, qtbot):
    import threading

    from PySide6.QtCore import QObject

    from app.dialogs.background import Background

    owner, seen = QObject(), []
    Background(owner).run(
        threading.get_ident, lambda other: seen.append((other, threading.get_ident()))
    )
    qtbot.waitUntil(lambda: bool(seen))
    other, here = seen[0]
    assert here == threading.get_ident()
    assert other != here

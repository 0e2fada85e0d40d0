import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.dialogs.crash_dialog import CrashDialog
from app.dialogs.crash_report import report_text, scrubbed


def fault(message):
    try:
        raise ValueError(message)
    except ValueError as error:
        return type(error), error, error.__traceback__


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("cannot read /home/anna/secret/p_03.png today", "cannot read … today"),
        ("at C:\\data\\anna\\x.tif: broken", "at …: broken"),
        ("file 'patient 3.png' is short", "file '…' is short"),
        ("patient_03.PNG is short", "… is short"),
        ("shapes (3, 4) and (5,) differ", "shapes (3, 4) and (5,) differ"),
        ("'numpy.ndarray' object has no attribute “x”", "'…' object has no attribute '…'"),
    ],
)
def test_paths_and_names_are_taken_out(text, clean):
    assert scrubbed(text) == clean


def test_a_report_names_the_program_and_nothing_of_the_user(tmp_path):
    kind, error, trace = fault(f"cannot read {tmp_path}/anna/patient_03.png")
    text = report_text(kind, error, trace)
    assert "ValueError: cannot read …" in text
    assert "in fault" in text
    for secret in (str(tmp_path), "anna", "patient", "/home", "/tmp"):
        assert secret not in text
    assert "Maskwright" in text.splitlines()[0]
    assert "Qt" in text


def test_what_caused_it_is_told():
    try:
        try:
            raise KeyError("/data/anna.png")
        except KeyError as cause:
            raise RuntimeError("no picture") from cause
    except RuntimeError as error:
        text = report_text(type(error), error, error.__traceback__)
    assert "Caused by KeyError" in text
    assert "anna" not in text


def test_the_report_is_copied(look, qtbot):
    dialog = CrashDialog.report(*fault("first"))
    qtbot.addWidget(dialog)
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == dialog.text
    assert "ValueError: first" in dialog.text
    dialog.accept()


def test_a_second_fault_joins_the_first(look, qtbot):
    dialog = CrashDialog.report(*fault("first"))
    qtbot.addWidget(dialog)
    same = CrashDialog.report(*fault("second"))
    assert same is dialog
    CrashDialog.report(*fault("second"))
    assert dialog.text.count("ValueError: second") == 1
    assert "3 faults" in dialog.windowTitle()
    dialog.accept()
    other = CrashDialog.report(*fault("later"))
    qtbot.addWidget(other)
    assert other is not dialog
    assert "first" not in other.text
    other.accept()


def test_enter_goes_on_and_details_unfold(look, qtbot):
    dialog = CrashDialog.report(*fault("first"))
    qtbot.addWidget(dialog)
    assert not dialog.details.isVisibleTo(dialog)
    qtbot.mouseClick(dialog.show_details, Qt.MouseButton.LeftButton)
    assert dialog.details.isVisibleTo(dialog)
    assert dialog.show_details.text() == "Hide details"
    with qtbot.waitSignal(dialog.finished):
        qtbot.mouseClick(dialog.go_on, Qt.MouseButton.LeftButton)

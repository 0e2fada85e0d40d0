"""What each kind of process imports, seen from outside in a fresh interpreter."""

import subprocess
import sys

HEAVY = ("torch", "torchvision", "onnxruntime", "onnx", "cv2", "skimage", "tifffile", "pyqtgraph")

LATER = (
    "PIL",
    "psutil",
    "app.tools.grip",
    "app.tools.wand",
    "engine.document.query",
    "engine.formats.registry",
    "engine.images.source",
    "engine.jobs.take_import",
)
"""What the window needs only for the first file, tool, filter or import."""


def imported(code: str) -> set[str]:
    """Modules loaded after running ``code``."""
    script = f"import sys\n{code}\nprint(' '.join(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split("\n")[-2].split())


def test_the_window_starts_without_a_heavy_module():
    code = (
        "from PySide6.QtWidgets import QApplication\n"
        "qt = QApplication([])\n"
        "from app.application import Application\n"
        "program = Application(qt)\n"
        "program.show([])\n"
        "qt.processEvents()\n"
        "program.close()"
    )
    loaded = imported(code)
    assert "PySide6" in loaded
    assert not loaded & {*HEAVY, *LATER}


def test_the_command_line_needs_neither_qt_nor_a_runtime():
    loaded = imported("import engine.cli")
    assert not loaded & {"PySide6", "torch", "onnxruntime"}


def test_the_model_process_starts_without_qt():
    assert not imported("import engine.serve") & {"PySide6", "torch"}


def test_deciding_what_to_be_imports_nothing():
    loaded = imported("import app.__main__")
    assert not loaded & {"PySide6", "torch", "onnxruntime", "numpy"}

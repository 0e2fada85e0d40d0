"""Cold start."""

import os
import subprocess
import sys
import tempfile
import time

from harness import Row

_WINDOW = (
    "import gc, sys, time; began = float(sys.argv[1]); gc.disable();"  # as app.__main__ does
    "from PySide6.QtWidgets import QApplication; qt = QApplication([]);"
    "from app.application import Application; program = Application(qt); program.show([]);"
    "[qt.processEvents() for _ in range(5)];"
    "took = time.time() - began; import psutil; rss = psutil.Process().memory_info;"
    "painted = rss().rss; from PySide6.QtTest import QTest; QTest.qWait(2500);"
    "print(took, max(painted, rss().rss) / 2**20);"
    "program.close()"
)
_BARE = (
    "import sys, time; from PySide6.QtWidgets import QApplication, QWidget;"
    "qt = QApplication([]); w = QWidget(); w.show(); qt.processEvents();"
    "print(time.time() - float(sys.argv[1]), 0)"
)


def rows(data, options):
    """Process start to a painted, idle window; five fresh processes after one to warm up."""
    times, reference, memory = [], [], []
    with tempfile.TemporaryDirectory() as compiled:
        # An installed program has its byte code; here it may be forbidden to write any.
        env = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        for code, into in ((_WINDOW, times), (_BARE, reference)) * 6:
            command = [sys.executable, "-P", "-c", code, str(time.time())]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
            said = done.stdout.split()
            into.append(float(said[0]) * 1000)
            memory.append(float(said[1]))
    return [
        Row(
            "cold start to a painted, idle window",
            times[1:],
            reference[1:],
            "≤ 0.7 s, ≤ 130 MiB",
            "reference: a bare Qt window; memory after 2.5 s at rest",
            max(memory[2:]),
        )
    ]

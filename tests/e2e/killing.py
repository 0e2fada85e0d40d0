"""Kill the scripted session at random moments and look at what is left."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

from engine.store import Project
from tests.e2e.victim import digest

LATEST = 0.1  # seconds after which a finished step must be on the disk, on a quiet machine
BUSY = 1.0  # the same where other tests have the cores: nothing may be lost, later is no loss
VICTIM = Path(__file__).with_name("victim.py")


class Killing:
    """Rounds of start, work, ``kill -9`` on one project folder."""

    def __init__(self, folder: Path, seed: int = 0, latest: float = LATEST) -> None:
        self.folder, self.seed, self.latest = folder, seed, latest
        self.random = random.Random(seed)
        self.steps = 0

    def round(self, number: int) -> int:
        """One kill; returns how many steps the session had finished.

        Raises:
            AssertionError: something that was finished is missing, or undo does not work.
        """
        said: list[dict] = []
        process = subprocess.Popen(
            [sys.executable, "-P", str(VICTIM), str(self.folder), str(self.seed * 1000 + number)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(VICTIM.parents[2])},
        )
        began = threading.Event()

        def listen() -> None:
            for line in process.stdout:
                if line.endswith("\n"):
                    said.append(json.loads(line))
                    began.set()

        listener = threading.Thread(target=listen)
        listener.start()
        assert began.wait(60), "the session did not begin"
        moment = time.monotonic() + self.random.uniform(0.0, 1.2)
        while time.monotonic() < moment and process.poll() is None:
            time.sleep(0.005)  # the moment is what is tested; nothing could signal it
        killed = time.monotonic()
        process.send_signal(signal.SIGKILL)
        process.wait()
        listener.join()
        process.stdout.close()
        assert process.returncode == -signal.SIGKILL, "the session ended by itself"
        self.check(said, killed)
        self.steps += len(said)
        return len(said)

    def check(self, said: list[dict], killed: float) -> None:
        """Everything finished ``latest`` seconds before the kill is there; undo and redo work."""
        due = max(
            (i for i, each in enumerate(said) if each["t"] <= killed - self.latest), default=0
        )
        # The line of the very last step may have been cut off by the kill.
        allowed = {each["digest"] for each in said[due:]}
        path = Project.project_for(self.folder)
        project = Project.open(path)
        try:
            assert not project.read_only, project.owner
            document = project.load(project.images()[0].id)
            found = digest(document)
            assert found in allowed or self.one_more(document, project, allowed), (
                f"finished steps are missing: {len(said)} said, {due} due"
            )
            self.undo_all(project, document, found)
        finally:
            project.close()
        with contextlib.closing(sqlite3.connect(path)) as db:
            assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        litter = [
            each.name
            for each in self.folder.iterdir()
            if "tmp" in each.suffix or each.suffix == ".part"
        ]
        assert litter == []

    @staticmethod
    def one_more(document, project, allowed) -> bool:
        """A step may be on the disk whose line was not: then the step before must be allowed."""
        history = project.history(document)
        for back, forth in (("undo", "redo"), ("redo", "undo")):
            if getattr(history, f"can_{back}"):
                getattr(history, back)()
                same = digest(document) in allowed
                getattr(history, forth)()
                if same:
                    return True
        return False

    @staticmethod
    def undo_all(project, document, found) -> None:
        history = project.history(document)
        count = 0
        while history.can_undo:
            assert history.undo() is not None
            count += 1
        if count < 1000:
            assert not document.annotations, "undoing everything left something"
        for _ in range(count):
            assert history.redo() is not None
        assert digest(document) == found, "undo and redo changed something"

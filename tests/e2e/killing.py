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
from collections import deque
from pathlib import Path

from engine.store import Project
from tests.e2e.victim import digest

LATEST = 0.1  # seconds after which a finished step must be on the disk, the machine's share aside
VICTIM = Path(__file__).with_name("victim.py")


class Machine:
    """Measures, beside the session, how long this machine makes any program wait.

    A stroke becomes safe when its writer is woken, computes a few milliseconds, and writes; a
    commit just before may still wait for the disk. Where other programs have the cores, being
    woken and being let on each take as long as it takes an idle thread to wake here, and the disk
    takes as long as for 4 kB here. On a quiet machine both are a few milliseconds.
    """

    REACH = 2.0  # seconds back from a moment that count

    def __init__(self, place: Path) -> None:
        self._file = place / "probe"
        self._woken: deque[tuple[float, float]] = deque(maxlen=10_000)
        self._synced: deque[tuple[float, float]] = deque(maxlen=10_000)
        self._end = threading.Event()
        self._threads = [threading.Thread(target=run) for run in (self._wake, self._sync)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()
        self._file.unlink(missing_ok=True)

    def share(self, moment: float) -> float:
        """Seconds of a commit at a moment that are the machine's, not the program's."""
        return 2 * self._worst(self._woken, moment) + self._worst(self._synced, moment)

    def _worst(self, seen: deque[tuple[float, float]], moment: float) -> float:
        near = (took for at, took in tuple(seen) if moment - self.REACH <= at <= moment + took)
        return max(near, default=0.0)

    def _wake(self) -> None:
        step = 0.005
        while True:
            began = time.monotonic()
            if self._end.wait(step):
                return
            now = time.monotonic()
            self._woken.append((now, now - began - step))

    def _sync(self) -> None:
        with open(self._file, "wb") as file:
            while not self._end.wait(0.02):
                began = time.monotonic()
                file.seek(0)
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
                now = time.monotonic()
                self._synced.append((now, now - began))


class Killing:
    """Rounds of start, work, ``kill -9`` on one project folder."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder, self.seed = folder, seed
        self.random = random.Random(seed)
        self.steps = 0
        self.allowed: list[float] = []  # seconds that each round allowed
        self.machine = Machine(folder.parent)

    def close(self) -> None:
        """Stop measuring."""
        self.machine.close()

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
        """Everything finished ``LATEST`` seconds before the kill is there; undo and redo work."""
        latest = LATEST + self.machine.share(killed)
        self.allowed.append(latest)
        due = max((i for i, each in enumerate(said) if each["t"] <= killed - latest), default=0)
        # The line of the very last step may have been cut off by the kill.
        allowed = {each["digest"] for each in said[due:]}
        path = Project.project_for(self.folder)
        project = Project.open(path)
        try:
            assert not project.read_only, project.owner
            document = project.load(project.images()[0].id)
            found = digest(document)
            assert found in allowed or self.one_more(document, project, allowed), (
                f"finished steps are missing: {len(said)} said, {due} due after {latest:.3f} s"
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

"""Kill the scripted session at random moments and look at what is left, in the real window."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from engine.errors import EngineError
from engine.jobs.folder import JobFolder
from engine.store import Project
from tests.e2e.killed import Machine, make_source, make_template
from tests.e2e.victim import JOBS, digest

LATEST = 0.1  # seconds after which a finished step must be on the disk, the machine's share aside
VICTIM = Path(__file__).with_name("victim.py")
KINDS = ("paint", "accept", "classes", "open", "import", "export", "predict", "train")
SPAN = {"open": 0.8, "import": 2.0, "export": 2.0, "predict": 4.0, "train": 9.0}
"""Seconds from the beginning of a kind of work within which the kill falls; else one."""

LITTER = re.compile(r".*\.(tmp|part|partial)|.*-(wal|shm|journal)|.*\.lock|\..*")


@dataclass
class Kill:
    """One kill and what came of it.

    Attributes:
        kind: of work that was to be broken off. whole: jobs were killed with the window.
        during: what was under way. steps: that had been finished. allowed: seconds for a step.
        faults: what was not as it should be, by kind: opened, lost, undo, said, litter, integrity.
        said: what the window said about it.
    """

    kind: str
    whole: bool
    during: str = ""
    steps: int = 0
    allowed: float = 0.0
    said: str = ""
    faults: dict[str, str] = field(default_factory=dict)


class Killing:
    """Rounds of start, work, ``kill -9``, each on a fresh copy of one project.

    Attributes:
        kills: what came of each.
        least: things done before the kill, where no job is waited for; 0 leaves it to chance.
        hurry: factor on ``SPAN``, for who has less time.
    """

    least, hurry = 0, 1.0

    def __init__(self, place: Path, program, until, seed: int = 0) -> None:
        """Prepare.

        Args:
            place: an empty folder.
            program: a running ``Application``, which opens what was killed.
            until: waits, with the event loop running, until a question is answered with True.
            seed: of everything that is left to chance.
        """
        self.place, self.program, self.until, self.seed = place, program, until, seed
        self.random = random.Random(seed)
        self.kills: list[Kill] = []
        self.template = make_template(place / "template")
        self.source = make_source(place / "source")
        self.machine = Machine(place)

    def close(self) -> None:
        """Stop measuring."""
        self.machine.close()

    def round(self, kind: str) -> Kill:
        """One kill within a kind of work; what was wrong is in the answer."""
        number = len(self.kills)
        kill = Kill(kind, whole=self.random.random() < 0.5)
        self.kills.append(kill)
        folder = self.place / f"round{number}" / "photos"
        shutil.copytree(self.template, folder)
        said, killed = self.session(folder, kill, number)
        kill.steps = len(said)
        try:
            self.check(folder, kill, said, killed)
        finally:
            self.program.files.close()
        self.after(folder, kill)
        shutil.rmtree(folder.parent)
        return kill

    # -- the session ---------------------------------------------------------------------------

    def session(self, folder: Path, kill: Kill, number: int) -> tuple[list[dict], float]:
        """Start it, let it work, kill it; what it said, and when it was killed."""
        said: list[dict] = []
        begun: list[str] = []
        words = folder, self.seed * 1000 + number, kill.kind, self.source
        process = subprocess.Popen(
            [sys.executable, "-P", str(VICTIM), *map(str, words)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(VICTIM.parents[2])},
        )
        due, least = threading.Event(), self.least or self.random.randint(2, 15)
        first = kill.kind if kill.kind in JOBS else "start" if kill.kind == "open" else None

        def listen() -> None:
            for line in process.stdout:
                if not line.endswith("\n"):
                    continue
                heard = json.loads(line)
                if "begin" in heard:
                    begun.append(heard["begin"])
                else:
                    said.append(heard)
                if heard.get("begin") == first or (first is None and len(said) == least):
                    due.set()

        listener = threading.Thread(target=listen)
        listener.start()
        if not due.wait(60):
            process.kill()
            listener.join()
            raise AssertionError(f"the session did not come to {kill.kind}")
        moment = time.monotonic() + self.random.uniform(0.0, SPAN.get(kill.kind, 1.0) * self.hurry)
        while time.monotonic() < moment and process.poll() is None:
            time.sleep(0.005)  # the moment is what is tested; nothing could signal it
        others = psutil.Process(process.pid).children(recursive=True) if kill.whole else []
        killed = time.monotonic()
        process.send_signal(signal.SIGKILL)
        for other in others:
            with contextlib.suppress(psutil.NoSuchProcess):
                other.kill()
        process.wait()
        listener.join()
        process.stdout.close()
        assert process.returncode == -signal.SIGKILL, "the session ended by itself"
        psutil.wait_procs(others, 10)
        kill.during = begun[-1]
        return said, killed

    # -- what is left --------------------------------------------------------------------------

    def check(self, folder: Path, kill: Kill, said: list[dict], killed: float) -> None:
        """Open it in the window: everything is there, it is said, undo and redo work."""
        kill.allowed = LATEST + self.machine.share(killed)
        session, path = self.program.session, Project.project_for(folder)
        asked = path.with_name(path.name + ".lock").exists()
        try:
            self.program.files.open_paths([folder])
            self.until(lambda: session.image is not None)
        except (EngineError, AssertionError) as problem:
            kill.faults["opened"] = str(problem)
            return
        if session.read_only:
            kill.faults["opened"] = session.project.owner
            return
        kill.said = " ".join(each.text for each in session.banners if each.key == "recovered")
        if asked and not kill.said.startswith("Maskwright did not close properly."):
            kill.faults["said"] = kill.said or "nothing"
        first = session.images[0].id
        if session.project.recovered and session.project.recovered.image not in (
            0,
            session.image.id,
        ):
            kill.faults["opened"] = f"{session.image.file_name} shows, which was not worked on"
        session.open_image(first)
        self.compare(kill, said, killed)
        self.undo_all(kill)
        self.jobs(kill, said, folder)

    def compare(self, kill: Kill, said: list[dict], killed: float) -> None:
        """Everything finished ``allowed`` seconds before the kill is there."""
        times = [i for i, each in enumerate(said) if each["t"] <= killed - kill.allowed]
        # The line of the very last step may have been cut off by the kill.
        allowed = {each["digest"] for each in said[max(times, default=0) :]}
        if allowed and self.found() not in allowed and not self.one_more(allowed):
            kill.faults["lost"] = f"{len(said)} said, {max(times, default=0)} due"

    def found(self) -> str:
        return digest(self.program.session.document, self.program.session.taxonomy)

    def one_more(self, allowed: set[str]) -> bool:
        """A step may be on the disk whose line was not: then the step before must be allowed."""
        session = self.program.session
        histories = (session.history, session.project.project_history)
        for history in histories:
            for back, forth in (("undo", "redo"), ("redo", "undo")):
                if getattr(history, f"can_{back}"):
                    try:
                        getattr(history, back)()
                    except EngineError:
                        continue
                    same = self.found() in allowed
                    getattr(history, forth)()
                    if same:
                        return True
        return False

    def undo_all(self, kill: Kill) -> None:
        """Everything can be undone and redone, and is then as it was."""
        session, before = self.program.session, self.found()
        history, count = session.history, 0
        try:
            while history.can_undo and count < 2000:
                try:
                    history.undo()
                except EngineError:  # a change of classes is undone as such
                    break
                count += 1
            emptied = not history.can_undo
            if emptied and session.document.annotations:
                kill.faults["undo"] = "undoing everything left something"
            for _ in range(count):
                history.redo()
            classes = session.project.project_history
            if classes.can_undo:
                with contextlib.suppress(EngineError):  # images were changed after it
                    classes.undo()
                    classes.redo()
        except EngineError as problem:
            kill.faults["undo"] = str(problem)
        if self.found() != before:
            kill.faults["undo"] = "undo and redo changed something"

    def jobs(self, kill: Kill, said: list[dict], folder: Path) -> None:
        """What jobs had finished is there; those that go on come to their end."""
        jobs, ended = (
            self.program.services.jobs,
            {each["job"]: each for each in said if "job" in each},
        )
        for view in jobs.running():
            if view.kind == "train":
                jobs.cancel(view.id)
        self.until(lambda: not jobs.running())
        images, known = len(self.program.session.images), {view.id for view in jobs.jobs()}
        for number, each in ended.items():
            if each["error"] or number not in known or images < each["images"]:
                kill.faults["lost"] = f"{each['did']}: {each['error'] or 'its results'}"
        target = folder / "out.json"
        wrote = any(view.kind == "export" and view.state == "done" for view in jobs.jobs())
        if wrote or target.exists():
            try:
                assert json.loads(target.read_text("utf-8"))["annotations"]
            except (OSError, ValueError, AssertionError) as problem:
                kill.faults["lost"] = f"export: {problem!r}"
        for view in jobs.jobs():
            begun = not (kill.whole and "did not begin" in view.error)  # killed as it was started
            if view.state == "failed" and begun:
                kill.faults["jobs"] = f"{view.kind}: {view.error}"

    def after(self, folder: Path, kill: Kill) -> None:
        """The project was closed: SQLite finds nothing wrong, and nothing stays about."""
        self.program.workers.wait()
        path = Project.project_for(folder)
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as db:
            answer = db.execute("PRAGMA integrity_check").fetchone()
        if answer != ("ok",):
            kill.faults["integrity"] = str(answer[0])
        found = [each for each in folder.rglob("*") if LITTER.fullmatch(each.name)]
        for each in folder.glob("*.files/jobs/*"):
            if not (each / "spec.json").exists() or JobFolder(each).state() == "queued":
                found.append(each)
        if found:
            kill.faults["litter"] = ", ".join(str(each.relative_to(folder)) for each in found)


def table(kills: list[Kill]) -> str:
    """What came of all, a line for each kind."""
    words = ("opened", "lost", "undo", "said", "jobs", "litter", "integrity")
    lines = [f"{'kind':9}{'kills':>6}{'steps':>7}" + "".join(f"{word:>11}" for word in words)]
    for kind in (*KINDS, "all"):
        some = [each for each in kills if kind in ("all", each.kind)]
        if not some:
            continue
        faults = Counter(word for each in some for word in each.faults)
        fits = ["ok" if not faults[word] else f"{faults[word]} wrong" for word in words]
        fits[1] = str(faults["lost"])
        steps = sum(each.steps for each in some)
        lines.append(f"{kind:9}{len(some):6}{steps:7}" + "".join(f"{each:>11}" for each in fits))
    return "\n".join(lines)

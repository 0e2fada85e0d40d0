"""Opening projects and running jobs from the command line."""

from __future__ import annotations

import contextlib
import fnmatch
import getpass
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import typer

from engine.cli import DONE, FAILED, PARTLY
from engine.cli.output import Output
from engine.errors import EngineError
from engine.jobs import launch
from engine.jobs.events import Artifact, Event, Progress
from engine.jobs.folder import Done, JobFolder
from engine.jobs.job import AnySpec
from engine.jobs.runner import execute
from engine.jobs.take_up import TakenUp, register, take_up
from engine.jobs.watch import follow
from engine.store import ImageRow, Project
from engine.store.careful import Fault
from engine.store.paths import SUFFIX, real

COMMAND = "(command line)"
"""Ends the name that commands leave in a project."""

TELL = 0.1
"""Seconds between two words on how far it is."""

MOST_NAMED = 8
"""Names listed in a sentence."""


def project_path(given: Path) -> Path:
    """The project file meant by what was named: itself, its name without suffix, or a folder's.

    A folder's is the one that opening the folder uses, else the only one in it.

    Raises:
        EngineError: A folder holds several projects, and none has the folder's name.
    """
    if not given.is_dir():
        full = given.with_name(given.name + SUFFIX)
        found = full if not given.exists() and full.is_file() else given
        return real(found) if found.is_symlink() else found
    usual = Project.project_for(given)
    if usual.is_file():
        return usual
    inside = sorted(each for each in given.glob(f"*{SUFFIX}") if each.is_file())
    if len(inside) > 1:
        names = ", ".join(each.name for each in inside[:MOST_NAMED])
        raise EngineError(f"{given} holds several projects: {names}. Name one of them.")
    return inside[0] if inside else usual


@contextlib.contextmanager
def reading(given: Path) -> Iterator[Project]:
    """The project, to look at; another program may be working on it.

    Raises:
        EngineError: There is none.
    """
    project = Project.open(existing(given), read_only=True)
    try:
        yield project
    finally:
        project.close()


def person() -> str:
    """Whose name commands leave on what they change: the user's, and that nobody looked at it."""
    try:
        return f"{getpass.getuser()} {COMMAND}"
    except (OSError, KeyError, ImportError):
        return COMMAND


@contextlib.contextmanager
def owning(given: Path) -> Iterator[Project]:
    """The project, to change.

    Raises:
        EngineError: There is none, or another program holds it; the text says which.
        Exception: A fault kept something from being written; everything else is.
    """
    project = Project.open(existing(given))
    faults: list[Fault] = []
    project.on_fault.append(faults.append)
    try:
        if project.read_only:
            raise EngineError(project.owner or f"{given} can only be read.")
        project.person = person()
        yield project
        project.flush()
        if faults:
            raise faults[0].error
    finally:
        project.close()


def existing(given: Path) -> Path:
    """The project file meant by what was named.

    Raises:
        EngineError: There is none.
    """
    path = project_path(given)
    if not path.is_file():
        raise EngineError(
            f"There is no project {path}. Make one with: maskwright init {given} IMAGES..."
        )
    return path


def matching(project: Project, glob: str | None) -> tuple[int, ...] | None:
    """Ids of the images whose name or path fits a pattern; None for no pattern.

    Raises:
        EngineError: None fits.
    """
    if glob is None:
        return None

    def fits(row: ImageRow) -> bool:
        names = (row.file_name, row.path.name, str(row.path))
        return any(fnmatch.fnmatch(name, glob) for name in names)

    found = tuple(row.id for row in project.images() if fits(row))
    if not found:
        raise EngineError(f"No image of the project fits “{glob}”. Quote the pattern: '*.png'.")
    return found


class Interrupt:
    """Ctrl-C as a question that can be asked, not as an exception; a second one ends at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None
        self._act: Callable[[], None] = lambda: None

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def then(self, act: Callable[[], None]) -> None:
        """What to do when it comes."""
        self._act = act

    def _on(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._act()


def run_here(spec: AnySpec, output: Output, jobs: Path) -> tuple[JobFolder, Done]:
    """Run a job in this process, in a folder of its own inside `jobs`; Ctrl-C asks it to end."""
    job = JobFolder.create(jobs, spec)
    with Interrupt() as interrupt:
        interrupt.then(job.ask_cancel)
        return job, execute(job, output.event)


def run_apart(
    project: Project, spec: AnySpec, output: Output, parts: bool = False
) -> tuple[JobFolder, Done, TakenUp]:
    """Run a job in a process of its own, and take up its results.

    Ctrl-C cancels it; what it had finished is taken up all the same.

    Args:
        project: Open for writing.
        spec: What to do.
        output: Where events go.
        parts: Take results up while the job runs.
    """
    project.flush()  # the job reads what is on the disk
    job = JobFolder.create(project.files / "jobs", spec)
    register(project, job)
    taken = TakenUp()

    def watch(event: Event) -> None:
        nonlocal taken
        output.event(event)
        if parts and isinstance(event, Artifact) and event.kind == "part":
            taken += take_up(project, job)

    with Interrupt() as interrupt:
        launch.start(job, detached=False)
        done = follow(job, watch, lambda: interrupt.asked)
    taken += take_up(project, job)
    for remark in taken.remarks:
        output.remark(remark, "warning")
    return job, done, taken


def run_beside(spec: AnySpec, output: Output) -> Done:
    """Run a job that changes nothing in a process of its own; no project need be owned."""
    with tempfile.TemporaryDirectory(prefix="maskwright-") as place, Interrupt() as interrupt:
        job = JobFolder.create(Path(place), spec)
        launch.start(job, detached=False)
        return follow(job, output.event, lambda: interrupt.asked)


class Watch(Protocol):
    """Takes how much of how many is done, and what comes next."""

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Be told."""


def watching(output: Output) -> Watch:
    """One that says it now and then."""
    told = 0.0

    def watch(done: int, total: int, text: str = "") -> None:
        nonlocal told
        if time.monotonic() - told > TELL or done == total:
            told = time.monotonic()
            output.event(Progress(done, total, text))

    return watch


def finish(output: Output, done: Done, *, some: bool = False) -> int:
    """Say how a job ended and give the exit code.

    Args:
        output: Where to say it.
        done: How it ended.
        some: A job that did not do all it was asked to has done something.
    """
    error = done.error
    if done.outcome == "cancelled":
        error = "Stopped. What was finished is kept." if some else "Stopped; nothing was changed."
    output.outcome(done.outcome, done.result, error)
    if done.outcome == "done":
        return PARTLY if some else DONE
    return PARTLY if some else FAILED


def counted(number: int, word: str) -> str:
    """A number and what is counted: "1 image", "1,000 images", "2 new classes"."""
    ending = "" if number == 1 else "es" if word.endswith("s") else "s"
    return f"{number:,} {word}{ending}"


def seconds_since(began: float) -> str:
    """The time since `began` (time.monotonic) in words."""
    seconds = time.monotonic() - began
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def one_of(option: str, value: str, known: Collection[str]) -> None:
    """Refuse a value that an option does not have.

    Raises:
        typer.BadParameter: With those it has.
    """
    if value not in known:
        choices = [each for each in known if each]
        close = get_close_matches(value, choices, 1)
        meant = f" Did you mean {close[0]}?" if close else ""
        raise typer.BadParameter(f"{option} is one of: {', '.join(choices)}; not “{value}”.{meant}")


def typed(value: str) -> Any:
    """A checked word where a type wants a literal."""
    return value

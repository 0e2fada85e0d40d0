"""Opening projects and running jobs from the command line."""

from __future__ import annotations

import contextlib
import fnmatch
import getpass
import os
import tempfile
import time
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol

import typer

from engine.cli import DONE, FAILED, PARTLY
from engine.cli.interrupt import Interrupt, obey
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
from engine.store.writer import SAFE

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
    if not os.path.isdir(given):
        full = given.with_name(given.name + SUFFIX)
        found = full if not os.path.exists(given) and os.path.isfile(full) else given
        return real(found) if found.is_symlink() else found
    usual = Project.project_for(given)
    if os.path.isfile(usual):
        return usual
    inside = sorted(each for each in given.glob(f"*{SUFFIX}") if os.path.isfile(each))
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
    with opened(existing(given), read_only=True) as project:
        yield project


@contextlib.contextmanager
def opened(path: Path, read_only: bool = False) -> Iterator[Project]:
    """A project, opened and closed as a whole: Ctrl-C waits till that is done.

    Args:
        path: Its file.
        read_only: To look at; else for writing, if nobody else does.

    Raises:
        EngineError: It cannot be opened.
    """
    project = None
    try:
        with Interrupt() as interrupt:
            project = Project.open(path, read_only=read_only)
        if read_only:
            interrupt.obey()
        yield project
    finally:
        if project is not None:
            with Interrupt():
                project.close()


def person() -> str:
    """Whose name commands leave on what they change: the user's, and that nobody looked at it."""
    try:
        return f"{getpass.getuser()} {COMMAND}"
    except (OSError, KeyError, ImportError):
        return COMMAND


@contextlib.contextmanager
def owning(given: Path) -> Iterator[Project]:
    """The project, to change; Ctrl-C ends the command where it asks for that (`obey`).

    Raises:
        EngineError: There is none, or another program holds it; the text says which.
        Exception: A fault kept something from being written; everything else is.
    """
    with Interrupt(), opened(existing(given)) as project:
        faults: list[Fault] = []
        project.on_fault.append(faults.append)
        if project.read_only:
            raise EngineError(project.owner or f"{given} can only be read.")
        project.person = person()
        try:
            yield project
            project.flush()
        except EngineError as problem:
            if SAFE not in str(problem):
                raise
            raise EngineError(str(problem).replace(SAFE, _saved_after_all(project))) from problem
        if faults:
            raise faults[0].error
        try:
            project.close()
        except (
            EngineError
        ):  # all is saved; what cannot be done is tidying up, as is done on closing
            project.close(discard=True)


def _saved_after_all(project: Project) -> str:
    """Close a project that could not be saved, and say what became of what was done."""
    try:
        project.close()
    except EngineError:
        project.close(discard=True)
        return "The command has ended, and what was not written by then is not kept."
    return "The command has ended there; what it had done by then was saved at a second try."


def existing(given: Path) -> Path:
    """The project file meant by what was named.

    Raises:
        EngineError: There is none.
    """
    path = project_path(given)
    if not os.path.isfile(path):
        raise EngineError(
            f"There is no project {path}. Make one with: maskwright init {given} IMAGES..."
        )
    return path


def spared(target: Path, project: Project) -> Path:
    """A file that a table or list may be written to: `target`, where nothing is lost by it.

    Raises:
        EngineError: It is a project, belongs to one, is an image of it, or is a folder or in none.
    """
    from engine.jobs.export_asked import refuse_project

    refuse_project(target, project.path)
    if os.path.isdir(target):
        raise EngineError(f"{target} is a folder. Name a file in it.")
    if not os.path.isdir(target.parent):
        raise EngineError(f"There is no folder {target.parent} for {target.name}. Make it first.")
    if os.path.exists(target) and any(_one_file(target, row.path) for row in project.images()):
        raise EngineError(f"{target} is an image of the project. Choose another name.")
    return target


def _one_file(one: Path, two: Path) -> bool:
    try:
        return one.samefile(two)
    except OSError:
        return False


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
        try:
            return follow(job, output.event, lambda: interrupt.asked)
        finally:  # it may still be leaving, and would write into a folder that is being removed
            if (process := job.process()) is not None:
                launch.end_group(process)
                launch.gone(process, launch.GRACE)


class Watch(Protocol):
    """Takes how much of how many is done, and what comes next."""

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Be told."""


def watching(output: Output) -> Watch:
    """One that says it now and then, and ends the command where that was asked for."""
    told = 0.0

    def watch(done: int, total: int, text: str = "") -> None:
        nonlocal told
        obey()
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

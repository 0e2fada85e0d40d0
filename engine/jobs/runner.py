"""Run the job in a folder: what the process with the role "job" does."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from engine.errors import EngineError
from engine.jobs.events import Event
from engine.jobs.folder import Done, JobFolder, Process
from engine.jobs.job import Cancelled, Context, TrainSpec, kind_of, runner_of
from engine.refused import of_the_machine
from engine.runtimes.packages import require_learning

OOM_SCORE = 500
"""Added to how eagerly Linux ends this process when memory runs out (decision 9)."""

OWNER_LOOK = 1.0
"""Seconds between two looks whether the owner still lives."""


def run_folder(folder: Path | str) -> int:
    """Run the job described in `folder` to its end, in this process.

    Its niceness is the launcher's business (`engine.jobs.launch`).

    Returns:
        0 done, 1 failed, 3 cancelled.
    """
    job = JobFolder(Path(folder))
    with contextlib.suppress(OSError):  # only Linux has this file
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    if job.process() is None:
        job.set_process(Process.of(os.getpid()))
    with _signals_ask(job), _ends_with_owner(job):
        done = execute(job)
    return {"done": 0, "failed": 1, "cancelled": 3}[done.outcome]


def execute(job: JobFolder, watch: Callable[[Event], None] | None = None) -> Done:
    """Run the job and write its end; `watch` sees each event besides the file.

    Everything a job raises ends here: an `EngineError` as its sentence, memory as its sentence,
    anything else as a bug with its traceback.
    """

    def emit(event: Event) -> None:
        job.append(event)
        if watch is not None:
            watch(event)

    attempts = job.attempts()
    memory = bool(attempts) and bool(attempts[-1].get("out_of_memory"))
    context = Context(job.path, emit, job.cancel_asked, resume=bool(attempts), out_of_memory=memory)
    done = _run(job, context)
    job.finish(done)
    if watch is not None:
        events, _ = job.read_events()
        watch(events[-1])
    return done


def _run(job: JobFolder, context: Context) -> Done:
    try:
        spec = job.spec()
        context.check()
        if isinstance(spec, TrainSpec):
            require_learning()
        return Done(result=runner_of(kind_of(spec))(spec, context))
    except Cancelled as cancelled:
        return Done("cancelled", result=_partial(cancelled))
    except EngineError as error:
        return Done("failed", str(error))
    except MemoryError:
        return Done(
            "failed",
            "This computer's memory is full, so the job ended. Close other programs, "
            "or choose a smaller size or batch.",
            detail=traceback.format_exc(),
        )
    except Exception as error:
        if context.cancelled():
            return Done("cancelled", detail=traceback.format_exc())
        if said := of_the_machine(error):
            return Done("failed", said, detail=traceback.format_exc())
        return Done(
            "failed",
            f"The job ended with a fault of the program: {type(error).__name__}: {error}. "
            "Report it with the details.",
            detail=traceback.format_exc(),
        )


def _partial(cancelled: Cancelled) -> dict[str, object]:
    """What a cancelled job had done, given as the argument of `Cancelled`."""
    given = cancelled.args[0] if cancelled.args else {}
    return dict(given) if isinstance(given, dict) else {}


@contextlib.contextmanager
def _signals_ask(job: JobFolder) -> Iterator[None]:
    """A polite signal asks the job to end, as the cancel file does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        job.ask_cancel()

    names = (signal.SIGTERM, signal.SIGINT)
    before = {name: signal.signal(name, ask) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextlib.contextmanager
def _ends_with_owner(job: JobFolder) -> Iterator[None]:
    """A job that was not started to outlive its owner asks itself to end once that is gone."""
    owner = job.owner()
    if owner is None:
        yield
        return
    over = threading.Event()

    def look() -> None:
        while not over.wait(OWNER_LOOK):
            if not owner.alive():
                job.ask_cancel()
                return

    watcher = threading.Thread(target=look, name="owner", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()

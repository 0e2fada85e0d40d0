"""Follow a job that runs in a process of its own, until it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.jobs import launch
from engine.jobs.events import Event, Note
from engine.jobs.folder import Done, JobFolder
from engine.jobs.job import kind_of

POLL = 0.05
"""Seconds between two looks at the folder."""

RESTARTS = 2
"""How often a job that ran out of memory is started again, each time with less."""

_LESS = {
    "train": "The memory was full; learning goes on from its last checkpoint with half the batch.",
    "predict": "The memory was full; the rest is predicted one image at a time.",
}
"""Jobs that can go on with less, and what is said of it."""


def follow(
    job: JobFolder,
    watch: Callable[[Event], None],
    interrupted: Callable[[], bool] = lambda: False,
) -> Done:
    """Pass on a started job's events until it ends.

    Args:
        job: The job, started.
        watch: Called with each event, in order.
        interrupted: Looked at between events; once it answers True the job is cancelled, which
            takes at most `launch.GRACE` seconds.

    Returns:
        How it ended.
    """
    offset = 0
    while True:
        state = job.state()
        events, offset = job.read_events(offset)  # after the look: nothing said before is lost
        for event in events:
            watch(event)
        if state == "died" and (note := again(job)):
            watch(Note(note, "warning"))
            continue
        if state not in ("queued", "running"):
            process = job.process()
            if process is not None:  # its word comes a little before its end
                launch.gone(process, launch.GRACE)
            launch.reap()
            return job.end() or Done("failed", "How the job ended is not known.")
        if interrupted():
            launch.cancel(job)
            continue
        time.sleep(POLL)


def again(job: JobFolder) -> str:
    """Start a job that died for want of memory again with less, where that may help.

    Returns:
        What is done about it, as a sentence; "" where nothing is.

    Raises:
        EngineError: No process could be started.
    """
    note = _LESS.get(kind_of(job.spec()), "")
    if not note or not job.out_of_memory() or len(job.attempts()) >= RESTARTS:
        return ""
    detached = job.owner() is None
    job.reopen()
    launch.start(job, detached)
    return note

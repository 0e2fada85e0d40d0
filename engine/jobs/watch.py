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
"""How often a job that ran out of memory is started again, each time with half the batch."""

RESUMABLE = frozenset(("train",))


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
        if state == "died" and _again(job):
            watch(Note("The memory was full; the job goes on with half the batch.", "warning"))
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


def _again(job: JobFolder) -> bool:
    """Start a job again from its checkpoint if it ran out of memory."""
    if not job.out_of_memory() or kind_of(job.spec()) not in RESUMABLE:
        return False
    if len(job.attempts()) >= RESTARTS:
        return False
    detached = job.owner() is None
    job.reopen()
    launch.start(job, detached)
    return True

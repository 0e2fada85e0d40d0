"""Start a job as a process of its own, and end it.

The process leads its own group and session, so that it outlives the program and a Ctrl-C in the
terminal does not reach it. On POSIX a small shell stands between: it waits for the job and
leaves its exit status in the folder, so that an end by signal 9 (out of memory) can be told
apart even by a program that was started later.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from engine.child import child_command, child_environment
from engine.errors import EngineError
from engine.jobs.folder import Done, JobFolder, Process

GRACE = 1.5
"""Seconds a cancelled job has to end by itself."""

_SHELL = (
    "trap : HUP INT TERM; "  # a handler, unlike an ignored signal, is not inherited by the job
    'where=$1; shift; "$@"; status=$?; '
    'printf %s "$status" >"$where.tmp" && mv -f "$where.tmp" "$where"; exit "$status"'
)

_children: list[subprocess.Popen[bytes]] = []


def start(folder: JobFolder | Path, detached: bool = True, nice: int = 10) -> int:
    """Start the job in `folder` and return at once.

    Args:
        folder: The job; one that ran before is made ready with `JobFolder.reopen` first.
        detached: It outlives this program; else it asks itself to end when this one is gone.
        nice: How far it steps back behind other processes.

    Returns:
        The process id (of the group, on POSIX).

    Raises:
        EngineError: It already runs or has ended, or no process can be started.
    """
    job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    state = job.state()
    if state != "queued":
        raise EngineError(f"The job {job.id} cannot be started: it is already {state}.")
    reap()
    job.set_owner(None if detached else Process.of(os.getpid()))
    import psutil

    command = child_command("job", job.path)
    try:
        with (job.path / "log.txt").open("ab") as log:
            child = _spawn(command, job.path / "exit", log.fileno(), nice)
    except OSError as error:
        raise EngineError(f"No process could be started for the job: {error.strerror}.") from error
    _children.append(child)
    with contextlib.suppress(psutil.Error):  # it may be over already; then `done` tells
        job.set_process(Process.of(child.pid))
    return child.pid


def _spawn(command: list[str], exit_file: Path, log: int, nice: int) -> subprocess.Popen[bytes]:
    environment = child_environment()
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        if nice > 0:
            flags |= subprocess.BELOW_NORMAL_PRIORITY_CLASS
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            creationflags=flags,
        )
    child = subprocess.Popen(
        ["/bin/sh", "-c", _SHELL, "maskwright-job", str(exit_file), *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environment,
        start_new_session=True,
    )
    if nice > 0:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PGRP, child.pid, nice)
    return child


def reap() -> None:
    """Collect the exit status of ended jobs that this process started."""
    _children[:] = [child for child in _children if child.poll() is None]


def cancel(folder: JobFolder | Path, grace: float = GRACE) -> None:
    """Ask the job to end, wait `grace` seconds, then end its whole process group.

    Returns once it has ended. A job that has ended before is left as it is.
    """
    job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    if job.state() not in ("queued", "running"):
        return
    job.ask_cancel()
    process = job.process()
    if process is not None and not gone(process, grace):
        end_group(process)
        gone(process, GRACE)
    reap()
    if job.done() is None and job.process() == process:  # it was not started again meanwhile
        job.finish(Done("cancelled"))


def end_group(process: Process) -> None:
    """End a process and everything it started, at once."""
    if not process.alive():
        return
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, signal.SIGKILL)
                return
    import psutil

    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(process.pid)
        for each in (*parent.children(recursive=True), parent):
            with contextlib.suppress(psutil.Error):
                each.kill()


def gone(process: Process, seconds: float) -> bool:
    """Wait until a process is gone, at most so many seconds; whether it is."""
    deadline = time.monotonic() + seconds
    while process.alive():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True

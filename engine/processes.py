"""Which process somebody meant, for good: a number and when it began, by a clock nobody can set.

On Linux the time of day at which a process began is worked out from the time of day now, so that it
changes whenever the clock is set: a process would seem to be another one, and its work abandoned.
There the time since the machine was started is taken (``starttime`` of proc_pid_stat(5)), with a
name for that start; elsewhere the system keeps the time of day of then.
"""

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

_SLACK: Final = 0.05
"""Seconds that two readings of one time of day may differ (rounding)."""

_GONE: Final = (b"Z", b"X")  # states of a process that has ended


class Birth(NamedTuple):
    """When a process began.

    Attributes:
        started: seconds, since the machine's start or since 1970.
        boot: which start of the machine; empty where ``started`` counts from 1970.
    """

    started: float
    boot: str


def birth(pid: int) -> Birth:
    """When the process with this number began.

    Raises:
        psutil.Error: there is none, or nothing can be known of it.
    """
    boot = _boot()
    fields = _fields(pid) if boot else []
    if fields:
        return Birth(_seconds(fields), boot)
    import psutil

    if boot:
        raise psutil.NoSuchProcess(pid)
    return Birth(psutil.Process(pid).create_time(), "")


def lives(pid: int, began: Birth) -> bool:
    """Whether that very process still runs; one that ended and waits to be collected does not."""
    if began.boot:
        fields = _fields(pid) if began.boot == _boot() else []
        return bool(fields) and fields[0] not in _GONE and _seconds(fields) == began.started
    import psutil

    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - began.started) <= _SLACK
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _seconds(fields: list[bytes]) -> float:
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


@lru_cache(maxsize=1)
def _boot() -> str:
    """A name for this start of the machine; empty where the system gives none."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _fields(pid: int) -> list[bytes]:
    """What the system says of a process after its name, its state first; nothing of none."""
    try:
        said = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return []
    return said[said.rfind(b")") + 2 :].split()

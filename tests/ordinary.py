"""Permissions that hold for root too.

A thread of Linux may give up single powers of root for itself and for the programs it starts, while
the other threads keep theirs (capabilities(7)). Files of root stay its own, so that no other user
with a Python of its own is needed.
"""

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from typing import Final, TypeVar

import pytest

T = TypeVar("T")

_CHOWN, _OVERRIDE, _READ, _OWNER = range(4)
"""To give files away, to write any, to read any, and to count as the owner of any."""

_VERSION: Final = 0x20080522  # of the structures of capset(2) with two words for each set
_FORGET: Final = 24  # PR_CAPBSET_DROP: nor may a program that is started have it


class _Head(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def ordinarily(run: Callable[[], T]) -> T:
    """What a function answers that permissions bind, for root as for everyone.

    It runs on a thread of its own. Skips the test where root cannot be bound.
    """
    answers: list[T] = []
    problems: list[BaseException] = []

    def bound() -> None:
        try:
            if hasattr(os, "geteuid") and os.geteuid() == 0:
                _give_up()
            answers.append(run())
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=bound, name="ordinary")
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
    return answers[0]


def given_away(*paths: os.PathLike[str] | str) -> None:
    """Let files belong to another user; only root can, and without it the test is skipped."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can give files to another user")
    for path in paths:
        os.chown(path, 65534, 65534)


def _give_up() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("root cannot be bound by permissions here")
    system = ctypes.CDLL(None, use_errno=True)
    head, sets = _Head(_VERSION, 0), (_Sets * 2)()
    if system.capget(ctypes.byref(head), ctypes.byref(sets)) != 0:
        pytest.skip("what root may do cannot be asked here")
    for power in (_CHOWN, _OVERRIDE, _READ, _OWNER):
        system.prctl(_FORGET, power, 0, 0, 0)
        left = ~(1 << power) & 0xFFFFFFFF
        sets[0].effective &= left
        sets[0].permitted &= left
        sets[0].inheritable &= left
    if system.capset(ctypes.byref(head), ctypes.byref(sets)) != 0:
        pytest.skip("root cannot be bound by permissions here")

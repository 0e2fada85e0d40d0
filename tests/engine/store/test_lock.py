import json
import os
import subprocess
import sys

import pytest

from engine.errors import EngineError
from engine.store import Project, lock
from engine.store.lock import Lock

from .conftest import begin

OWNER = """
import os, sys
from pathlib import Path
from engine.store import Project, lock
project = Project.open(Path(sys.argv[1]))
os.write(1, b"open")
sys.stdin.read()
project.close()
"""


@pytest.fixture
def owner(path, project, root):
    """Another process that owns the project until its input ends."""
    project.close()
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(path)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.read(4) == b"open"
    yield process
    process.stdin.close()
    process.stdout.close()
    process.wait()


def test_a_second_program_reads_only_and_says_who_owns_it(path, owner):
    second = Project.open(path)
    assert second.read_only
    assert f"process {owner.pid}" in second.owner
    assert second.owner.startswith("“slides” is open in Maskwright")
    with pytest.raises(EngineError, match="is open in Maskwright"):
        second.set_setting("a", 1)
    assert len(second.images()) == 3
    second.close()
    third = Project.open(path)
    assert third.read_only, "closing a reader gives no lock away"
    third.close()


def test_the_lock_ends_with_its_process_however_that_ends(path, owner):
    owner.kill()
    owner.wait()
    assert path.with_name(path.name + ".lock").exists()
    mine = Project.open(path)
    assert not mine.read_only
    mine.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_same_process_cannot_own_it_twice(path, project):
    second = Project.open(path)
    assert second.read_only
    assert f"process {os.getpid()}" in second.owner
    second.close()
    project.set_setting("a", 1)
    project.flush()


def test_a_lock_is_free_again_after_close(path, project):
    project.close()
    again = Project.open(path)
    assert not again.read_only
    again.close()


def test_a_lock_file_that_was_removed_under_its_owner_is_not_shared(tmp_path):
    first, second, third = (Lock(tmp_path / "p") for _ in range(3))
    assert first.acquire()
    first.path.unlink()
    assert second.acquire()
    first.release()
    assert second.path.exists(), "the first one's release must not take the second one's file"
    assert not third.acquire()
    second.release()
    assert not second.path.exists()
    assert third.acquire()
    third.release()
    third.release()


def test_a_file_removed_between_opening_and_locking_it(tmp_path, monkeypatch):
    from engine.store import lock

    real, raced = lock.take, []

    def take(handle):
        if not raced:
            raced.append(handle)
            mine.path.unlink()
        return real(handle)

    monkeypatch.setattr(lock, "take", take)
    mine, other = Lock(tmp_path / "p"), Lock(tmp_path / "p")
    assert mine.acquire()
    assert mine.path.exists()
    assert not other.acquire()
    mine.release()


def no_locks(handle):
    raise OSError(95, "Operation not supported")


@pytest.mark.parametrize(
    ("said", "free"),
    [
        ({"pid": 2**22 + 1, "started": 5.0}, True),
        ({"pid": os.getpid(), "started": 5.0}, True),
        ("me", False),
        ({"pid": 1, "host": "elsewhere"}, False),
        (None, True),
    ],
)
def test_where_the_file_system_has_no_locks_the_file_is_believed(tmp_path, monkeypatch, said, free):
    import socket

    import psutil

    from engine.store import lock

    monkeypatch.setattr(lock, "take", no_locks)
    mine = Lock(tmp_path / "p")
    if said is not None:
        me = {"pid": os.getpid(), "started": psutil.Process().create_time()}
        text = {"host": socket.gethostname(), **(me if said == "me" else said)}
        mine.path.write_text(json.dumps(text))
    assert mine.acquire() is free
    mine.release()


def test_who_owns_it_is_readable_whatever_the_file_holds(tmp_path):
    lock = Lock(tmp_path / "p")
    assert lock.owner() == "another program"
    for text in ("", "[1]", "{", '{"pid": "x", "since": "y", "program": 7}', "\x00" * 9000):
        lock.path.write_text(text)
        assert lock.owner()


@pytest.mark.skipif(os.name != "posix", reason="a lock is passed on with a fork")
def test_a_lock_that_outlives_its_owner_for_a_moment_is_waited_for(path, monkeypatch):
    """The owner was killed while it started a child, which has the lock until it is itself."""
    begin(path).close()
    held = Lock(path)
    assert held.acquire()
    held.note(pid=4_199_999, sequence=0)  # nobody's number: the owner is dead
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        os.close(held._file)  # the child has become itself

    monkeypatch.setattr(lock.time, "sleep", pause)
    project = Project.open(path)
    assert not project.read_only
    assert project.recovered is not None
    assert len(pauses) == 1
    project.close()
    held._file = None


def test_where_there_are_no_locks_a_dead_owner_elsewhere_can_be_got_rid_of(tmp_path, monkeypatch):
    """Nothing here can know whether a process of another computer still runs."""
    monkeypatch.setattr(lock, "take", no_locks)
    mine = Lock(tmp_path / "p.maskwright")
    mine.path.write_text(json.dumps({"pid": 7, "host": "elsewhere", "program": "Maskwright"}))
    assert not mine.acquire()
    said = str(mine.refusal("p"))
    assert "process 7 on elsewhere" in said
    assert said.endswith("runs there any more, delete p.maskwright.lock beside the project.")
    mine.path.unlink()
    assert mine.acquire()
    mine.release()


def test_of_two_that_take_what_cannot_be_locked_at_once_one_gets_it(tmp_path, monkeypatch):
    mine, other = Lock(tmp_path / "p"), Lock(tmp_path / "p")
    monkeypatch.setattr(lock, "take", no_locks)
    monkeypatch.setattr(lock, "_alive", lambda said: False)  # both looked before either wrote
    real = Lock.note

    def both(self, **more):
        real(self, **more)
        if self is mine:
            text = mine.path.read_text().replace(f'"pid": {os.getpid()}', '"pid": 1')
            mine.path.write_text(text)  # the other one, a moment later

    monkeypatch.setattr(Lock, "note", both)
    assert not mine.acquire()
    assert not mine.held
    assert other.acquire()
    other.release()


def test_where_there_are_locks_no_file_is_to_be_deleted(path, owner):
    second = Project.open(path)
    assert second.owner.endswith("Close it there first.")
    second.close()

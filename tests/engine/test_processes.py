"""Which process was meant: neither a clock that is set nor a number used again mistakes it."""

import os
import subprocess
import sys

import psutil
import pytest

from engine import processes
from engine.jobs.folder import JobFolder, Process
from engine.jobs.job import ExportSpec
from engine.jobs.litter import remains_of
from engine.processes import Birth, birth, lives
from engine.store.lock import Lock

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others keep the time")


@pytest.fixture
def set_clock(monkeypatch):
    """Set the clock: the time of day of the machine's start goes along, as on Linux it does."""
    from psutil import _pslinux

    real = _pslinux.boot_time
    return lambda seconds: monkeypatch.setattr(_pslinux, "boot_time", lambda: real() + seconds)


@pytest.fixture
def child():
    """A process that waits to be ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.stdin.close()
    process.wait()


@linux
@pytest.mark.parametrize("seconds", [1.0, -7200.0, 3e8])
def test_a_job_goes_on_when_the_clock_is_set(tmp_path, set_clock, child, seconds):
    """Else it would be said to have died, be started a second time, and its files be removed."""
    job = JobFolder.create(tmp_path, ExportSpec(project="p", target=str(tmp_path / "out.json")))
    job.set_process(Process.of(child.pid))
    half = job.path / ".model.partial"
    half.touch()
    before = psutil.Process(child.pid).create_time()
    set_clock(seconds)
    assert psutil.Process(child.pid).create_time() - before == pytest.approx(seconds)
    assert job.process().alive()
    assert job.state() == "running"
    assert remains_of(job) == []
    child.kill()
    child.wait()
    assert job.state() == "died"
    assert remains_of(job) == [half]


@linux
def test_a_lock_is_believed_when_the_clock_is_set(tmp_path, monkeypatch, set_clock):
    def no_locks(handle):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("engine.store.lock.take", no_locks)
    mine, other = Lock(tmp_path / "p"), Lock(tmp_path / "p")
    assert mine.acquire()
    set_clock(-3600.0)
    assert not other.acquire()
    mine.release()
    assert other.acquire()
    other.release()


def test_who_ended_or_is_another_does_not_live(child):
    began = birth(child.pid)
    assert lives(child.pid, began)
    assert not lives(child.pid, Birth(began.started + 1, began.boot))
    assert not lives(os.getpid(), began)
    child.kill()
    child.wait()
    assert not lives(child.pid, began)
    with pytest.raises(psutil.NoSuchProcess):
        birth(2**22 + 1)


def test_one_that_waits_to_be_collected_does_not_live():
    process = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    began = birth(process.pid)
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not lives(process.pid, began)
    process.wait()
    process.stdout.close()


@linux
def test_the_same_number_after_another_start_of_the_machine_is_another(child):
    began = birth(child.pid)
    assert not lives(child.pid, began._replace(boot="00000000-0000-0000-0000-000000000000"))


def test_where_the_system_keeps_the_time_of_day(monkeypatch, child):
    monkeypatch.setattr(processes, "_boot", lambda: "")
    began = birth(child.pid)
    assert began == Birth(psutil.Process(child.pid).create_time(), "")
    assert lives(child.pid, began)
    assert not lives(child.pid, began._replace(started=began.started - 1))
    child.kill()
    child.wait()
    assert not lives(child.pid, began)


def test_a_line_of_attempts_that_was_cut_off_is_passed_over(tmp_path):
    job = JobFolder.create(tmp_path, ExportSpec(project="p", target="out.json"))
    (job.path / "attempts.jsonl").write_bytes(b'{"pid": 5}\n{"pid": 6, "st')
    assert job.attempts() == [{"pid": 5}]

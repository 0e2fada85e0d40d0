"""Real processes; every wait is for a condition, with a limit that only a fault reaches."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from engine.errors import EngineError
from engine.jobs import launch
from engine.jobs.events import Note
from engine.jobs.folder import JobFolder, Process
from engine.jobs.job import ExportSpec, TrainSpec
from engine.jobs.watch import follow

posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups and signals of POSIX")

READY = "import sys, pathlib; folder = pathlib.Path(sys.argv[1]); "
WAITS = READY + (
    "import signal, subprocess, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE);"
    "(folder / 'ready').write_text(str(child.pid)); time.sleep(600)"
)
KILLED = READY + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def job(tmp_path):
    folder = JobFolder.create(tmp_path, ExportSpec(target="x"))
    yield folder
    process = folder.process()
    if process is not None:
        launch.end_group(process)
        until(lambda: not process.alive())
    launch.reap()


@pytest.fixture
def child(monkeypatch):
    """Let the child run this code instead of the program."""

    def runs(code):
        monkeypatch.setattr(
            launch,
            "child_command",
            lambda role, *args: [sys.executable, "-c", code, *map(str, args)],
        )

    return runs


def until(holds, seconds=60):
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.01)


def test_the_child_is_this_program_with_a_role(monkeypatch):
    assert launch.child_command("job", "f")[1:] == ["-P", "-m", "app", "--role", "job", "f"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert launch.child_command("model", "f", "--device", "cpu") == [
        sys.executable, "--role", "model", "f", "--device", "cpu",
    ]  # fmt: skip


def test_a_job_runs_in_a_process_of_its_own_and_tells_how_it_ended(project, paint, blob, tmp_path):
    paint(1, blob)
    target = tmp_path / "out.json"
    job = JobFolder.create(
        project.files / "jobs", ExportSpec(project=str(project.path), target=str(target))
    )
    events = []
    launch.start(job)
    done = follow(job, events.append)
    assert done.outcome == "done", done
    assert done.result["masks"] == 1
    assert target.exists()
    assert events == job.read_events()[0]
    assert not job.process().alive()


@posix
def test_it_leads_a_group_of_its_own_and_steps_back(job, child):
    child(WAITS)
    pid = launch.start(job, nice=5)
    until((job.path / "ready").exists)
    assert os.getpgid(pid) == pid
    assert os.getsid(pid) == pid
    assert psutil.Process(pid).nice() == 5
    assert job.state() == "running"
    with pytest.raises(EngineError, match="already running"):
        launch.start(job)


@posix
def test_cancel_asks_and_then_ends_the_whole_group(job, child):
    child(WAITS)
    launch.start(job)
    until((job.path / "ready").exists)
    grandchild = Process.of(int((job.path / "ready").read_text()))
    launch.cancel(job, grace=0.1)
    assert job.state() == "cancelled"
    assert job.done().outcome == "cancelled"
    assert job.cancel_asked()
    until(lambda: not grandchild.alive())
    launch.cancel(job)  # once more changes nothing
    assert job.state() == "cancelled"


@posix
def test_an_end_by_signal_nine_is_known_as_out_of_memory(job, child):
    child(KILLED)
    launch.start(job)
    done = follow(job, lambda event: None)
    assert job.state() == "died"
    assert job.exit_status() == 137
    assert done.outcome == "failed"
    assert "memory was full" in done.error


@posix
def test_training_goes_on_after_it_ran_out_of_memory(tmp_path, child):
    job = JobFolder.create(tmp_path, TrainSpec())
    child(
        READY + "n = len((folder / 'attempts.jsonl').read_bytes().splitlines())"
        " if (folder / 'attempts.jsonl').exists() else 0;"
        "import os, signal\n"
        "if n < 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        '(folder / \'done\').write_text(\'{"outcome":"done","result":{"n":%d}}\' % n)'
    )
    events = []
    launch.start(job)
    done = follow(job, events.append)
    assert done.result == {"n": 2}
    assert [type(each) for each in events] == [Note, Note]
    assert [each["exit"] for each in job.attempts()] == [137, 137]


@posix
def test_a_job_outlives_the_program_that_started_it(job, child, tmp_path):
    child(WAITS)
    starter = (
        "import sys, pathlib; from engine.jobs import launch;"
        f"launch.child_command = lambda role, *a: [sys.executable, '-c', {WAITS!r}, *map(str, a)];"
        f"launch.start(pathlib.Path({str(job.path)!r}))"
    )
    subprocess.run([sys.executable, "-c", starter], check=True, env=launch.child_environment())
    until((job.path / "ready").exists)
    assert job.state() == "running"
    os.killpg(job.process().pid, signal.SIGTERM)  # a terminal that closes; the shell stays to tell
    until(lambda: job.state() == "died")
    assert job.exit_status() == 143


@posix
def test_an_attached_job_ends_with_its_owner(tmp_path, monkeypatch):
    from engine.jobs import runner

    monkeypatch.setattr(runner, "OWNER_LOOK", 0.01)
    job = JobFolder.create(tmp_path, ExportSpec(target="x"))
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    job.set_owner(Process.of(owner.pid))
    with runner._ends_with_owner(job):
        assert not job.cancel_asked()
        owner.communicate(b"\n")
        until(job.cancel_asked)


@pytest.mark.skipif(sys.platform != "linux", reason="oom_score_adj is Linux's")
def test_linux_ends_a_job_rather_than_the_window(job):
    code = (
        "import pathlib, sys; from engine.jobs import runner;"
        "runner.execute = lambda job: print(pathlib.Path('/proc/self/oom_score_adj').read_text())"
        " or runner.Done();"
        "runner.run_folder(sys.argv[1])"
    )
    words = [sys.executable, "-c", code, str(job.path)]
    said = subprocess.check_output(words, env=launch.child_environment(), text=True)
    assert int(said) == 500


def test_a_program_that_cannot_start_is_said(job, monkeypatch):
    def fail(*args):
        raise OSError(2, "No such file or directory")

    monkeypatch.setattr(launch, "_spawn", fail)
    with pytest.raises(EngineError, match="No process could be started"):
        launch.start(job)
    assert job.state() == "queued"


def test_a_job_that_never_started_can_be_cancelled(job):
    launch.cancel(job)
    assert job.state() == "cancelled"

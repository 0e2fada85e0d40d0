import os
import subprocess
import sys

import msgspec
import psutil
import pytest

from engine.errors import EngineError
from engine.jobs.events import Finished, Note, encode
from engine.jobs.folder import Done, JobFolder, Process
from engine.jobs.job import (
    RUNNERS,
    Context,
    EvaluateSpec,
    ExportSpec,
    ImportSpec,
    PredictSpec,
    TrainSpec,
    decode_spec,
    encode_spec,
    kind_of,
)

SPECS = [
    PredictSpec(project="p", model="m", images=(1, 2)),
    TrainSpec(project="p", recipe={"epochs": 3}),
    EvaluateSpec(project="p", model="m"),
    ImportSpec(project="p", source="s", values={0: "background"}),
    ExportSpec(project="p", target="t"),
]


@pytest.fixture
def job(tmp_path):
    return JobFolder.create(tmp_path, SPECS[0])


@pytest.fixture
def gone():
    """A process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = Process.of(child.pid)
    child.communicate(b"\n")
    return process


@pytest.mark.parametrize("spec", SPECS)
def test_a_spec_is_data_that_comes_back(spec):
    assert decode_spec(encode_spec(spec)) == spec
    assert kind_of(spec) in RUNNERS


@pytest.mark.parametrize("data", [b"", b"{}", b'{"kind":"fly"}', b'{"kind":"export","x":1}'])
def test_what_is_no_spec_is_refused(data):
    with pytest.raises(EngineError, match="does not know"):
        decode_spec(data)


def test_a_new_job_is_queued_and_names_its_kind(job):
    assert job.state() == "queued"
    assert "-predict-" in job.id
    assert job.spec() == SPECS[0]


def test_events_are_read_from_an_offset_and_half_a_line_is_left(job):
    assert job.read_events() == ([], 0)
    job.append(Note("one"))
    events, offset = job.read_events()
    assert events == [Note("one")]
    line = encode(Note("two"))
    path = job.path / "events.jsonl"
    with path.open("ab") as file:
        file.write(b"no event\n" + line[:5])
    assert job.read_events(offset)[0] == []
    with path.open("ab") as file:
        file.write(line[5:])
    events, end = job.read_events(offset)
    assert events == [Note("two")]
    assert end == path.stat().st_size


def test_a_living_process_runs_it_and_another_with_its_number_does_not(job):
    me = Process.of(os.getpid())
    job.set_process(me)
    assert job.state() == "running"
    job.set_process(Process(me.pid, me.started - 1000))
    assert job.state() == "died"


def test_a_zombie_does_not_run():
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = Process.of(child.pid)
    psutil.wait_procs([], timeout=0)
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        os.sched_yield()
    assert not process.alive()
    child.wait()


def test_how_it_ended_is_written_last(job, gone):
    job.set_process(gone)
    job.finish(Done("failed", "Why.", {"x": 1}))
    assert job.state() == "failed"
    assert job.read_events()[0] == [Finished("Why.", "failed")]
    assert job.end() == Done("failed", "Why.", {"x": 1})


def test_a_job_whose_process_is_gone_has_died(job, gone):
    job.set_process(gone)
    (job.path / "log.txt").write_text("Segmentation fault")
    assert job.state() == "died"
    end = job.end()
    assert end.outcome == "failed"
    assert end.detail == "Segmentation fault"
    assert not job.out_of_memory()


@pytest.mark.parametrize("status", ["137", "-9"])
def test_signal_nine_is_read_as_out_of_memory(job, gone, status):
    job.set_process(gone)
    (job.path / "exit").write_text(status)
    assert job.out_of_memory()
    assert "memory was full" in job.end().error
    job.ask_cancel()
    assert not job.out_of_memory()
    assert job.state() == "cancelled"


def test_it_can_be_made_ready_again_with_its_work_kept(job, gone):
    job.set_process(gone)
    (job.path / "exit").write_text("137")
    (job.path / "part-0001.bin").write_text("x")
    job.reopen()
    assert job.state() == "queued"
    assert [each["exit"] for each in job.attempts()] == [137]
    assert (job.path / "part-0001.bin").exists()


def test_a_running_job_is_not_made_ready(job):
    job.set_process(Process.of(os.getpid()))
    with pytest.raises(EngineError, match="still runs"):
        job.reopen()


def test_damaged_files_are_told_apart_from_missing_ones(job):
    (job.path / "done").write_text("{")
    assert job.state() == "failed"
    (job.path / "spec.json").unlink()
    with pytest.raises(EngineError, match="cannot be read"):
        job.spec()


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match="Could not prepare the job"):
        JobFolder.create(tmp_path / "file", SPECS[0])


def test_progress_tells_the_time_left_and_drops_what_the_eye_cannot_see(tmp_path):
    events = []
    context = Context(tmp_path, events.append)
    for done in range(1001):
        context.progress(done, 1000)
    assert events[0].seconds_left is None
    assert events[-1].done == 1000
    assert events[-1].seconds_left == 0
    assert len(events) < 500
    assert msgspec.json.encode(events)

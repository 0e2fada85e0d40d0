import pytest

from engine.errors import EngineError
from engine.jobs import job as jobs
from engine.jobs.events import Finished, Note
from engine.jobs.folder import JobFolder
from engine.jobs.job import Cancelled, ExportSpec
from engine.jobs.runner import execute, run_folder


@pytest.fixture
def job(tmp_path):
    return JobFolder.create(tmp_path, ExportSpec(target="x"))


@pytest.fixture
def does(monkeypatch):
    """Replace what the export job does."""

    def replace(function):
        monkeypatch.setitem(jobs.RUNNERS, "export", f"{__name__}:_act")
        globals()["_act"] = function

    return replace


def raising(error):
    def act(spec, context):
        raise error

    return act


def test_a_job_says_things_and_ends_with_its_result(job, does):
    does(lambda spec, context: (context.note("Hello."), {"target": spec.target})[1])
    seen = []
    done = execute(job, seen.append)
    assert (done.outcome, done.result) == ("done", {"target": "x"})
    assert seen == [Note("Hello."), Finished()]
    assert job.state() == "done"


@pytest.mark.parametrize(
    ("error", "outcome", "words"),
    [
        (EngineError("Plain sentence."), "failed", "Plain sentence."),
        (ZeroDivisionError("oh"), "failed", "fault of the program: ZeroDivisionError: oh"),
        (MemoryError(), "failed", "memory is full"),
        (Cancelled({"images": 3}), "cancelled", ""),
    ],
)
def test_whatever_a_job_raises_is_how_it_ended(job, does, error, outcome, words):
    does(raising(error))
    code = run_folder(job.path)
    done = job.done()
    assert code == {"failed": 1, "cancelled": 3}[outcome]
    assert done.outcome == outcome
    assert words in done.error
    assert done.result == ({"images": 3} if outcome == "cancelled" else {})
    assert bool(done.detail) == (outcome == "failed" and not isinstance(error, EngineError))


def test_a_job_that_was_cancelled_before_it_began_does_nothing(job, does):
    does(raising(AssertionError("ran")))
    job.ask_cancel()
    assert execute(job).outcome == "cancelled"


def test_an_attempt_after_one_that_ran_out_of_memory_knows(job, does):
    (job.path / "attempts.jsonl").write_text(
        '{"pid":1,"started":0.0,"exit":137,"out_of_memory":true}\n'
    )
    does(lambda spec, c: {"resume": c.resume, "memory": c.out_of_memory})
    assert execute(job).result == {"resume": True, "memory": True}

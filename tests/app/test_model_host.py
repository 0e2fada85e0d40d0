"""Which model process answers when memory is short or a process hangs; processes are scripts."""

import sys
from types import SimpleNamespace

import pytest

from app import model_host, model_process
from app.model_host import ModelHost
from app.session import Session
from app.settings import Settings
from engine.errors import EngineError
from engine.models.card import Card
from engine.models.catalog import Entry
from engine.models.protocol import NO_ROOM

# A model needs the only place there is, a folder; who finds it taken says that memory is short.
SCRIPT = """
import json, os, sys, time
place, model = sys.argv[1], sys.argv[2]
if model.startswith("silent"):
    time.sleep(60)
if model.startswith("crashes"):
    os.abort()
try:
    if model.startswith("never"):
        raise FileExistsError
    os.mkdir(place)
except FileExistsError:
    print(f"There was not enough memory to run {model}.", file=sys.stderr)
    sys.exit(NO_ROOM)
print(json.dumps({"ready": 1, "provider_text": "CUDA · 1.0 of 1 GB", "reason": ""}), flush=True)
for line in sys.stdin:
    if model.startswith("hangs"):
        time.sleep(60)
    print(json.dumps({"id": json.loads(line)["id"], "error": model}), flush=True)
os.rmdir(place)
"""


@pytest.fixture
def host(qtbot, tmp_path, monkeypatch):
    def command(role, folder, *rest):
        code = SCRIPT.replace("NO_ROOM", str(NO_ROOM))
        return [sys.executable, "-c", code, str(tmp_path / "place"), folder.rsplit("/", 1)[-1]]

    def get(name):
        if name == "gone":
            raise EngineError("There is no model “gone”.")
        card = Card(id=name, name=name.title(), file="w.onnx")
        return Entry(name, card, tmp_path / name, "user")

    monkeypatch.setattr(model_host, "child_command", command)
    made = ModelHost(Session(), Settings(), SimpleNamespace(get=get))
    made.failures = []
    made.swap_failed.connect(lambda name, why: made.failures.append((name, why)))
    yield made
    made.close()


def ready(qtbot, host, name):
    qtbot.waitUntil(lambda: host.current is not None and host.current.entry.id == name)
    qtbot.waitUntil(lambda: not host.starting)


def test_where_there_is_room_for_one_the_old_one_leaves_first(host, qtbot):
    host.use("first")
    ready(qtbot, host, "first")
    host.use("second")
    ready(qtbot, host, "second")
    assert host.failures == []
    assert host._session.model.provider == "CUDA · 1.0 of 1 GB"
    assert len(host.pids) == 1


def test_it_comes_back_where_the_next_one_does_not_fit_even_alone(host, qtbot):
    host.use("first")
    ready(qtbot, host, "first")
    host.use("never")
    qtbot.waitUntil(lambda: bool(host.failures))
    ready(qtbot, host, "first")
    assert host.failures == [("never", "There was not enough memory to run never.")]
    assert host._session.model.id == "first"


def test_a_first_model_that_does_not_start_is_said_and_not_replaced(host, qtbot):
    host.use("never")
    qtbot.waitUntil(lambda: bool(host.failures))
    assert host.current is None
    assert not host.starting
    assert host._session.model.state == "failed"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_crash_is_not_taken_for_want_of_memory(host, qtbot):
    host.use("crashes")
    qtbot.waitUntil(lambda: bool(host.failures))
    [(_, why)] = host.failures
    assert why.startswith("The model process crashed (signal 6)")


def test_a_model_that_is_killed_during_a_swap_leaves_it_to_the_next(host, qtbot):
    host.use("first")
    ready(qtbot, host, "first")
    host.use("silent")
    host.current.process._process.kill()
    qtbot.waitUntil(lambda: host.current is None)
    assert host.next.entry.id == "silent"
    qtbot.waitUntil(lambda: bool(host.next.process.pid))
    (host.next.entry.folder.parent / "place").rmdir()
    host.next.process._process.kill()
    ready(qtbot, host, "first")
    assert host.failures[0][0] == "silent"


def test_a_model_that_is_silent_too_long_is_given_up(host, qtbot, monkeypatch):
    monkeypatch.setattr(model_process, "READY_WITHIN_MS", 50)
    host.use("silent")
    qtbot.waitUntil(lambda: bool(host.failures))
    assert host.failures == [("silent", "It did not get ready in two minutes.")]


def test_a_model_that_hangs_over_a_question_is_ended(host, qtbot, monkeypatch):
    monkeypatch.setattr(model_host, "RESTARTS", 0)
    host.use("hangs")
    ready(qtbot, host, "hangs")
    monkeypatch.setattr(model_process, "ANSWER_WITHIN_MS", 50)
    with qtbot.waitSignal(host.stopped) as said:
        host.current.process.ask({"id": 1})
    assert said.args == ["It did not answer in ten minutes and was ended."]


def test_the_same_model_on_the_same_device_is_not_loaded_twice(host, qtbot):
    host.use("first")
    ready(qtbot, host, "first")
    before = host.pids
    with qtbot.waitSignal(host.ready):
        host.use("first")
    assert host.pids == before


def test_a_model_that_is_gone_leaves_everything_as_it_is(host, qtbot):
    host.use("first")
    ready(qtbot, host, "first")
    with pytest.raises(EngineError):
        host.use("gone")
    assert host.current.entry.id == "first"

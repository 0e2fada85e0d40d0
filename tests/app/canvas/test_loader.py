import threading

import pytest

from app.canvas.loader import Loader
from engine.errors import EngineError


@pytest.fixture
def loader(qtbot):
    loader = Loader(threads=1)
    yield loader
    loader.close()


class Blocked:
    """Holds the only thread until it is let go."""

    def __init__(self, loader):
        self.go, self.begun = threading.Event(), threading.Event()
        loader.ask("block", self.work)
        assert self.begun.wait(5)

    def work(self):
        self.begun.set()
        assert self.go.wait(5)


def answers(qtbot, loader, count):
    found = []
    loader.arrived.connect(lambda key, answer: found.append((key, answer)))
    return found, lambda: qtbot.waitUntil(lambda: len(found) >= count, timeout=5000)


def test_newest_is_done_first_and_ahead_of_time_last(qtbot, loader):
    found, wait = answers(qtbot, loader, 4)
    block = Blocked(loader)
    loader.ask_later("later", lambda: 0)
    loader.ask("old", lambda: 1)
    loader.ask("new", lambda: 2)
    block.go.set()
    wait()
    assert found == [("block", None), ("new", 2), ("old", 1), ("later", 0)]


def test_what_nobody_wants_is_dropped(qtbot, loader):
    found, wait = answers(qtbot, loader, 2)
    block = Blocked(loader)
    for key in ("a", "b", "c"):
        loader.ask(key, lambda: 1)
    loader.keep({"b"})
    block.go.set()
    wait()
    qtbot.waitUntil(lambda: loader.idle, timeout=5000)
    assert [key for key, _ in found] == ["block", "b"]
    assert loader.calm


def test_asking_again_moves_to_the_front_and_does_it_once(qtbot, loader):
    found, wait = answers(qtbot, loader, 3)
    block = Blocked(loader)
    loader.ask("a", lambda: 1)
    loader.ask("b", lambda: 2)
    loader.ask("a", lambda: 3)
    block.go.set()
    wait()
    assert found[1:] == [("a", 3), ("b", 2)]


def test_a_refusal_is_an_answer(qtbot, loader):
    found, wait = answers(qtbot, loader, 1)

    def refuse():
        raise EngineError("It is cut short.")

    loader.ask("a", refuse)
    wait()
    assert str(found[0][1]) == "It is cut short."


def test_a_bug_is_logged_and_does_not_end_the_thread(qtbot, loader, caplog):
    found, wait = answers(qtbot, loader, 2)
    loader.ask("a", lambda: 1 / 0)
    qtbot.waitUntil(lambda: len(found) == 1, timeout=5000)
    loader.ask("b", lambda: 5)
    wait()
    assert isinstance(found[0][1], EngineError)
    assert found[1] == ("b", 5)
    assert "ZeroDivisionError" in caplog.text


def test_closing_ends_the_threads(qtbot):
    loader = Loader(threads=2)
    threads = loader._threads
    loader.close()
    assert not any(thread.is_alive() for thread in threads)


def test_a_forgotten_loader_ends_its_threads(qtbot):
    loader = Loader(threads=1)
    thread = loader._threads[0]
    del loader
    thread.join(5)
    assert not thread.is_alive()

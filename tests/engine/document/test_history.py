import pytest

from engine.document.commands import FlipPixels, Several
from engine.document.history import IN_MEMORY, LIMIT, History, Step
from engine.errors import EngineError
from engine.masks.mask import Mask


def stroke(number, at, label="Stroke"):
    return FlipPixels(number, Mask.rectangle((at, 0, at + 1, 5)), label)


@pytest.fixture
def number(add):
    return add((0, 100, 50, 150))


def test_undo_and_redo_walk_the_same_states(document, history, number):
    states = [document.state]
    for at in range(5):
        history.do(stroke(number, at, f"s{at}"))
        states.append(document.state)
    assert (history.undo_label, history.redo_label, history.head) == ("s4", "", 5)
    for at in range(4, -1, -1):
        assert history.undo() == f"s{at}"
        assert document.annotations[number].mask.same(states[at].annotations[number].mask)
    assert history.undo() is None
    assert (history.can_undo, history.can_redo, history.head) == (False, True, 0)
    for at in range(5):
        assert history.redo() == f"s{at}"
        assert document.annotations[number].mask.same(states[at + 1].annotations[number].mask)
    assert history.redo() is None


def test_a_new_step_forgets_what_was_undone(history, number):
    history.do(stroke(number, 0, "first"))
    history.do(stroke(number, 1, "second"))
    history.undo()
    history.do(stroke(number, 2, "other"))
    assert not history.can_redo
    assert [step.label for step in history.steps] == ["first", "other"]
    assert [step.number for step in history.steps] == [1, 2]


def test_a_refused_step_is_not_taken(document, history, number):
    history.do(stroke(number, 0))
    history.undo()
    before, told = document.state, []
    history.subscribers.append(lambda: told.append(1))
    with pytest.raises(EngineError):
        history.do(stroke(999, 0))
    assert document.state is before
    assert history.can_redo
    assert told == []


def test_views_hear_of_undo_after_the_document_is_whole(document, history, number):
    heard = []
    history.subscribers.append(lambda: heard.append((history.undo_label, document.state)))
    history.do(stroke(number, 0, "a"))
    history.undo()
    assert [label for label, _ in heard] == ["a", ""]
    assert heard[0][1].annotations[number].mask.area == 2505


def test_a_view_that_breaks_does_not_lose_the_step(document, history, number):
    def broken(change):
        raise RuntimeError("a view")

    document.subscribers.append(broken)
    with pytest.raises(RuntimeError):
        history.do(stroke(number, 0))
    document.subscribers.clear()
    assert history.can_undo
    history.undo()
    assert document.annotations[number].mask.area == 2500


def test_memory_is_bounded_without_a_journal(history, number):
    for at in range(LIMIT + 10):
        history.do(stroke(number, at % 7))
    assert len(history.steps) == LIMIT
    assert history.steps[0].number == 11


def test_with_a_journal_old_commands_are_read_from_it(document, number):
    journal = Paper()
    history = History(document, journal)
    for at in range(IN_MEMORY + 20):
        history.do(stroke(number, at % 7, f"s{at}"))
    held = [step.command is not None for step in history.steps]
    assert held == [False] * 20 + [True] * IN_MEMORY
    while history.can_undo:
        history.undo()
    assert document.annotations[number].mask.area == 2500
    assert journal.asked == list(range(20, 0, -1))
    assert journal.head == 0


def test_large_commands_are_not_kept_in_memory_twice(document, number, monkeypatch):
    from engine.document import history as module

    monkeypatch.setattr(module, "IN_MEMORY_BYTES", 20)
    history = History(document, Paper())
    for at in range(6):
        history.do(stroke(number, at))
    assert [step.command is not None for step in history.steps] == [False] * 2 + [True] * 4
    history.do(FlipPixels(number, Mask.rectangle((0, 200, 50, 250))))
    assert [step.command is not None for step in history.steps] == [False] * 6 + [True]


def test_a_journal_that_refuses_stops_the_step(document, number):
    journal = Paper()
    history = History(document, journal)
    history.do(stroke(number, 0))
    before = document.state
    journal.full = True
    for attempt in (lambda: history.do(stroke(number, 1)), history.undo):
        with pytest.raises(EngineError):
            attempt()
        assert document.state is before
    assert [step.number for step in history.steps] == [1]


def test_a_share_of_a_project_step_is_not_undone_alone(document, history, number):
    history.do(Several((stroke(number, 0),), "Merge a into b", 4))
    before = document.state
    with pytest.raises(EngineError, match="Merge a into b"):
        history.undo()
    assert document.state is before
    history.take_back()
    with pytest.raises(EngineError, match="whole project"):
        history.redo()
    assert history.next_step().project_step == 4
    history.take_again()
    assert document.annotations[number].mask.area == 2505


def test_closing_tells_nobody_any_more(document, history, number):
    heard = []
    document.subscribers.append(heard.append)
    history.subscribers.append(lambda: heard.append("history"))
    history.close()
    history.do(stroke(number, 0))
    assert heard == []


class Paper:
    """A journal that keeps what it is given, and can run out of paper."""

    def __init__(self):
        self.commands, self.asked, self.head, self.full = {}, [], 0, False

    def steps(self):
        return [], []

    def command(self, step: Step):
        self.asked.append(step.number)
        return self.commands[step.number]

    def record(self, step, document, before):
        self.check()
        self.commands[step.number], self.head = step.command, step.number

    def move(self, head, document, before):
        self.check()
        self.head = head

    def check(self):
        if self.full:
            raise EngineError("no paper")

    def close(self):
        pass

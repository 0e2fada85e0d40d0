"""Work on another thread, and the gestures that wait for it."""

import threading

import pytest

from app.canvas.errands import Errands
from app.tools.base import Result, Tint
from app.tools.registry import TOOLS, ToolInfo
from engine.document import edits
from engine.errors import EngineError
from engine.masks.raster import disc
from tests.app.canvas.harness import PERSON, annotation

SIZE = (200, 300)


@pytest.fixture
def errands(qtbot):
    made = Errands()
    yield made
    made.close()


def test_an_answer_comes_on_the_gui_thread(errands, qtbot):
    told = []
    errand = errands.run(
        lambda watch: threading.current_thread() is threading.main_thread(),
        lambda: told.append(threading.current_thread() is threading.main_thread()),
    )
    qtbot.waitUntil(lambda: bool(told))
    assert told == [True]
    assert errand.done
    assert errand.answer() is False
    assert errands.calm


def test_progress_is_told(errands, qtbot):
    shares = []
    go_on = threading.Event()

    def work(watch):
        watch.report(0.5)
        go_on.wait()

    errand = errands.run(work, lambda: None, lambda: shares.append(errand.share))
    qtbot.waitUntil(lambda: bool(shares))
    go_on.set()
    qtbot.waitUntil(lambda: errand.done)
    assert shares == [0.5]


def test_what_was_dropped_stops_and_is_not_told(errands, qtbot):
    told, began, after = [], threading.Event(), []
    go_on = threading.Event()

    def work(watch):
        began.set()
        go_on.wait()
        watch.check()
        after.append(1)

    first = errands.run(work, lambda: told.append(1))
    second = errands.run(lambda watch: after.append(2), lambda: told.append(2))
    began.wait()
    first.drop()
    second.drop()
    assert errands.calm
    go_on.set()
    last = errands.run(lambda watch: 3, lambda: told.append(3))
    qtbot.waitUntil(lambda: last.done)
    assert told == [3]
    assert after == []


def test_problems_and_bugs_are_raised_where_the_answer_is_asked_for(errands, qtbot):
    def refused(watch):
        raise EngineError("not today")

    def broken(watch):
        raise ZeroDivisionError

    pair = [errands.run(work, lambda: None) for work in (refused, broken)]
    qtbot.waitUntil(lambda: all(each.done for each in pair))
    with pytest.raises(EngineError, match="not today"):
        pair[0].answer()
    with pytest.raises(ZeroDivisionError):
        pair[1].answer()


# -- gestures that wait ----------------------------------------------------------------------


class Slow:
    """Paints a disc where the button went up, once ``go_on`` lets it."""

    def __init__(self):
        self.go_on = threading.Event()
        self.seen, self.hovered = [], []

    def gesture(self, press, desk):
        event = press
        while event.kind != "release":
            event = yield
        later = desk.later(lambda watch: self._wait(watch, event.at), event.at)
        while not later.done:
            self.seen.append((yield).kind)
        target = edits.press(desk.document, desk.taxonomy, PERSON, press.at, force_new=True)
        region = desk.allowed(later.answer())
        return Result(edits.paint(desk.document, region, target, False, desk.taxonomy))

    def hover(self, at, desk):
        later = desk.later(lambda watch: disc(at.at, 5, SIZE))
        while True:
            if later.done:
                desk.glass.show([Tint(later.answer(), PERSON)])
            self.hovered.append((yield).kind)

    def _wait(self, watch, at):
        self.go_on.wait()
        watch.check()
        return disc(at, 10, SIZE)


@pytest.fixture
def slow(desk, monkeypatch):
    tool = Slow()
    info = ToolInfo("slow", "Slow", "cursor", "cross", True, "Slow", lambda: tool)
    monkeypatch.setitem(TOOLS, "slow", info)
    desk.open(SIZE)
    desk.session.set_tool("slow")
    desk.session.set_class(PERSON)
    yield tool
    tool.go_on.set()
    desk.canvas.stop()


def waits(desk):
    return desk.canvas.hands.gestures.waits


def objects(desk):
    return desk.document.ordered()


def test_events_that_come_meanwhile_are_done_in_their_order(desk, slow, qtbot):
    desk.stroke((50, 50), (60, 50))
    assert waits(desk)
    desk.stroke((150, 100), (160, 100))
    assert objects(desk) == []
    slow.go_on.set()
    qtbot.waitUntil(lambda: len(objects(desk)) == 2)
    assert objects(desk)[0].mask.at(60, 50)
    assert objects(desk)[1].mask.at(160, 100)
    assert set(slow.seen) == {"ready"}


def test_escape_drops_the_work_and_what_was_held_back(desk, slow, qtbot):
    desk.stroke((50, 50), (60, 50))
    desk.stroke((150, 100), (160, 100))
    assert desk.canvas.cancel_gesture()
    slow.go_on.set()
    desk.stroke((250, 150), (260, 150))
    qtbot.waitUntil(lambda: len(objects(desk)) == 1)
    assert objects(desk)[0].mask.at(260, 150)


def test_backspace_as_undo_sends_it_drops_the_work(desk, slow):
    desk.stroke((50, 50), (60, 50))
    desk.canvas.take_back_point()
    assert not desk.canvas.is_stroking


def test_a_document_that_changed_is_left_alone(desk, slow, qtbot):
    desk.stroke((50, 50), (60, 50))
    desk.document.replace((), [annotation(9, disc((200, 100), 8, SIZE))])
    slow.go_on.set()
    qtbot.waitUntil(lambda: not desk.canvas.is_stroking)
    assert [each.id for each in objects(desk)] == [9]
    assert "changed meanwhile" in desk.said[-1]


def test_a_ring_shows_after_a_moment_and_goes_with_the_work(desk, slow, qtbot):
    desk.stroke((50, 50), (60, 50))
    glass = desk.canvas.picture.glass
    qtbot.waitUntil(lambda: glass._ring is not None)
    assert glass._ring[0] == pytest.approx((60, 50), abs=1)
    slow.go_on.set()
    qtbot.waitUntil(lambda: not desk.canvas.is_stroking)
    assert glass._ring is None


def test_a_tool_shows_something_while_no_button_is_down(desk, slow, qtbot):
    canvas, glass = desk.canvas, desk.canvas.picture.glass
    canvas.hands.point(
        None
    )  # the screen's pointer may lie over the canvas since the tool was chosen
    assert glass.is_clear
    desk.hover(60, 50)
    qtbot.waitUntil(lambda: not glass.is_clear)
    assert slow.hovered[-1] == "ready"
    desk.hover(62, 50)
    assert slow.hovered[-1] == "move"
    canvas.hands.point(None)
    assert glass.is_clear
    desk.hover(60, 50)
    qtbot.waitUntil(lambda: not glass.is_clear)
    desk.session.set_tool("select")
    assert glass.is_clear
    desk.session.set_tool("slow")
    desk.hover(60, 50)
    qtbot.waitUntil(lambda: not glass.is_clear)
    canvas.zoom(2.0)
    desk.hover(61, 50)
    qtbot.waitUntil(lambda: not glass.is_clear)
    desk.press(50, 50)
    assert glass.is_clear, "the gesture shows its own"
    canvas.cancel_gesture()

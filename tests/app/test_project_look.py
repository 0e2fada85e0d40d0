"""The open image asked again and again, and all images looked through and changed."""

import gc
import threading
from types import SimpleNamespace

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThreadPool

from app.open_look import OpenLook
from app.project_look import ProjectLook
from app.session import Session
from app.slices import Slices, elsewhere
from engine.document.annotation import Annotation
from engine.document.commands import Replace
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.store import Project


@pytest.fixture
def owner(qapp):
    """Stands for a sheet; ended here, so that no thread that collects garbage ends it."""
    gc.collect()
    found = QObject()
    yield found
    if shiboken6.isValid(found):
        shiboken6.delete(found)


@pytest.fixture
def session(qapp, tmp_path):
    project = Project.create(tmp_path / "p.maskwright")
    project.add_classes([project.taxonomy.new_class("cell")])
    sizes = [(20, 20)] * 3
    project.add_images([tmp_path / f"{n}.png" for n in range(3)], sizes)
    found = Session()
    found.set_project(project)
    yield found
    found.set_project(None)
    project.close()


def drawn(session):
    [number] = session.project.new_ids(1)
    class_id = session.taxonomy.by_name("cell").id
    mask = Mask.rectangle((1, 1, 5, 5))
    return Replace((), (Annotation(id=number, class_id=class_id, mask=mask),), "Draw")


def objects(session, at):
    return len(session.project.annotations(session.images[at].id))


# -- the open image --------------------------------------------------------------------------


def test_only_the_newest_answer_is_told(session, qtbot, owner):
    session.open_image(session.images[0].id)
    go, asked, heard, threads = threading.Event(), [], [], []

    def ask(document):
        asked.append(len(document.annotations))
        number = asked[-1]

        def work():
            threads.append(threading.get_ident())
            go.wait(10)
            return number

        return work

    look = OpenLook(session, ask, owner)
    look.answered.connect(heard.append)
    look.now()
    session.do(drawn(session))
    session.do(drawn(session))
    qtbot.waitUntil(lambda: not look._timer.isActive())
    assert asked == [0], "one look at a time"
    go.set()
    qtbot.waitUntil(lambda: heard == [2])
    assert asked == [0, 2]
    assert threading.get_ident() not in threads


def test_another_image_is_asked_about_at_once(session, qtbot, owner):
    heard, left = [], []
    look = OpenLook(session, lambda document: lambda: document.image_id, owner)
    look.answered.connect(heard.append)
    look.left.connect(lambda: left.append(True))
    look.now()
    for row in list(session.images)[:2]:
        session.open_image(row.id)
        qtbot.waitUntil(lambda row=row: heard[-1:] == [row.id])
    assert len(left) == 2


def test_a_bug_in_the_look_is_raised_where_it_is_heard_and_the_next_look_goes_on(
    session, qtbot, owner
):
    session.open_image(session.images[0].id)
    heard = []
    answers = iter([ZeroDivisionError("a bug"), None])

    def work():
        bug = next(answers)
        if bug is not None:
            raise bug
        return "well"

    look = OpenLook(session, lambda document: work, owner)
    look.answered.connect(heard.append)
    with qtbot.captureExceptions() as faults:
        look.now()
        qtbot.waitUntil(lambda: bool(faults))
    assert faults[0][0] is ZeroDivisionError
    look.now()
    qtbot.waitUntil(lambda: heard == ["well"])


# -- all images ------------------------------------------------------------------------------


def found_in(row, document, taxonomy):
    return SimpleNamespace(image=row.id, count=len(document.annotations))


def test_images_are_looked_through_elsewhere(session, qtbot, owner):
    look = ProjectLook(session, owner)
    look.scan(found_in)
    assert look.progress == (0, 3)
    qtbot.waitUntil(lambda: look.looked)
    ids = [each.id for each in session.images]
    assert [each.image for each in look.found] == ids
    assert look.after(ids[1], lambda each: each.image != ids[2]) == ids[0]
    assert look.after(ids[1], lambda each: False) is None
    look.note(ids[1], SimpleNamespace(image=ids[1], count=9))
    assert [each.count for each in look.found] == [0, 9, 0]
    look.forget()
    assert (look.found, look.looked) == ([], False)


def test_an_image_that_cannot_be_read_hides_no_other(session, qtbot, owner):
    ids = [each.id for each in session.images]

    def ask(row, document, taxonomy):
        if row.id != ids[1]:
            raise EngineError(f"{row.file_name} cannot be read.")
        return found_in(row, document, taxonomy)

    said = []
    session.said.connect(lambda words, level: said.append((level, words)))
    look = ProjectLook(session, owner)
    look.scan(ask)
    qtbot.waitUntil(lambda: bool(said))
    assert said == [("warning", "0.png cannot be read. And 1 more.")]
    assert look.looked
    assert [each.image for each in look.found] == [ids[1]]


def test_a_look_ends_with_the_sheet_that_asked(session, qtbot, owner):
    begun, go, asked = threading.Event(), threading.Event(), []

    def ask(row, document, taxonomy):
        asked.append(row.id)
        begun.set()
        go.wait(10)

    look = ProjectLook(session, owner)
    look.scan(ask)
    assert begun.wait(10)
    shiboken6.delete(owner)
    go.set()
    assert QThreadPool.globalInstance().waitForDone(10_000)
    assert asked == [session.images[0].id]


def test_that_the_project_cannot_be_read_is_said(session, qtbot, owner, monkeypatch):
    def refuse(_path):
        raise EngineError("The disk is gone.")

    monkeypatch.setattr("engine.jobs.snapshot.snapshot", refuse)
    said = []
    session.said.connect(lambda words, level: said.append((level, words)))
    look = ProjectLook(session, owner)
    look.scan(found_in)
    qtbot.waitUntil(lambda: bool(said))
    assert said == [("error", "The disk is gone.")]
    assert not look.looked


def test_some_images_are_looked_at_again_and_the_others_stay(session, qtbot, owner):
    ids = [each.id for each in session.images]
    look = ProjectLook(session, owner)
    look.scan(found_in)
    qtbot.waitUntil(lambda: look.looked)

    def again(row, document, taxonomy):
        return None if row.id == ids[0] else SimpleNamespace(image=row.id, count=7)

    look.scan(again, ids[:2])
    assert look.progress == (0, 2)
    assert [each.image for each in look.found] == ids
    assert look.looked
    qtbot.waitUntil(lambda: look.progress is None)
    assert [(each.image, each.count) for each in look.found] == [(ids[1], 7), (ids[2], 0)]


def test_what_was_done_to_an_image_meanwhile_is_newer_than_the_look(session, qtbot, owner):
    ids, go = [each.id for each in session.images], threading.Event()

    def ask(row, document, taxonomy):
        go.wait(10)
        return found_in(row, document, taxonomy)

    look = ProjectLook(session, owner)
    look.scan(ask)
    look.note(ids[1], SimpleNamespace(image=ids[1], count=5))
    go.set()
    qtbot.waitUntil(lambda: look.looked)
    assert [each.count for each in look.found] == [0, 5, 0]


@pytest.mark.parametrize("closing", [False, True])
def test_a_change_of_all_images_can_be_stopped(session, qtbot, owner, closing):
    ids, go = [each.id for each in session.images], threading.Event()

    def change(document, taxonomy):
        yield drawn(session)
        yield from elsewhere(lambda: go.wait(10))

    said, over = [], []
    session.said.connect(lambda words, level: said.append((level, words)))
    look = ProjectLook(session, owner)
    look.changed.connect(lambda: over.append(True))
    look.change(ids, change, "Drawing", lambda: "Some were drawn.")
    assert session.slices.stoppable
    session.slices.stop()
    go.set()
    if closing:  # the window does not stay for what could be stopped
        session.slices.finish()
    qtbot.waitUntil(lambda: bool(over))
    assert [objects(session, at) for at in range(3)] == [1, 0, 0]
    assert said[-1] == ("ok", "Some were drawn. Stopped after 1 of 3 images.")
    assert not session.slices.stoppable


def test_each_image_gets_a_step_of_its_own_and_one_that_refuses_stops_nothing(
    session, qtbot, owner
):
    session.open_image(session.images[1].id)
    ids = [each.id for each in session.images]

    def change(document, taxonomy):
        if document.image_id == ids[0]:
            raise EngineError("The first is damaged.")
        yield None
        command = yield from elsewhere(lambda: drawn(session))
        yield command

    said = []
    session.said.connect(lambda words, level: said.append((level, words)))
    look = ProjectLook(session, owner)
    over = []
    look.changed.connect(lambda: over.append(True))
    assert look.change(ids, change, "Drawing", lambda: "It is done.")
    qtbot.waitUntil(lambda: bool(over))
    assert said[-1] == ("warning", "It is done. The first is damaged.")
    assert [objects(session, at) for at in range(3)] == [0, 1, 1]
    assert session.history.undo_label == "Draw"


def test_what_asked_may_be_gone_when_the_change_is_over(session, qtbot, owner):
    go = threading.Event()
    look = ProjectLook(session, owner)

    def change(document, taxonomy):
        yield from elsewhere(lambda: go.wait(10))
        yield drawn(session)

    said = []
    session.said.connect(lambda words, level: said.append(words))
    look.change([session.images[0].id], change, "Drawing", lambda: "It is done.")
    assert session.slices.words
    assert not look.change([session.images[0].id], change, "Again", lambda: ""), "one at a time"
    shiboken6.delete(owner)
    go.set()
    qtbot.waitUntil(lambda: said[-1:] == ["It is done."])
    assert objects(session, 0) == 1


# -- elsewhere -------------------------------------------------------------------------------


def test_work_elsewhere_gives_its_answer_or_its_refusal(qapp, qtbot):
    slices, found, go = Slices(), [], threading.Event()

    def work(fail):
        def piece():
            go.wait(10)
            if fail:
                raise EngineError("It did not work.")
            return threading.get_ident()

        try:
            answer = yield from elsewhere(piece)
        except EngineError as problem:
            answer = str(problem)
        yield 1.0
        return answer

    slices.run(work(False), "Working", found.append)
    assert found == [], "the window goes on"
    go.set()
    qtbot.waitUntil(lambda: bool(found))
    assert found[0] != threading.get_ident()
    slices.run(work(True), "Working", found.append)
    slices.finish()
    assert found[1] == "It did not work."

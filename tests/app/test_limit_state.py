from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal

from app.limit_state import LimitState
from app.state import Limits, SureRange, ValueRange, Within
from engine.document.changes import Changed
from engine.document.taxonomy import BACKGROUND, UNLABELLED, LabelClass, Taxonomy


class Session(QObject):
    project_changed, image_changed, taxonomy_changed = Signal(), Signal(), Signal()
    document_changed = Signal(object)

    def __init__(self):
        super().__init__()
        self.taxonomy = Taxonomy([LabelClass(id=2, name="cell", color="#808080")])
        self.alive = {5, 6}
        self.document = SimpleNamespace(
            find=lambda number: number if number in self.alive else None
        )


@pytest.fixture
def session(qapp):
    return Session()


@pytest.fixture
def state(session):
    made = LimitState(session)
    made.told = 0

    def count():
        made.told += 1

    made.changed.connect(count)
    return made


def test_only_changes_are_told(state):
    state.set(over=frozenset({2}))
    state.set(over=frozenset({2}))
    state.lift(True)
    state.lift(True)
    assert state.told == 2
    assert state.now == Limits(over=frozenset({2}))


def test_another_project_has_none(state, session):
    state.set(values=ValueRange(0, 9), sure=SureRange())
    session.project_changed.emit()
    assert state.now == Limits()


def test_classes_that_are_gone_are_left_out(state, session):
    state.set(over=frozenset({2, 9, UNLABELLED, BACKGROUND}))
    session.taxonomy_changed.emit()
    assert state.now.over == {2, UNLABELLED, BACKGROUND}


def test_objects_that_are_gone_are_left_out_and_with_the_last_the_limit(state, session):
    state.set(within=Within(frozenset({5, 6}), outside=True))
    session.alive = {6}
    session.document_changed.emit(Changed(objects=frozenset({99})))
    assert state.now.within.ids == {5, 6}  # the change was about others
    session.document_changed.emit(Changed(objects=frozenset({5})))
    assert state.now.within == Within(frozenset({6}), outside=True)
    session.alive = set()
    session.image_changed.emit()
    assert state.now.within is None


def test_without_an_image_no_object_is_left(state, session):
    state.set(within=Within(frozenset({5})))
    session.document = None
    session.image_changed.emit()
    assert state.now.within is None

import errno
import shutil
import sqlite3
import threading

import pytest

from engine.errors import EngineError
from engine.store import Project
from engine.store.writer import Work, Writer, sentence

from .conftest import begin


class Faulty:
    """A connection whose commits do not work while ``broken`` holds an error."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("CREATE TABLE t (n INTEGER)")
        self.broken = None

    def execute(self, statement, *values):
        if self.broken is not None and statement == "COMMIT":
            raise self.broken
        return self.db.execute(statement, *values)

    @property
    def in_transaction(self):
        return self.db.in_transaction


@pytest.fixture
def faulty(tmp_path):
    made = Faulty(tmp_path / "t.db")
    yield made
    made.db.close()


@pytest.fixture
def writer(faulty):
    made = Writer(faulty, "slides")
    yield made
    made.close()


def insert(n):
    return Work(lambda db: db.execute("INSERT INTO t VALUES (?)", (n,)))


def rows(faulty):
    return [n for (n,) in faulty.db.execute("SELECT n FROM t ORDER BY rowid")]


def test_what_waits_is_written_in_order_and_told(faulty, writer):
    told = []
    for n in range(50):
        writer.submit(Work(insert(n).run, lambda n=n: told.append(n)))
    writer.flush()
    assert rows(faulty) == list(range(50))
    assert told == list(range(50))
    assert writer.saved


def test_what_could_not_be_written_is_kept_and_written_later(faulty, writer):
    heard = threading.Event()
    problems = []
    writer.on_failed.append(lambda problem: (problems.append(str(problem)), heard.set()))
    faulty.broken = OSError(errno.ENOSPC, "No space left on device")
    writer.submit(insert(1))
    assert heard.wait(30)
    assert problems[0] == (
        "Could not save slides: the disk is full. Your changes are safe in memory. "
        "Free some space, or choose another folder."
    )
    with pytest.raises(EngineError, match="disk is full"):
        writer.flush()
    assert not writer.saved
    assert str(writer.problem) == problems[0]
    assert rows(faulty) == []

    writer.submit(insert(2))
    faulty.broken = None
    writer.flush()
    assert rows(faulty) == [1, 2]
    assert writer.problem is None


def test_an_attempt_from_before_there_was_room_is_not_the_answer(faulty, writer):
    """Room is made while an attempt is failing: who asks then is told of the next one."""
    under_way, go_on = threading.Event(), threading.Event()

    def slow(db):
        if not go_on.is_set():
            under_way.set()
            go_on.wait(30)
            raise OSError(errno.ENOSPC, "No space left on device")

    writer.submit(Work(slow))
    assert under_way.wait(30)
    asked = threading.Timer(0.05, go_on.set)  # once flush waits; earlier is right as well
    asked.start()
    writer.flush()
    asked.join()
    assert writer.saved
    assert writer.problem is None


def test_work_is_all_or_nothing(faulty, writer):
    def half(db):
        db.execute("INSERT INTO t VALUES (1)")
        if not ready:
            raise sqlite3.OperationalError("database is locked")

    ready = []
    writer.submit(Work(half))
    with pytest.raises(EngineError):
        writer.flush()
    assert rows(faulty) == []
    ready.append(True)
    writer.flush()
    assert rows(faulty) == [1]


def test_closing_does_what_still_can_be_done(faulty):
    writer = Writer(faulty, "slides")
    for n in range(5):
        writer.submit(insert(n))
    writer.close()
    assert rows(faulty) == [0, 1, 2, 3, 4]
    with pytest.raises(EngineError, match="is closed"):
        writer.submit(insert(9))


def test_closing_does_not_wait_for_a_disk_that_stays_full(faulty):
    writer = Writer(faulty, "slides")
    faulty.broken = OSError(errno.ENOSPC, "full")
    writer.submit(insert(1))
    with pytest.raises(EngineError):
        writer.flush()
    writer.close()
    assert not writer.saved


def test_nothing_is_written_while_paused(faulty, writer):
    with writer.paused() as waiting:
        assert waiting == []
        writer.submit(insert(1))
        assert rows(faulty) == []
    writer.flush()
    assert rows(faulty) == [1]


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (OSError(errno.ENOSPC, "x"), "the disk is full"),
        (OSError(errno.EROFS, "x"), "read-only"),
        (FileNotFoundError(errno.ENOENT, "x"), "its file is gone"),
        (ValueError("odd"), "odd"),
    ],
)
def test_sentences(problem, words):
    said = str(sentence(problem, "slides"))
    assert words in said
    assert said.startswith("Could not save slides: ")
    assert "safe in memory" in said


def test_the_real_full_disk_is_told_by_its_code(tmp_path):
    db = sqlite3.connect(tmp_path / "t.db")
    db.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as caught:
        db.execute("CREATE TABLE t AS SELECT randomblob(100000) AS b")
    db.close()
    assert "the disk is full" in str(sentence(caught.value, "slides"))


def test_a_project_whose_folder_vanishes_says_so_and_goes_on_when_it_is_back(path, project):
    project.flush()
    heard = threading.Event()
    project.on_failed.append(lambda problem: heard.set())
    away = path.parent.with_name("away")
    path.parent.rename(away)
    project.set_setting("a", 1)
    assert heard.wait(30)
    with pytest.raises(EngineError, match="its file is gone"):
        project.flush()
    with pytest.raises(EngineError, match="its file is gone"):
        project.close()
    away.rename(path.parent)
    project.flush()
    project.close()
    again = Project.open(path)
    assert again.setting("a") == 1
    again.close()


def test_a_file_that_takes_the_projects_place_is_not_written(path, project):
    project.flush()
    away = path.with_name("away")
    path.rename(away)
    shutil.copy(away, path)
    before = path.read_bytes()
    project.set_setting("a", 1)
    with pytest.raises(EngineError, match="its file is gone"):
        project.flush()
    assert path.read_bytes() == before
    project.close(discard=True)


def test_a_project_that_cannot_be_saved_can_be_closed_without(path):
    project = begin(path)
    project.flush()
    away = path.parent.with_name("away")
    path.parent.rename(away)
    project.set_setting("a", 1)
    with pytest.raises(EngineError):
        project.close()
    project.close(discard=True)
    away.rename(path.parent)
    again = Project.open(path)
    assert again.setting("a") is None
    assert not again.read_only
    again.close()


@pytest.mark.parametrize("end", ["flush", "close"])
def test_whoever_waits_for_what_was_handed_over_does_not_wait_for_a_painting(
    tmp_path, monkeypatch, end
):
    monkeypatch.setattr("engine.store.writer.PAINT_FIRST", 600)
    db = sqlite3.connect(tmp_path / "t.db", isolation_level=None, check_same_thread=False)
    made, done = Writer(db, "t"), []
    made.submit(Work(lambda db: done.append(1)))
    waiting = threading.Thread(target=getattr(made, end), daemon=True)
    waiting.start()
    waiting.join(30)
    assert not waiting.is_alive()
    assert done == [1]
    made.close()
    db.close()

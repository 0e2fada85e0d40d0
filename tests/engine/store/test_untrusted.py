"""A project file may come from anyone."""

import os
import shutil
import sqlite3
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.store import Project, schema

from .conftest import begin


def edit(path, *statements):
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


@pytest.fixture
def closed(path, project):
    project.close()
    return path


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n" + b"\0" * 200, b"SQLite format 3\0", b"hello", b"\0" * 4096]
)
def test_another_kind_of_file_is_refused_and_left_alone(path, content, read_only):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(EngineError, match="is not a Maskwright project"):
        Project.open(path, read_only=read_only)
    assert path.read_bytes() == content
    assert os.listdir(path.parent) == [path.name]


def test_a_folder_and_a_foreign_database_are_no_projects(tmp_path):
    with pytest.raises(EngineError, match="is not a Maskwright project"):
        Project.open(tmp_path)
    other = tmp_path / "other.maskwright"
    edit(other, "CREATE TABLE images (id)")
    before = other.read_bytes()
    with pytest.raises(EngineError, match="is not a Maskwright project"):
        Project.open(other)
    assert other.read_bytes() == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_version_is_refused_and_left_alone(closed, read_only):
    edit(closed, f"PRAGMA user_version = {schema.VERSION + 1}")
    before = closed.read_bytes()
    with pytest.raises(EngineError, match="newer Maskwright") as caught:
        Project.open(closed, read_only=read_only)
    assert "left as it is" in str(caught.value)
    assert closed.read_bytes() == before
    assert os.listdir(closed.parent) == [closed.name]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_version_that_is_only_in_the_log_is_left_alone_too(closed, tmp_path, read_only):
    """A newer program died right after it had brought the file to its version."""
    db = sqlite3.connect(closed, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    left = tmp_path / "left"
    left.mkdir()
    for end in ("", "-wal"):
        shutil.copy(closed.with_name(closed.name + end), left)
    db.close()
    before = {each.name: each.read_bytes() for each in left.iterdir()}
    with pytest.raises(EngineError, match="newer Maskwright"):
        Project.open(left / closed.name, read_only=read_only)
    after = {each.name: each.read_bytes() for each in left.iterdir()}
    assert {name: after.get(name) for name in before} == before
    if not read_only:
        assert after.keys() == before.keys()


@pytest.mark.parametrize(
    "active",
    [
        "CREATE TRIGGER t AFTER INSERT ON settings BEGIN DELETE FROM images; END",
        "CREATE VIEW v AS SELECT * FROM images",
        "CREATE VIRTUAL TABLE v USING fts5(x)",
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_programs_inside_the_file_are_refused(closed, active, read_only):
    edit(closed, active)
    with pytest.raises(EngineError, match="a program of its own"):
        Project.open(closed, read_only=read_only)


def test_missing_tables_are_damage(closed):
    edit(closed, "DROP TABLE journal")
    with pytest.raises(EngineError, match="journal is missing"):
        Project.open(closed)


def test_damaged_pages_are_found_on_opening(closed):
    whole = bytearray(closed.read_bytes())
    page = struct.unpack_from(">H", whole, 16)[0]
    for start in range(2 * page, len(whole), page):
        whole[start : start + 200] = os.urandom(200)
    closed.write_bytes(whole)
    with pytest.raises(EngineError, match="is damaged"):
        Project.open(closed)


def test_an_own_file_is_not_checked_again_and_a_changed_one_is(closed, monkeypatch):
    from engine.store import connection

    checked = []
    monkeypatch.setattr(connection, "quick_check", lambda db, path: checked.append(path))
    Project.open(closed).close()
    assert checked == []
    os.utime(closed, (1, 1))
    Project.open(closed).close()
    assert checked == [closed]
    Project.open(closed).close()
    assert checked == [closed]


def test_what_a_row_says_is_checked_when_it_is_read(closed):
    edit(closed, "UPDATE images SET status = 'wild' WHERE id = 1")
    project = Project.open(closed)
    with pytest.raises(EngineError, match="wild"):
        project.images()
    project.close()
    edit(closed, "UPDATE images SET status = 'new'", "INSERT INTO settings VALUES ('a', '{')")
    with pytest.raises(EngineError, match="its setting “a”"):
        Project.open(closed)


def test_a_huge_blob_is_not_read(closed, monkeypatch):
    from engine.store import connection

    edit(closed, "INSERT INTO settings VALUES ('a', printf('%.*c', 3000000, '7'))")
    monkeypatch.setattr(connection, "MOST_BYTES", 1_000_000)
    with pytest.raises(EngineError, match="too big"):
        Project.open(closed)


def test_steps_of_unknown_kinds_stop_undo_and_nothing_else(closed):
    project = Project.open(closed)
    project.close()
    edit(
        closed,
        "INSERT INTO journal (image, number, kind, label, project_step, classes, size, created, "
        "payload) VALUES (1, 1, 'warp', 'Warp', 0, '', 0, 0, x'01')",
        "INSERT INTO heads VALUES (1, 1)",
    )
    project = Project.open(closed)
    document = project.load(1)
    with pytest.raises(EngineError, match="newer Maskwright"):
        project.history(document).undo()
    project.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "a.maskwright"
    begin(path).close()
    return path.read_bytes()


@given(data=st.data())
def test_any_flipped_bytes_give_a_sentence_or_a_project(tmp_path_factory, template, data):
    path = tmp_path_factory.mktemp("fuzz") / "a.maskwright"
    whole = bytearray(template)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    try:
        project = Project.open(path)
    except EngineError:
        return
    try:
        for row in project.images():
            project.history(project.load(row.id))
        assert project.taxonomy.classes is not None
        project.jobs()
    except EngineError:
        return
    finally:
        project.close(discard=True)

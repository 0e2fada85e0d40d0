"""An empty project that is made in memory is the one that its steps make in a file."""

import sqlite3
import threading

import pytest

from engine.errors import EngineError
from engine.store import Project, blank, schema


def tables(path):
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
        marks = [
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("user_version", "application_id", "auto_vacuum", "integrity_check")
        ]
    db.close()
    return found, marks


def test_a_new_project_has_all_tables_and_marks(tmp_path):
    Project.create(tmp_path / "new.maskwright").close()
    with sqlite3.connect(tmp_path / "steps.db", isolation_level=None) as db:
        schema.migrate(db)
    db.close()
    found, marks = tables(tmp_path / "new.maskwright")
    assert found == tables(tmp_path / "steps.db")[0]
    assert marks == [schema.VERSION, schema.APPLICATION_ID, 2, "ok"]


def test_what_is_made_ahead_is_used_once(tmp_path):
    blank.make_ahead()
    blank.make_ahead()
    ids = []
    for name in "abc":
        project = Project.create(tmp_path / f"{name}.maskwright")
        ids.append(project.setting("project.id"))
        project.close()
    assert len(set(ids)) == 3


def test_many_at_once_are_each_whole(tmp_path):
    blank.make_ahead()

    def make(name):
        Project.create(tmp_path / f"{name}.maskwright").close()

    threads = [threading.Thread(target=make, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(tables(path)[1][-1] == "ok" for path in tmp_path.glob("*.maskwright"))
    assert len(list(tmp_path.glob("*.maskwright"))) == 4


def test_a_new_file_that_another_program_holds_is_not_waited_for_without_end(tmp_path, monkeypatch):
    path = tmp_path / "held.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("CREATE TABLE strange (a)")
    monkeypatch.setattr(blank, "_PATIENCE", 1)
    db = sqlite3.connect(path, isolation_level=None, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        blank.write(db)
    holder.close()
    db.close()


def test_names_in_subfolders_are_written_as_they_are_listed(tmp_path):
    from engine.images.folder import Listing

    names = ["a.png", "ü ö.png", "sub/b.png", "sub/deep er/日本.png", "quo'te\".png", "back\\s.png"]
    listing = Listing(tmp_path, names)
    project = Project.create(tmp_path / "p.maskwright")
    assert project.add_folder(listing) == len(names)
    shown = [(row.id, row.stored_path, row.file_name, row.order) for row in project.images()]
    project.close()
    again = Project.open(tmp_path / "p.maskwright")
    assert [(r.id, r.stored_path, r.file_name, r.order) for r in again.images()] == shown
    assert [row.file_name for row in again.images()][:4] == [
        "a.png",
        "ü ö.png",
        "b.png",
        "日本.png",
    ]
    assert again.images()[0].status == "new"
    again.close()


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(EngineError, match="cannot be made"):
        Project.create(tmp_path / "file" / "p.maskwright")

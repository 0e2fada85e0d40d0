"""Files of every earlier version come up whole, and those of a later one are left alone."""

import errno
import sqlite3

import pytest

from engine.document.annotation import Annotation
from engine.document.commands import Replace, from_payload
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.store import Project, backup, connection, schema
from tests.engine.store.conftest import begin
from tests.engine.store.versions import HELD, digest, unpack

EARLIER = range(1, schema.VERSION)


def held(project):
    """What the project holds, as the program of version 1 said it."""
    said = {"classes": [each.name for each in project.taxonomy.classes], "images": []}
    for row in project.images():
        document = project.load(row.id)
        history = project.history(document)
        now, undone, redone = digest(document), 0, 0
        while history.can_undo:
            try:
                history.undo()
            except EngineError:  # from here on it is a class change's
                break
            undone += 1
        first = digest(document)
        for _ in range(undone):
            history.redo()
        while history.can_redo:
            history.redo()
            redone += 1
        last = digest(document)
        for _ in range(redone):
            history.undo()
        assert digest(document) == now
        said["images"].append(
            {
                "name": row.file_name,
                "status": str(document.status),
                "digest": now,
                "undo": undone,
                "first": first,
                "redo": redone,
                "last": last,
                "objects": row.objects,
                "proposals": row.proposals,
            }
        )
    return said


@pytest.mark.parametrize("version", EARLIER)
def test_an_earlier_version_comes_up_whole_with_its_undo(path, version):
    unpack(version, path)
    project = Project.open(path)
    assert not project.read_only
    assert held(project) == HELD
    assert project.setting("last_image") == 2
    assert project.mapping("m") == {0: 2, 1: "new"}
    assert project.current_model == "m"
    project.project_history.undo()
    assert [each.name for each in project.taxonomy.classes][-1] == "rest"
    project.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


@pytest.mark.parametrize("version", EARLIER)
def test_tables_are_those_of_a_new_file_whichever_version_it_was(path, tmp_path, version):
    Project.open(unpack(version, path)).close()
    new = tmp_path / "new.maskwright"
    Project.create(new).close()
    assert columns(path) == columns(new)


def columns(path):
    db = sqlite3.connect(path)
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {}
    for name in names:
        rows = db.execute(f"SELECT name, type, \"notnull\" FROM pragma_table_info('{name}')")
        found[name] = sorted(rows)
    db.close()
    return found


@pytest.mark.parametrize("version", EARLIER)
def test_the_file_as_it_was_is_kept_as_a_backup(path, version):
    before = unpack(version, path).read_bytes()
    Project.open(path).close()
    [kept] = backup.backups_of(path)
    assert kept.kind == backup.MIGRATION
    db, old = sqlite3.connect(kept.path), sqlite3.connect(":memory:")
    old.deserialize(before)
    assert db.execute("PRAGMA user_version").fetchone() == (version,)
    assert list(db.iterdump()) == list(old.iterdump())
    db.close()
    old.close()


def test_without_room_for_that_backup_the_file_stays_what_it_was(path, monkeypatch):
    before = unpack(1, path).read_bytes()

    def full(part, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup, "settle", full)
    with pytest.raises(EngineError, match=r"No backup of slides\.maskwright could be written"):
        Project.open(path)
    assert path.read_bytes() == before
    assert backup.backups_of(path) == []


@pytest.mark.parametrize("read_only", [False, True])
def test_a_later_version_is_left_untouched(path, read_only):
    begin(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    before, looks = path.read_bytes(), path.stat()
    with pytest.raises(EngineError, match=r"newer Maskwright .* left as it is"):
        Project.open(path, read_only=read_only)
    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns == looks.st_mtime_ns
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_an_earlier_version_imported_is_found_out_with_its_undo(path):
    """It gave imports the source of a person, but not whole milliseconds."""
    unpack(4, path)
    db = sqlite3.connect(path)
    hand, came, changed = 4, 5, 6
    for number, created, modified in (
        (hand, 1795177238.161, 1795177300.5),
        (came, 1795177238.1617842, 1795177238.1617842),
        (changed, 1795177238.1617842, 1795177300.5),
    ):
        db.execute(
            "UPDATE annotations SET created = ?, modified = ? WHERE id = ?",
            (created, modified, number),
        )
    db.commit()
    db.close()
    project = Project.open(path)
    found = {
        each.id: (each.source, each.edited)
        for row in project.images()
        for each in project.annotations(row.id)
    }
    assert found[hand] == ("person", False)
    assert found[came] == ("import", False)
    assert found[changed] == ("import", True)
    project.close()


@pytest.mark.parametrize(("moment", "source"), [(1795177238.1617842, "import"), (5.125, "person")])
def test_undo_steps_of_an_earlier_version_bring_imports_back_as_imports(moment, source):
    drawn = Annotation(id=1, class_id=2, mask=Mask.rectangle((0, 0, 9, 9)), created=moment)
    payload = Replace((drawn,), ()).to_payload()
    old = b"\x01" + payload[1:]
    assert from_payload("replace", old, (20, 20)).before[0].source == source
    assert from_payload("replace", payload, (20, 20)).before[0].source == "person"


def test_an_update_that_is_broken_off_again_and_again_keeps_one_backup(path, monkeypatch):
    """On a disk that is nearly full each more would make the next attempt less likely."""
    unpack(1, path)

    def full(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(connection, "prepare_writing", full)
        for _ in range(3):
            project = Project.open(path)
            assert project.read_only
            project.close()
    Project.open(path).close()
    assert [each.kind for each in backup.backups_of(path)] == [backup.MIGRATION]

"""Folders whose locks or shared memory cannot be trusted: told apart, and worked in."""

import os
import sqlite3
from pathlib import Path

import pytest

from engine.document import edits
from engine.errors import EngineError
from engine.jobs.snapshot import snapshot
from engine.masks.mask import Mask
from engine.store import Project, backup, place, private_copy
from engine.store.place import Place, is_network, place_of

from .conftest import CELL, begin

MOUNTS = r"""
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:26 / /home rw,nosuid - xfs /dev/sdb rw
31 22 0:27 / /mnt rw - tmpfs tmpfs rw
40 31 0:40 / /mnt/lab\040data rw,relatime shared:9 - nfs4 server:/export rw,vers=4.2
41 31 0:41 / /mnt/share rw - cifs //server/share rw
42 30 0:42 / /home/me/far rw - fuse.sshfs me@far:/ rw
43 31 0:43 / /mnt/over rw - ext4 /dev/sdc rw
44 31 0:44 / /mnt/over rw - 9p host rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/etc", "ext4"),
        ("/home", "xfs"),
        ("/home/me/farther", "xfs"),
        ("/home/me/far/photos", "fuse.sshfs"),
        ("/mnt/lab data/slides", "nfs4"),
        ("/mnt/share/x", "cifs"),
        ("/mnt/shared", "tmpfs"),
        ("/mnt/over", "9p"),
    ],
)
def test_the_kind_is_that_of_the_deepest_and_latest_mount(folder, kind):
    assert place._of_mounts(folder, MOUNTS) == kind
    assert is_network(kind) == (kind in ("nfs4", "cifs", "fuse.sshfs", "9p"))


def test_nonsense_in_the_list_of_mounts_is_passed_over():
    assert place._of_mounts("/home", "") == ""
    assert place._of_mounts("/home", "rubbish\n1 2 3\n - nfs4\n" + MOUNTS) == "xfs"


def test_a_folder_of_this_computer_is_trusted(tmp_path):
    found = place_of(tmp_path)
    assert found.trusted
    assert found.words == ""


def test_what_is_not_known_is_tried_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "kind_of", lambda folder: "fuse.of-somebody")
    assert place_of(tmp_path) == Place("fuse.of-somebody")
    assert list(tmp_path.iterdir()) == []
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setattr(place, "_shares", lambda file: False)
    assert place_of(other) == Place("fuse.of-somebody", shared=False)


def test_a_folder_that_keeps_no_locks_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "kind_of", lambda folder: "nfs")
    monkeypatch.setattr("engine.store.lock.take", lambda handle: True)
    found = place_of(tmp_path)
    assert found == Place("nfs", shared=False, locks=False)
    assert "network folder (nfs)" in found.words
    assert "Locks are not kept there" in found.words


@pytest.fixture
def far(monkeypatch):
    """Every folder is one of another computer."""
    monkeypatch.setattr(place, "kind_of", lambda folder: "cifs")


def paint(project, box=(10, 10, 90, 80)):
    document = project.load(1)
    target = edits.press(document, project.taxonomy, CELL, box[:2], erase=False)
    command = edits.paint(document, Mask.rectangle(box), target, False, project.taxonomy)
    project.history(document).do(command)
    project.flush()


def test_a_rollback_journal_is_kept_there_and_every_commit_reaches_the_disk(far, path):
    project = begin(path)
    paint(project)
    db = project._store.writer._db
    assert db.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    names = {each.name for each in path.parent.iterdir()}
    assert names <= {path.name, path.name + ".lock", path.name + "-journal"}
    project.close()
    again = Project.open(path)
    assert len(again.annotations(1)) == 1
    again.close()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_project_that_was_logged_is_brought_there_and_back(path, monkeypatch):
    begin(path).close()
    kinds = (("cifs", "truncate"), ("ext4", "wal"), ("cifs", "truncate"))
    for number, (kind, mode) in enumerate(kinds):
        monkeypatch.setattr(place, "kind_of", lambda folder, kind=kind: kind)
        project = Project.open(path)
        paint(project, (100 * number, 10, 100 * number + 50, 60))
        assert project._store.writer._db.execute("PRAGMA journal_mode").fetchone() == (mode,)
        project.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_a_job_reads_a_copy_and_keeps_nobody_from_writing(far, path):
    project = begin(path)
    paint(project)
    with snapshot(str(path)) as read:
        copy = read._store._content
        assert copy != path
        assert read.path == path, "images are found from there"
        paint(project, (200, 200, 300, 300))
        assert len(read.annotations(1)) == 1
        assert [each.image_id for each in read.iter_documents()] == [1, 2, 3]
    assert len(project.annotations(1)) == 2
    assert not copy.parent.exists()
    project.close()


def test_a_killed_reader_of_a_copy_is_swept_away(far, path, monkeypatch, tmp_path):
    monkeypatch.setattr(private_copy.tempfile, "tempdir", str(tmp_path))
    dead = tmp_path / "maskwright-copy-99999999-x"
    dead.mkdir()
    project = begin(path)
    with snapshot(str(path)):
        assert not dead.exists()
    project.close()


@pytest.mark.parametrize("kind", ["cifs", "ext4"])
def test_what_died_there_is_rolled_back_by_whoever_reads_next(path, monkeypatch, kind):
    """A hot journal: the transaction it belongs to is taken back, also for a reader."""
    monkeypatch.setattr(place, "kind_of", lambda folder: "cifs")
    project = begin(path)
    paint(project)
    project.close()
    before = path.read_bytes()
    journal = path.with_name(path.name + "-journal")
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = TRUNCATE")
    db.execute("PRAGMA cache_size = 1")
    db.execute("BEGIN IMMEDIATE")
    db.execute("UPDATE annotations SET note = hex(zeroblob(100000))")
    db.execute("UPDATE images SET file_name = hex(zeroblob(100000))")
    hot, torn = journal.read_bytes(), path.read_bytes()
    db.execute("ROLLBACK")
    db.close()
    assert any(hot[:8]), "it was flushed"
    assert torn[: len(before)] != before, "and pages were written"
    path.write_bytes(torn)
    journal.write_bytes(hot)
    monkeypatch.setattr(place, "kind_of", lambda folder: kind)
    read = Project.open(path, read_only=True)
    assert [row.file_name for row in read.images()] == [f"night_{n}.png" for n in (1, 2, 3)]
    assert [each.note for each in read.annotations(1)] == [""]
    read.close()
    again = Project.open(path)
    assert len(again.annotations(1)) == 1
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="devices differ")
def test_a_folder_that_cannot_be_written_is_as_its_kind_says(monkeypatch):
    monkeypatch.setattr(place, "kind_of", lambda folder: "nfs")
    assert place_of(Path("/proc")) == Place("nfs", shared=False)


def test_a_torn_copy_is_tried_again(far, path, monkeypatch):
    project = begin(path)
    check, seen = backup.connection.quick_check, []

    def torn(db, name):
        seen.append(1)
        if len(seen) < 3:
            raise backup.connection.damaged(path, "torn")
        check(db, name)

    monkeypatch.setattr(backup.connection, "quick_check", torn)
    private_copy.PrivateCopy(path).close()
    seen.clear()
    monkeypatch.setattr(private_copy, "TRIES", 2)
    with pytest.raises(EngineError, match="torn"):
        private_copy.PrivateCopy(path)
    project.close()

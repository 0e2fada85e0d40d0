"""Projects and folders that belong to somebody else, or may not be written."""

import contextlib
import os
import stat

import pytest

from engine.errors import EngineError
from engine.store import Project, backup, check, restore
from engine.store.lock import Lock
from tests.ordinary import given_away, ordinarily

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@contextlib.contextmanager
def umask(value):
    old = os.umask(value)
    try:
        yield
    finally:
        os.umask(old)


def beside(path):
    return sorted(each.name for each in path.parent.iterdir() if not each.name.endswith(".files"))


def looked(path):
    """Open for writing and close again; why it could only be looked at, and how many images."""
    project = Project.open(path)
    try:
        return project.owner, len(project.images())
    finally:
        project.close()


def test_a_write_protected_project_is_looked_at_and_nothing_is_promised(path, project):
    project.close()
    path.chmod(0o444)
    owner, images = ordinarily(lambda: looked(path))
    assert owner == (
        "slides.maskwright can only be looked at: its file is write-protected. Make it writable, "
        "or work on a copy."
    )
    assert images == 3
    assert beside(path) == ["slides.maskwright"]


def test_a_look_at_a_project_of_somebody_else_does_not_keep_its_owner_out(path, project):
    project.close()
    path.parent.chmod(0o777)
    given_away(path)
    path.chmod(0o644)

    def look():
        assert looked(path)[0].startswith("slides.maskwright can only be looked at")
        seen = Project.open(path, read_only=True)
        assert len(seen.images()) == 3
        seen.close()
        backup.contents(path)

    ordinarily(look)
    assert beside(path) == ["slides.maskwright"], "else its log would belong to who looked"


def test_where_the_folder_cannot_be_written_that_is_said(path, project):
    project.close()
    path.parent.chmod(0o555)
    try:
        owner, images = ordinarily(lambda: looked(path))
    finally:
        path.parent.chmod(0o755)
    assert "its folder cannot be written. Make it writable, or work on a copy." in owner
    assert images == 3


def test_where_nothing_can_be_made_the_system_says_why(path, project):
    project.close()
    path.parent.chmod(0o555)
    try:
        with pytest.raises(EngineError, match=r"new.* cannot be made in .*: Permission denied"):
            ordinarily(lambda: Project.create(path.with_name("new.maskwright")))
        with pytest.raises(EngineError, match=r"cannot be repaired in .*: Permission denied"):
            ordinarily(lambda: check.repair(path))
    finally:
        path.parent.chmod(0o755)


def test_who_has_it_open_is_said_although_the_lock_belongs_to_them(path, project):
    lock = Lock(path).path
    lock.chmod(0o444)
    with pytest.raises(EngineError, match="is open in Maskwright"):
        ordinarily(lambda: restore.restore(path, None))
    owner, _ = ordinarily(lambda: looked(path))
    assert owner.startswith("“slides” is open in Maskwright")


def test_a_lock_that_somebody_else_left_behind_is_no_lock(path, project):
    project.close()
    left = Lock(path).path
    left.write_text('{"pid": 1, "host": "gone", "program": "Maskwright"}')
    left.chmod(0o444)
    owner, images = ordinarily(lambda: looked(path))
    assert (owner, images) == ("", 3)
    assert not left.exists()


def test_a_lock_that_may_not_even_be_read_is_named(path, project):
    project.close()
    Lock(path).path.touch(0o600)
    Lock(path).path.chmod(0)
    owner, _ = ordinarily(lambda: looked(path))
    assert owner == (
        "slides.maskwright can only be looked at: slides.maskwright.lock beside it cannot be "
        "opened (Permission denied). Delete it if nobody has the project open."
    )


@pytest.mark.parametrize(("mask", "wanted"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_new_project_may_be_written_by_whom_the_umask_lets(tmp_path, mask, wanted):
    path = tmp_path / "p.maskwright"
    with umask(mask):
        Project.create(path).close()
    assert mode(path) == wanted


@pytest.mark.parametrize("wanted", [0o600, 0o664])
def test_a_backup_is_for_the_same_eyes_and_so_is_what_is_restored(path, project, wanted):
    project.close()
    path.chmod(wanted)
    with umask(0o022):
        made = backup.make(path)
        assert mode(made.path) == wanted
        kept = restore.restore(path, made)
    assert mode(path) == wanted
    assert mode(kept.path) == wanted


def test_a_protected_project_is_not_replaced_by_its_backup(path, project):
    project.close()
    made = backup.make(path)
    path.chmod(0o444)
    before = path.read_bytes()
    with pytest.raises(EngineError, match=r"its file is write-protected\. It is as it was"):
        ordinarily(lambda: restore.restore(path, made))
    assert path.read_bytes() == before
    assert beside(path) == ["slides.maskwright"]


def test_a_backup_that_may_not_be_read_is_named(path, project):
    project.close()
    made = backup.make(path)
    made.path.chmod(0)
    with pytest.raises(EngineError, match=rf"{made.name} may not be read"):
        ordinarily(lambda: restore.restore(path, made))


def test_why_a_backup_cannot_be_written_is_said_in_the_words_of_the_system(path, project):
    folder = backup.folder_of(path)
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    with pytest.raises(EngineError, match="Permission denied"):
        ordinarily(lambda: backup.make(path))
    folder.chmod(0o755)


def test_backups_that_may_not_be_listed_are_not_none(path, project):
    project.close()
    backup.make(path)
    folder = backup.folder_of(path)
    folder.chmod(0)
    with pytest.raises(EngineError, match=r"cannot be listed: Permission denied"):
        ordinarily(lambda: backup.listed(path))
    with pytest.raises(EngineError, match="Permission denied"):
        ordinarily(lambda: backup.make(path))
    folder.chmod(0o755)


def test_a_project_in_another_place_is_for_the_same_eyes(path, project):
    path.chmod(0o600)
    copy = project.copy_to(path.parent / "copy.maskwright")
    assert mode(copy.path) == 0o600
    copy.close()


def test_who_only_looks_leaves_what_a_killed_owner_had_said(path, project):
    project.close()
    left = Lock(path).path
    left.write_text('{"pid": 1, "host": "gone", "program": "Maskwright", "began_at": 7}')
    path.chmod(0o444)
    for mode_of_it in (0o644, 0o444):
        left.chmod(mode_of_it)
        ordinarily(lambda: looked(path))
        left.chmod(0o644)
        owner = Lock(path)
        assert owner.acquire()
        assert owner.left["began_at"] == 7
        owner.release(as_found=True)


def test_who_only_looks_makes_no_folder_in_which_the_owner_could_not_write(path, project):
    project.close()
    path.parent.chmod(0o777)
    given_away(path)
    path.chmod(0o644)
    with pytest.raises(
        EngineError, match=r"belongs to somebody else, who could not .*\. Copy the project first"
    ):
        ordinarily(lambda: backup.make(path))
    assert beside(path) == ["slides.maskwright"]
    assert not backup.folder_of(path).parent.exists()

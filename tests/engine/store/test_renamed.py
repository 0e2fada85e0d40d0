"""A project whose file gets another name while it is open: its steps go with the file."""

import os
import shutil
import sqlite3

import pytest

from engine.errors import EngineError
from engine.store import Project
from engine.store.check import check
from tests.engine.store.test_backup import paint

from .conftest import begin


@pytest.fixture
def renamed(path):
    """A project with steps that are in its log alone, whose file is now called ``new``."""
    project = begin(path)
    paint(project)
    new = path.with_name("new.maskwright")
    path.rename(new)
    yield project, new
    project.close(discard=True)


def objects(path):
    project = Project.open(path)
    count = len(project.annotations(1))
    project.close()
    assert check(path).sound
    return count


def names(path):
    return {each.name for each in path.parent.iterdir()}


def test_what_was_saved_is_found_under_the_new_name(renamed):
    project, new = renamed
    project.set_setting("more", 1)
    with pytest.raises(EngineError, match=r"was renamed to new\.maskwright\. .* its name back"):
        project.flush()
    with pytest.raises(EngineError, match="was renamed"):
        project.close()
    project.close(discard=True)
    assert names(new) == {"new.maskwright"}
    assert objects(new) == 1


def test_with_its_old_name_back_it_goes_on(renamed, path):
    project, new = renamed
    project.set_setting("more", 1)
    with pytest.raises(EngineError, match="was renamed"):
        project.flush()
    new.rename(path)
    project.flush()
    paint(project, 1, (200, 200, 260, 260))
    project.close()
    assert names(path) == {path.name}
    assert objects(path) == 2


def test_a_log_somebody_else_writes_is_not_mixed_with_ours(renamed, path):
    """Another program opened it by its new name: what is in our log stays in our log."""
    project, new = renamed
    log = path.with_name(path.name + "-wal")
    before = log.read_bytes()
    other = new.with_name(new.name + "-wal")
    other.write_bytes(b"of another program")
    data = new.read_bytes()
    project.close(discard=True)
    assert new.read_bytes() == data
    assert log.read_bytes() == before
    assert other.read_bytes() == b"of another program"


def test_a_project_in_a_folder_that_moved_has_its_log_beside_it(path):
    project = begin(path)
    paint(project)
    there = path.parent.with_name("there")
    path.parent.rename(there)
    with pytest.raises(EngineError, match="its file is gone"):
        project.close()
    project.close(discard=True)
    assert objects(there / path.name) == 1


def test_a_file_that_took_its_place_keeps_its_own_log(renamed, path):
    project, new = renamed
    shutil.copy(new, path)
    project.close(discard=True)
    assert objects(new) == 1
    assert path.exists()


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="there are no links")
def test_a_link_to_the_file_is_the_same_project(path, tmp_path):
    """Two programs would both own it, each with numbers of its own."""
    project = begin(path)
    project.flush()
    link = tmp_path / "elsewhere" / "link.maskwright"
    link.parent.mkdir()
    link.symlink_to(path)
    second = Project.open(link)
    assert second.read_only
    assert "is open in" in second.owner
    assert second.images()[0].path == project.images()[0].path
    second.close()
    project.close()
    third = Project.open(link)
    assert not third.read_only
    paint(third)
    third.close()
    assert link.is_symlink()
    assert names(link) == {link.name}
    assert objects(path) == 1
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()

import os
from pathlib import Path

import pytest

from engine.store import Project, paths


def test_a_folder_has_its_project_inside(tmp_path):
    folder = tmp_path / "night.v2"
    folder.mkdir()
    assert paths.project_for(folder) == folder / "night.v2.maskwright"


def test_a_project_is_itself(tmp_path):
    project = tmp_path / "a.maskwright"
    assert paths.project_for(project) == project


def test_a_single_file_goes_to_the_users_folder_each_time_to_the_same(tmp_path):
    (tmp_path / "x").mkdir()
    one, two = tmp_path / "x" / "a.png", tmp_path / "a.png"
    found = paths.project_for(one, tmp_path / "data")
    assert found.parent == tmp_path / "data" / "projects"
    assert found.name.startswith("a-")
    assert found == paths.project_for(one, tmp_path / "data")
    assert found != paths.project_for(two, tmp_path / "data")
    assert paths.is_own(paths.project_for(one))


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    folder = tmp_path / "night"
    folder.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert paths.project_for(folder, tmp_path / "data").parent == tmp_path / "data" / "projects"
    (folder / "night.maskwright").touch()
    assert paths.project_for(folder) == folder / "night.maskwright"


def test_where_making_it_fails_the_users_folder_is_taken(tmp_path, monkeypatch):
    from engine.store import store

    folder = tmp_path / "night"
    folder.mkdir()
    real = store.Lock.acquire

    def refused(lock):
        if lock.path.parent == folder:
            raise PermissionError(13, "Permission denied")
        return real(lock)

    monkeypatch.setattr(store.Lock, "acquire", refused)
    for _ in range(2):
        project = Project.open_or_create(folder)
        assert paths.is_own(project.path)
        assert not project.read_only
        project.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("p/a/b.png", "a/b.png"),
        ("p/b.png", "b.png"),
        ("images/b.png", "../images/b.png"),
        ("p/../p/b.png", "b.png"),
    ],
)
def test_paths_are_relative_where_they_can_be(tmp_path, file, text):
    project = tmp_path / "p" / "p.maskwright"
    assert paths.stored(tmp_path / file, project) == text
    assert paths.located(text, project) == Path(os.path.normpath(tmp_path / file))


def test_paths_elsewhere_stay_absolute(tmp_path):
    project = tmp_path / "a" / "b" / "p.maskwright"
    file = tmp_path / "c" / "x.png"
    assert paths.stored(file, project) == str(file)
    assert paths.located(str(file), project) == file
    assert paths.stored(Path("/x/y.png"), Path("/p.maskwright")) == "x/y.png"
    assert paths.stored(Path("/x/y.png"), Path("/q/p.maskwright")) == "/x/y.png"

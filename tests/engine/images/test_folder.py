import os

import pytest

from engine.errors import EngineError
from engine.images import folder
from engine.images.folder import images_in, list_images
from tests.ordinary import ordinarily


def test_images_below_a_folder_without_what_is_hidden_or_a_projects_own(tmp_path):
    names = (
        "b.PNG",
        "a.jpg",
        "notes.txt",
        "png",
        ".hidden.png",
        "sub/c.tif",
        ".git/d.png",
        "p.files/jobs/1/labels/e.png",
        "two.words/f.webp",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [each.relative_to(tmp_path).as_posix() for each in images_in(tmp_path)]
    assert found == ["a.jpg", "b.PNG", "sub/c.tif", "two.words/f.webp"]


def test_files_of_a_folder_come_before_those_of_its_subfolders(tmp_path):
    for name in ("z.png", "a/y.png", "a/b/x.png", "c/w.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list_images(tmp_path).names == ["z.png", "a/y.png", "a/b/x.png", "c/w.png"]


def test_links_to_folders_are_not_followed_and_links_into_nowhere_are_files(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.png").touch()
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")
    assert list_images(tmp_path).names == ["gone.png", "real/a.png"]


def test_a_name_that_is_no_text_is_left_out_and_named(tmp_path):
    (tmp_path / "a.png").touch()
    try:
        (tmp_path / os.fsdecode(b"\xff.png")).touch()
    except OSError:
        pytest.skip("this file system has only names that are text")
    found = list_images(tmp_path)
    assert found.names == ["a.png"]
    assert [os.fsencode(name) for name in found.unnamed] == [b"\xff.png"]


def test_who_counts_can_end_a_listing(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "_STEP", 4)
    for number in range(10):
        (tmp_path / f"{number}.png").touch()
    seen = []
    assert len(list_images(tmp_path, seen.append).names) == 10
    assert seen == [4, 8]

    def enough(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list_images(tmp_path, enough)


def test_a_folder_that_is_not_there_is_empty(tmp_path):
    assert list_images(tmp_path / "gone").names == []


def test_folders_that_are_not_looked_into_are_named(tmp_path):
    for name in ("open/a.png", "shut/b.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    (tmp_path / "shut").chmod(0)
    try:
        found = ordinarily(lambda: list_images(tmp_path))
        alone = ordinarily(lambda: list_images(tmp_path / "shut"))
    finally:
        (tmp_path / "shut").chmod(0o755)
    assert (found.names, found.shut) == (["open/a.png"], ["shut"])
    assert (alone.names, alone.shut) == ([], [""])


def test_a_folder_whose_name_is_no_text_is_named(tmp_path):
    strange = tmp_path / os.fsdecode(b"dir\xff")
    try:
        strange.mkdir()
    except OSError:
        pytest.skip("this file system has only names that are text")
    (strange / "a.png").touch()
    found = list_images(tmp_path)
    assert [os.fsencode(name) for name in found.unnamed] == [b"dir\xff/"]
    with pytest.raises(EngineError, match=r"The name “dir\\udcff” in .* is no text \(UTF-8\)"):
        folder.must_be_text(strange / "a.png")
    folder.must_be_text(tmp_path / "été.png")

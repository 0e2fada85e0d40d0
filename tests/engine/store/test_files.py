"""What the files of images are, and finding them again."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.store import Project, files
from engine.store.files import Wanted, identity, look, same_content
from engine.store.files_check import check, lost_files, new_places, with_pages
from engine.store.files_match import Lost, match

SIZE = (30, 40)


def picture(path, seed, size=SIZE):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    for seed, name in enumerate(("a", "b", "c")):
        picture(tmp_path / "work" / "photos" / f"{name}.png", seed)
    return tmp_path / "work"


@pytest.fixture
def project(folder):
    opened = Project.create(folder / "cells.maskwright")
    opened.add_images(sorted((folder / "photos").iterdir()), [SIZE] * 3)
    yield opened
    opened.close(discard=True)


def noted(project):
    """Note all files as they are."""
    found = check(project.images(), {})
    project.note_files({key: each.now for key, each in found.findings.items()})
    return project.identities()


def states(project, **options):
    found = check(project.images(), project.identities(), **options)
    return [found.findings[row.id].state for row in project.images()]


def find(project, *folders):
    """Look for everything that is missing or changed, and relink it."""
    known = project.identities()
    found = check(project.images(), known)
    lost = with_pages(found.of("missing", "changed"), project.images())
    loose = {row.id for row in lost}
    taken = {row.path: row.id for row in project.images() if row.id not in loose}
    return match(lost_files(lost, known), folders, taken)


def test_an_identity_is_the_content_and_not_the_name_or_time(folder, tmp_path):
    one = identity(folder / "photos/a.png")
    other = tmp_path / "x.bin"
    shutil.copyfile(folder / "photos/a.png", other)
    os.utime(other, (1, 1))
    assert one.same(identity(other))
    assert one.digest.startswith(files.WHOLE)
    assert not one.same(identity(folder / "photos/b.png"))


def test_large_files_are_sampled_and_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGE", 1_000)
    monkeypatch.setattr(files, "PIECE", 10)
    path = tmp_path / "large.bin"
    content = bytearray(np.random.default_rng(0).integers(0, 255, 5_000, np.uint8).tobytes())
    path.write_bytes(content)
    first = identity(path)
    assert first.digest.startswith(files.SAMPLED)
    for at in (0, len(content) - 1, (len(content) - 10) * 7 // 47 + 3):
        changed = bytearray(content)
        changed[at] ^= 1
        path.write_bytes(changed)
        assert not first.same(identity(path)), "the first, the last and a sample are looked at"
    path.write_bytes(content)
    assert first.same(identity(path))
    path.write_bytes(content + b"x")
    assert not first.same(identity(path))


def test_a_file_is_only_read_where_it_looks_different(folder):
    path = folder / "photos/a.png"
    known = identity(path)
    assert look(Wanted(1, path, 0, known)).state == "same"
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert look(Wanted(1, path, 0, known)).state == "same", "length and time are as they were"
    assert look(Wanted(1, path, 0, known), full=True).state == "changed"


def test_touched_changed_resized_missing_and_new(project, folder):
    known = noted(project)
    assert states(project) == ["same"] * 3
    photos = folder / "photos"
    os.utime(photos / "a.png", (5, 5))
    assert states(project) == ["same"] * 3, "another time alone is no change"
    picture(photos / "a.png", 7)
    picture(photos / "b.png", 8, (20, 20))
    (photos / "c.png").unlink()
    found = check(project.images(), known)
    a, b, c = project.images()
    assert [found.findings[row.id].state for row in (a, b, c)] == ["changed", "changed", "missing"]
    assert found.findings[b.id].size == (20, 20)
    assert (found.resized(a), found.resized(b), found.resized(c)) == (False, True, False)
    project.note_files({a.id: None})
    assert states(project)[0] == "new"


def test_a_changed_file_that_is_no_picture_counts_as_resized(project, folder):
    noted(project)
    (folder / "photos/a.png").write_bytes(b"no picture")
    found = check(project.images(), project.identities())
    assert found.resized(project.images()[0])


def test_what_was_noted_outlives_a_restart_and_goes_with_the_image(project, folder):
    known = noted(project)
    project.close()
    again = Project.open(folder / "cells.maskwright")
    assert again.identities() == known
    first = again.images()[0].id
    again.remove_images([first])
    assert again.identities().keys() == known.keys() - {first}
    again.close()


def test_moved_and_renamed_files_are_found_by_their_content(project, folder, tmp_path):
    noted(project)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    photos = folder / "photos"
    (photos / "a.png").rename(elsewhere / "renamed.png")
    (photos / "b.png").rename(elsewhere / "b.png")
    picture(elsewhere / "a.png", 99)  # has the name, not the content
    found = find(project, elsewhere)
    assert [(each.how, each.path.name) for each in found] == [
        ("content", "renamed.png"),
        ("content", "b.png"),
    ]
    before = project.relink(*new_places(found))
    assert [row.path for row in project.images()][:2] == [
        elsewhere / "renamed.png",
        elsewhere / "b.png",
    ]
    assert [row.file_name for row in project.images()] == ["renamed.png", "b.png", "c.png"]
    assert states(project) == ["same"] * 3
    assert before.paths == ("photos/a.png", "photos/b.png")
    project.relocate(before)
    assert [row.path for row in project.images()][:2] == [photos / "a.png", photos / "b.png"]
    assert [row.file_name for row in project.images()] == ["a.png", "b.png", "c.png"]
    assert states(project) == ["missing", "missing", "same"]
    project.relink(*new_places(found))
    project.close()
    again = Project.open(folder / "cells.maskwright")
    assert again.images()[0].path == elsewhere / "renamed.png"
    again.close()


def test_by_name_only_where_the_size_fits_and_one_file_does(project, folder, tmp_path):
    """Nothing was noted, so the name and the size of the picture decide."""
    shutil.rmtree(folder / "photos")
    picture(tmp_path / "new/a.png", 1)
    picture(tmp_path / "new/b.png", 2, (20, 20))
    picture(tmp_path / "new/one/c.png", 3)
    picture(tmp_path / "new/two/c.png", 4)
    found = find(project, tmp_path / "new")
    assert [each.how for each in found] == ["name", "size", "several"]
    paths, identities = new_places(found)
    assert list(paths.values()) == [tmp_path / "new/a.png"]
    assert identities.keys() == paths.keys()
    picture(tmp_path / "new/photos/c.png", 5)
    assert find(project, tmp_path / "new")[2].path == tmp_path / "new/photos/c.png", "its folder"


def test_a_file_of_another_image_is_not_given_away(project, folder, tmp_path):
    noted(project)
    photos = folder / "photos"
    shutil.copyfile(photos / "a.png", photos / "b.png")  # b is now a copy of a
    (photos / "a.png").rename(tmp_path / "a.png")
    found = {each.lost.path.name: each for each in find(project, photos)}
    assert found["a.png"].how == "content"  # b.png changed, so it is free
    assert found["b.png"].how == "none"  # its content is gone
    picture(photos / "d.png", 1)
    other = project.add_images([photos / "d.png"], [SIZE])[0]
    (photos / "b.png").unlink()
    found = {each.lost.path.name: each for each in find(project, photos)}
    assert found["b.png"].how == "taken"
    with pytest.raises(EngineError, match="two images"):
        project.relink({project.images()[0].id: other.path}, {})
    assert project.images()[0].path == photos / "a.png"


def test_files_that_changed_places_are_put_right_at_once(project, folder):
    noted(project)
    photos = folder / "photos"
    (photos / "a.png").rename(photos / "x")
    (photos / "b.png").rename(photos / "a.png")
    (photos / "x").rename(photos / "b.png")
    found = find(project, photos)
    assert [each.how for each in found] == ["content", "content"]
    project.relink(*new_places(found))
    project.flush()
    assert [row.path.name for row in project.images()] == ["b.png", "a.png", "c.png"]
    assert states(project) == ["same"] * 3


def test_pages_of_a_file_move_together(project, folder, tmp_path):
    stack = tmp_path / "stack.tif"
    frames = [Image.new("L", (40, 30), shade) for shade in (0, 90, 180)]
    frames[0].save(stack, save_all=True, append_images=frames[1:])
    first = project.add_images([stack], [SIZE])[0]
    project.add_pages(first.id, [1, 2])
    noted(project)
    (tmp_path / "new").mkdir()
    stack.rename(tmp_path / "new" / "other.tif")
    (found,) = find(project, tmp_path / "new")
    assert len(found.lost.images) == 3
    project.relink(*new_places([found]))
    pages = [row for row in project.images() if row.path.name == "other.tif"]
    assert [row.page for row in pages] == [0, 1, 2]
    assert [row.file_name for row in pages] == ["other.tif", "other.tif#2", "other.tif#3"]
    assert set(states(project)) == {"same"}


def test_an_imported_name_stays(project, tmp_path, folder):
    row = project.set_image(project.images()[0].id, file_name="train/0001.png")
    noted(project)
    (folder / "photos/a.png").rename(tmp_path / "moved.png")
    project.relink(*new_places(find(project, tmp_path)))
    assert project.image(row.id).file_name == "train/0001.png"


def test_a_copied_project_keeps_what_was_noted(project, tmp_path):
    known = noted(project)
    copy = project.copy_to(tmp_path / "copy" / "cells.maskwright")
    assert copy.identities() == known
    copy.close()


@pytest.fixture
def copies(tmp_path):
    """Two files of one content under new names, and what they were."""
    new = tmp_path / "new"
    new.mkdir()
    for name in ("x.png", "y.png"):
        picture(new / name, 1)
    known = identity(new / "x.png")
    return new, [Lost((n,), tmp_path / f"old/{n}.png", 0, None, known) for n in (1, 2)]


def test_images_of_one_content_each_get_a_copy(copies):
    new, lost = copies
    found = match(lost, [new], {})
    assert [(each.how, each.path.name) for each in found] == [
        ("content", "x.png"),
        ("content", "y.png"),
    ]
    called = lost[1]._replace(path=lost[1].path.with_name("x.png"))
    found = match([lost[0], called], [new], {})
    assert [each.path.name for each in found] == ["y.png", "x.png"], "who is called so comes first"


def test_a_copy_that_is_another_images_is_passed_over(copies):
    new, lost = copies
    found = match(lost, [new], {new / "x.png": 9})
    assert [(each.how, each.path.name) for each in found] == [
        ("content", "y.png"),
        ("taken", "x.png"),
    ]


@pytest.mark.parametrize(
    ("was", "now"), [("\u00e9.png", "e\u0301.PNG"), ("e\u0301.png", "\u00c9.png")]
)
def test_names_in_another_unicode_form_are_the_same(tmp_path, was, now):
    picture(tmp_path / "new" / now, 1)
    (found,) = match([Lost((1,), tmp_path / "old" / was, 0, None, None)], [tmp_path / "new"], {})
    assert (found.how, found.path.name) == ("name", now)


def test_a_file_that_is_back_at_its_place_is_found(tmp_path):
    picture(tmp_path / "a.png", 1)
    (found,) = match([Lost((1,), tmp_path / "a.png", 0, None, None)], [tmp_path], {})
    assert (found.how, found.path) == ("name", tmp_path / "a.png")


def test_files_of_one_length_are_compared_in_time_of_their_number(tmp_path):
    """Pictures that are stored plainly all have one length."""
    asked = 0

    class Counted(str):
        def __eq__(self, other):
            nonlocal asked
            asked += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    count = 60
    for n in range(count):
        (tmp_path / f"{n}.bmp").write_bytes(bytes([n]) * 99)
    known = [identity(tmp_path / f"{n}.bmp") for n in range(count)]
    lost = [
        Lost((n,), tmp_path / f"old/z{n}.bmp", 0, None, each._replace(digest=Counted(each.digest)))
        for n, each in enumerate(known)
    ]
    found = match(lost, [tmp_path], {})
    assert [each.path.name for each in found] == [f"{n}.bmp" for n in range(count)]
    assert asked <= 8 * count


@pytest.mark.parametrize("change", [None, 0, -1, 40_000])
@pytest.mark.parametrize("length", [50_000, 5_000_000])
def test_the_same_content_is_told_without_reading_it_whole(tmp_path, length, change):
    data = bytearray(np.random.default_rng(0).integers(0, 256, length, np.uint8).tobytes())
    (tmp_path / "one").write_bytes(data)
    if change is not None and (length < 100_000 or change < 1):
        data[change] ^= 1
    (tmp_path / "two").write_bytes(data)
    same = bytes(data) == (tmp_path / "one").read_bytes()
    assert same_content(tmp_path / "one", tmp_path / "two") == same
    (tmp_path / "two").write_bytes(data + b"x")
    assert not same_content(tmp_path / "one", tmp_path / "two")
    assert not same_content(tmp_path / "one", tmp_path / "gone")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_no_file_to_wait_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(OSError, match="pipe"):
        identity(tmp_path / "a.png")
    assert look(Wanted(1, tmp_path / "a.png", 0, None)).state == "missing"
    assert not same_content(tmp_path / "a.png", tmp_path / "a.png")

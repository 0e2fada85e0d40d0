"""An export is there whole or not at all, and takes the place of nothing it should not."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.jobs import litter
from engine.jobs.launch import child_environment
from engine.jobs.staging import staged
from tests.ordinary import ordinarily


def tree(folder):
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*"))


def write(path, text="new"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def export(target, *names, guarded=(), error=None):
    """An export that writes these files, names as seen from the folder of the target."""
    with staged(target) as stage:
        for name in names:
            write(stage.folder / name)
        if error is not None:
            raise error
        return stage.put(guarded)


def test_a_file_and_what_lies_beside_it_appear_together(tmp_path):
    target = tmp_path / "new" / "deep" / "out.json"
    with staged(target) as stage:
        write(stage.target)
        write(stage.target.with_name("out") / "a.png")
        assert stage.final(stage.target) == target
        assert not target.exists()
        assert stage.put() == []
    assert tree(tmp_path / "new") == ["deep", "deep/out", "deep/out.json", "deep/out/a.png"]


@pytest.mark.parametrize("error", [EngineError("no"), KeyboardInterrupt()])
def test_what_did_not_become_whole_leaves_nothing(tmp_path, error):
    with pytest.raises(type(error)):
        export(tmp_path / "new" / "out", "out/masks/a.png", error=error)
    assert tree(tmp_path) == []


def test_an_earlier_export_is_replaced_file_by_file_and_the_rest_is_told(tmp_path):
    for name in ("masks/a.png", "masks/b.png", "masks/readme.txt", "other/c.png", "masks/.d.png"):
        write(tmp_path / "out" / name, "old")
    kept = export(tmp_path / "out", "out/masks/a.png", "out/list/all.txt")
    assert kept == ["out/masks/b.png"]
    assert (tmp_path / "out/masks/a.png").read_text() == "new"
    assert (tmp_path / "out/masks/b.png").read_text() == "old"
    assert (tmp_path / "out/list/all.txt").read_text() == "new"
    assert len(tree(tmp_path / "out")) == 9


def test_images_of_an_earlier_export_are_not_told(tmp_path):
    for name in ("images/a.jpg", "a.json", "b.jpg"):
        write(tmp_path / "out" / name, "old")
    with staged(tmp_path / "out") as stage:
        for name in ("images/c.jpg", "c.jpg", "c.json"):
            write(stage.target / name)
        stage.pictures.update((stage.target / "images" / "c.jpg", stage.target / "c.jpg"))
        assert stage.put() == ["out/a.json"]


@pytest.mark.parametrize(("there", "made"), [("out/a", "out/a/b"), ("out/a/b", "out/a")])
def test_files_and_folders_of_one_name_are_refused_before_anything_is_moved(tmp_path, there, made):
    write(tmp_path / there, "old")
    with pytest.raises(EngineError, match=r"is a (file|folder)\. Export to another place"):
        export(tmp_path / "out", "out/0", made)
    assert (tmp_path / there).read_text() == "old"
    assert not (tmp_path / "out" / "0").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_or_device_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "o.json")
    (tmp_path / "link.json").symlink_to(os.devnull)
    for name in ("o.json", "link.json"):
        with pytest.raises(EngineError, match=r"json is a pipe or device\. Export to another"):
            export(tmp_path / name, "0.txt", name)
    assert (tmp_path / "o.json").is_fifo()
    assert tree(tmp_path) == ["link.json", "o.json"]


def test_an_image_is_never_replaced_by_its_mask(tmp_path):
    photos = tmp_path / "photos"
    write(photos / "a.png", "photo")
    other = tmp_path / "link"
    other.symlink_to(photos, target_is_directory=True)
    for folder in (photos, other):
        names = (f"{folder.name}/a.png", f"{folder.name}/b.png")
        with pytest.raises(EngineError, match="is an image of the project, which a mask would"):
            export(folder, *names, guarded=[photos / "a.png"])
    assert tree(photos) == ["a.png"]
    assert (photos / "a.png").read_text() == "photo"


def test_a_sentence_names_the_place_that_was_asked_for(tmp_path):
    def failing():
        with staged(tmp_path / "out") as stage:
            raise EngineError(f"{stage.target / 'a.png'} came back different; see {stage.folder}.")

    with pytest.raises(EngineError) as caught:
        failing()
    assert str(caught.value) == f"{tmp_path / 'out' / 'a.png'} came back different; see {tmp_path}."


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(EngineError, match="cannot be written"):
            ordinarily(lambda: export(tmp_path / "o.json", "o.json"))
    finally:
        tmp_path.chmod(0o755)


def test_a_name_that_is_too_long_is_not_blamed_on_the_folder(tmp_path):
    with pytest.raises(EngineError, match=r"“a{40}…” is too long a name in .*\. Choose a shorter"):
        export(tmp_path / ("a" * 250), "o.json")


def test_where_one_folder_of_an_earlier_export_cannot_be_written_nothing_is_changed(tmp_path):
    write(tmp_path / "out/masks/a.png", "old")
    (tmp_path / "out/masks").chmod(0o555)
    try:
        with pytest.raises(EngineError, match=r"The folder .*masks cannot be written"):
            ordinarily(lambda: export(tmp_path / "out", "out/0.txt", "out/masks/a.png", "out/z/b"))
    finally:
        (tmp_path / "out/masks").chmod(0o755)
    assert tree(tmp_path) == ["out", "out/masks", "out/masks/a.png"]
    assert (tmp_path / "out/masks/a.png").read_text() == "old"


@pytest.mark.parametrize("fails", range(1, 7))
def test_a_disk_that_refuses_half_way_has_the_earlier_export_again(tmp_path, monkeypatch, fails):
    for name in ("out/a.png", "out/masks/a.png", "out/masks/b.png"):
        write(tmp_path / name, f"old {name}")
    before = {name: (tmp_path / name).is_dir() for name in tree(tmp_path)}
    made = ("out/a.png", "out/masks/a.png", "out/masks/b.png", "out/new.png", "out/new/a.png")
    rename, count = Path.replace, []

    def refused(path, target):
        count.append(path)
        if len(count) == fails:
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", refused)
    if fails > len(made):
        export(tmp_path / "out", *made)
        assert {(tmp_path / name).read_text() for name in made} == {"new"}
        return
    with pytest.raises(EngineError, match=r"could not be put into .*: Input/output error"):
        export(tmp_path / "out", *made)
    assert {name: (tmp_path / name).is_dir() for name in tree(tmp_path)} == before
    for name in ("out/a.png", "out/masks/a.png", "out/masks/b.png"):
        assert (tmp_path / name).read_text() == f"old {name}"


@pytest.mark.skipif(os.name != "posix", reason="sticky folders are of POSIX")
def test_what_is_somebody_elses_in_a_folder_for_all_is_named(tmp_path, monkeypatch):
    tmp_path.chmod(0o1777)
    write(tmp_path / "o.json", "old")
    stranger = os.geteuid() + 1
    monkeypatch.setattr("os.geteuid", lambda: stranger)
    with pytest.raises(EngineError, match=r"o\.json belongs to somebody else and cannot be repl"):
        export(tmp_path / "o.json", "o.json", "o/a.png")
    assert tree(tmp_path) == ["o.json"]
    export(tmp_path / "p.json", "p.json")


def test_what_a_killed_export_leaves_is_litter(tmp_path):
    code = (
        "import os, pathlib, sys; from engine.jobs.staging import staged\n"
        "with staged(pathlib.Path(sys.argv[1])) as stage:\n"
        "    stage.target.mkdir(); os._exit(0)"
    )
    command = [sys.executable, "-P", "-c", code, str(tmp_path / "out")]
    subprocess.run(command, check=True, env=child_environment())
    (left,) = tmp_path.iterdir()
    assert litter._unfinished(tmp_path.iterdir()) == [left]
    litter.throw_away([left])
    assert tree(tmp_path) == []


def test_the_next_export_to_a_place_clears_what_a_killed_one_left(tmp_path):
    """A command's own folder is gone by then, so nobody else would ever find it."""
    dead, alive = 4_199_999, os.getpid()
    for pid in (dead, alive):
        write(tmp_path / f".o.json.{pid}-0011aabb.tmp" / "o.json", "half")
    write(tmp_path / f".other.json.{dead}-0011aabb.tmp" / "other.json", "half")
    export(tmp_path / "o.json", "o.json")
    left = {each.name for each in tmp_path.iterdir()}
    assert left == {
        "o.json",
        f".o.json.{alive}-0011aabb.tmp",
        f".other.json.{dead}-0011aabb.tmp",
    }


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOSPC])
def test_without_second_names_it_is_put_there_and_without_room_nothing_is(
    tmp_path, monkeypatch, number
):
    write(tmp_path / "o.json", "old")

    def refused(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refused)
    if number == errno.ENOSPC:
        with pytest.raises(EngineError, match="No space left on device"):
            export(tmp_path / "o.json", "o.json")
    else:
        export(tmp_path / "o.json", "o.json")
    assert (tmp_path / "o.json").read_text() == ("old" if number == errno.ENOSPC else "new")
    assert tree(tmp_path) == ["o.json"]

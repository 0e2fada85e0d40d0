"""An export is there whole or not at all, and takes the place of nothing it should not."""

import os
import subprocess
import sys

import pytest

from engine.errors import EngineError
from engine.jobs import litter
from engine.jobs.launch import child_environment
from engine.jobs.staging import staged


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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(EngineError, match="cannot be written"):
            export(tmp_path / "o.json", "o.json")
    finally:
        tmp_path.chmod(0o755)


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

"""Exports while another program owns the project: noted as versions when it looks."""

import json

import pytest

from engine.document.annotation import Annotation
from engine.jobs import versions_left
from engine.jobs.versions_left import leave, take_left, waiting
from engine.masks.mask import Mask
from engine.store import Project
from engine.store.check import check
from engine.store.versions import Frozen, Item


@pytest.fixture
def owner(cli, photos, tmp_path):
    """A project that is open, with an object in an image."""
    path = tmp_path / "p.maskwright"
    assert cli("init", path, photos, "--classes", "cell")[0] == 0
    opened = Project.open(path)
    cell = opened.taxonomy.by_name("cell").id
    thing = Annotation(id=opened.new_ids(1)[0], class_id=cell, mask=Mask.rectangle((2, 3, 9, 9)))
    opened.add_annotations(opened.images()[0].id, [thing])
    opened.flush()
    yield opened
    opened.close()


def test_an_export_beside_the_owner_is_left_and_taken_up(cli, machine, owner, tmp_path):
    code, lines = machine("export", owner.path, tmp_path / "a.json")
    assert code == 0
    (said,) = [each["text"] for each in lines if each["type"] == "note"]
    assert said == versions_left.WAITS
    assert owner.versions() == []
    assert len(waiting(owner.files)) == 1
    _, lines = machine("versions", owner.path)
    assert "1 more version waits to be noted. “p” is open in" in lines[0]["text"]
    assert take_left(owner) == 1
    (version,) = owner.versions()
    assert (version.kind, version.images, version.objects) == ("export", 3, 1)
    assert version.facts["target"].endswith("a.json")
    assert owner.changed_since(version, owner.taxonomy).words() == "nothing"
    assert take_left(owner) == 0
    assert not (owner.files / "versions").exists()


def test_with_no_owner_the_list_takes_it_up_itself(cli, machine, owner, tmp_path):
    assert cli("export", owner.path, tmp_path / "a.json")[0] == 0
    owner.close()
    _, lines = machine("versions", owner.path)
    assert [each["type"] for each in lines] == ["version", "outcome"]
    assert waiting(owner.files) == []


def frozen(image=1, content=bytes(8)):
    return Frozen(
        kind="export", items=(Item(image, "a.png", 10, 10, content),), stamps=(0,), facts={}
    )


def test_what_is_left_is_not_believed_and_kept_once(owner):
    """Its digests may be of another past; damaged files stay where they are."""
    leave(owner.files, "b", frozen(content=b"x" * 8))
    leave(owner.files, "a", frozen(77))
    leave(owner.files, "c", frozen(content=b"odd"))
    (owner.files / "versions" / "d.bin").write_bytes(b"junk")
    known = owner.known_contents()
    assert take_left(owner) == 2
    assert owner.known_contents() == known
    assert [each.job for each in owner.versions()] == ["b", "a"]
    assert [each.name for each in waiting(owner.files)] == ["c.bin", "d.bin"]
    leave(owner.files, "b", frozen())
    assert take_left(owner) == 1
    assert len(owner.versions()) == 2


def test_a_folder_that_cannot_be_written_is_said(cli, owner, tmp_path):
    owner.files.mkdir(exist_ok=True)
    (owner.files / "versions").write_text("a file in the way")
    code, _, err = cli("export", owner.path, tmp_path / "a.json")
    assert code == 0
    assert "It is not noted as a version of the dataset" in err
    assert json.loads((tmp_path / "a.json").read_text())["annotations"]
    (owner.files / "versions").unlink()


def test_an_image_that_was_removed_meanwhile_leaves_no_row(owner):
    """A job's version says what an image held that is not there any more."""
    first = owner.images()[0].id
    items, stamps = owner.contents_now([first])
    version = Frozen(kind="export", items=tuple(items), stamps=tuple(stamps))
    owner.remove_images([first])
    owner.add_version(version, "job", ("digest", "{}", b""))
    owner.flush()
    assert first not in owner.known_contents()
    path = owner.path
    owner.close()
    assert check(path).sound

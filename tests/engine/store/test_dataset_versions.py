"""Versions of the dataset: equal hashes for equal work, and what changed."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document import taxonomy_commands as classes
from engine.errors import EngineError
from engine.store import Project, contents, versions, versions_table
from engine.store.contents import Content, pack
from engine.store.versions import Difference, Frozen, Item, class_digest, compare
from tests.engine.store.versions import unpack

digest = st.binary(min_size=8, max_size=8)
content = st.builds(Content, digest, st.dictionaries(st.integers(1, 9), digest, max_size=4))
images = st.dictionaries(st.integers(1, 6), content, max_size=5)


def items(found, names=None):
    return tuple(
        Item(key, (names or {}).get(key, f"{key}.png"), 10, 20, pack(each))
        for key, each in found.items()
    )


@given(images, st.integers())
def test_the_hash_does_not_depend_on_order_or_ids(found, seed):
    before = list(items(found))
    one = Frozen(kind="export", classes=b"c", items=tuple(before))
    random.Random(seed).shuffle(before)
    moved = tuple(msgspec.structs.replace(each, image=each.image + 100) for each in before)
    assert Frozen(kind="train", classes=b"c", items=moved).digest == one.digest
    if before:
        renamed = (msgspec.structs.replace(before[0], name="other.png"), *before[1:])
        assert Frozen(kind="export", classes=b"c", items=renamed).digest != one.digest
    assert Frozen(kind="export", classes=b"d", items=tuple(before)).digest != one.digest


@given(images, images)
def test_a_difference_counts_every_object_once(old, new):
    found = compare(items(old), items(new))
    assert set(found.added) == new.keys() - old.keys()
    assert set(found.removed) == old.keys() - new.keys()
    changed = {key for key in old.keys() & new.keys() if old[key] != new[key]}
    # the same objects under other ids are the same work
    assert set(found.changed) <= changed
    flat_old = {(key, number): mark for key, c in old.items() for number, mark in c.objects.items()}
    flat_new = {(key, number): mark for key, c in new.items() for number, mark in c.objects.items()}
    assert found.objects_added == len(flat_new.keys() - flat_old.keys())
    assert found.objects_removed == len(flat_old.keys() - flat_new.keys())
    both = flat_old.keys() & flat_new.keys()
    assert found.objects_changed == sum(flat_old[key] != flat_new[key] for key in both)
    back = compare(items(new), items(old))
    assert (back.objects_added, back.objects_removed) == (
        found.objects_removed,
        found.objects_added,
    )


def test_another_size_is_a_change_and_one_that_is_not_known_is_none():
    before = Item(1, "a.png", 10, 20, contents.NOTHING)
    other = msgspec.structs.replace(before, width=30)
    unknown = msgspec.structs.replace(before, height=0, width=0)
    assert compare([before], [other]).changed == (1,)
    assert compare([before], [unknown]) == compare([unknown], [before]) == Difference()


def test_words():
    assert Difference().words() == "nothing"
    assert Difference(classes=True).words() == "only the class list"
    many = Difference((1, 2), (3,), tuple(range(4, 15)), 3, 0, 58, 2)
    assert many.words() == "14 images, 61 objects (3 added, 58 changed), 2 class maps"


@pytest.fixture
def kept(project):
    """A version of all images of the project as it is."""

    def keep(job="one", **facts):
        found, stamps = project.contents_now([row.id for row in project.images()])
        frozen = Frozen(
            kind="export",
            classes=class_digest(project.taxonomy),
            items=tuple(found),
            stamps=tuple(stamps),
            facts=facts,
        )
        project.add_version(frozen, job, versions_table.packed(frozen))
        return project.versions()[0]

    return keep


def test_a_version_is_kept_once_for_a_job_and_outlives_a_restart(project, kept, reopen, thing):
    project.add_annotations(project.images()[0].id, [thing((10, 10, 50, 50))])
    first = kept("job", format="coco", target="/x/a.json")
    assert kept("job").id == first.id
    second = kept("other")
    assert (second.id, second.digest) == (2, first.digest)
    again = reopen()
    assert [each.digest for each in again.versions()] == [first.digest] * 2
    assert (again.versions()[1].images, again.versions()[1].objects) == (3, 1)
    assert again.versions()[1].facts["target"] == "/x/a.json"
    assert again.version_difference(1, 2) == Difference()


def test_changed_since_counts_what_the_same_choice_would_take_today(project, kept, thing):
    ids = [row.id for row in project.images()]
    project.add_annotations(ids[0], [thing((10, 10, 50, 50))])
    everything, chosen = kept("a"), kept("b", chosen=True)
    project.add_images([project.path.parent / "new.png"], [(700, 900)])
    project.add_annotations(ids[1], [thing((10, 10, 50, 50)), thing((60, 10, 90, 50))])
    found = project.changed_since(everything, project.taxonomy)
    assert (found.added, found.changed, found.objects_added) == ((4,), (ids[1],), 2)
    found = project.changed_since(chosen, project.taxonomy)
    assert (found.added, found.changed) == ((), (ids[1],))
    project.remove_images([ids[0]])
    found = project.changed_since(chosen, project.taxonomy)
    assert (found.removed, found.objects_removed) == ((ids[0],), 1)


def test_images_that_the_choice_left_out_are_not_added_since(project, thing):
    """Those without a mask, without a part of the split, and of which no file is there."""
    (kept, bare, last) = [row.id for row in project.images()]
    project.add_annotations(kept, [thing((10, 10, 50, 50))])
    project.set_image(kept, fold="train")
    found, stamps = project.contents_now([kept])

    def version(**facts):
        frozen = Frozen(
            kind="export", classes=class_digest(project.taxonomy), items=tuple(found),
            stamps=tuple(stamps), facts=facts,
        )  # fmt: skip
        project.add_version(frozen, str(facts), versions_table.packed(frozen))
        return project.versions()[0]

    def added(one):
        return project.changed_since(one, project.taxonomy).added

    assert added(version()) == (bare, last)
    masks, split = version(empty="skip"), version(splits=True)
    assert added(masks) == added(split) == ()
    (gone,) = [row.id for row in project.add_images([project.path.parent / "gone.png"])]
    absent = version(absent=[gone, bare, "odd"])
    assert added(absent) == (bare, last), "bare can be read now"
    project.add_annotations(bare, [thing((10, 10, 50, 50))])
    project.set_image(last, fold="test")
    project.flush()
    assert (added(masks), added(split)) == ((bare,), (last,))


def test_a_change_of_the_class_list_is_said(project, kept):
    before = kept()
    project.set_class_view(2, visible=False)
    assert project.changed_since(before, project.taxonomy) == Difference()
    cell = project.taxonomy.by_name("cell").id
    project.project_history.do(classes.rename(project.taxonomy, cell, "cytoplasm"))
    found = project.changed_since(before, project.taxonomy)
    assert found.classes
    assert found.words() == "only the class list"


def test_what_was_worked_out_is_kept(project, kept, thing):
    project.add_annotations(project.images()[0].id, [thing((10, 10, 50, 50))])
    version = kept()
    known = project.known_contents()
    assert all(packed is not None for _, packed in known.values())
    project.add_annotations(project.images()[0].id, [thing((60, 60, 90, 90))])
    project.flush()
    assert project.known_contents()[project.images()[0].id][1] is None
    project.changed_since(version, project.taxonomy)
    project.flush()
    assert project.known_contents()[project.images()[0].id][1] is not None


def test_a_damaged_version_is_said(project, kept):
    version = kept()
    project._store.submit(lambda db: db.execute("UPDATE versions SET content = x'00'"))
    project.flush()
    with pytest.raises(EngineError, match="Version 1 is damaged"):
        project.changed_since(version, project.taxonomy)
    with pytest.raises(EngineError, match="no version 9"):
        project.version_names(9)


def test_an_image_without_a_size_holds_nothing(project, kept):
    project.add_images([project.path.parent / "unknown.png"])
    version = kept()
    assert version.images == 4
    assert project.changed_since(version, project.taxonomy) == Difference()
    found, _ = project.contents_now([project.images()[3].id])
    assert found[0].content == contents.NOTHING
    assert versions.Item(1, "a", 0, 0, contents.NOTHING).digest()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_file_of_before_that_is_only_read_knows_nothing_of_it(path, version):
    opened = Project.open(unpack(version, path), read_only=True)
    row = opened.images()[0]
    assert opened.versions() == []
    assert opened.identities() == {}
    assert opened.known_contents() == {}
    assert opened.files_after(0, 10) == []
    steps = list(opened.taken(row.id, row.size))
    assert steps
    assert {each.person for each in steps} == {""}
    assert {each.person for each in opened.annotations(row.id)} <= {""}
    opened.close()

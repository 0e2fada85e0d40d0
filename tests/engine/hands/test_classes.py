"""Two class lists as one."""

from dataclasses import replace

import pytest

from engine.document.taxonomy import ClassLock, Taxonomy
from engine.errors import EngineError
from engine.hands.classes import merge_classes, taxonomy_from
from engine.hands.split import base_classes


def listed(*names, first=2):
    found = Taxonomy(next_id=first)
    for name in names:
        found = found.with_(found.new_class(name))
    return found


def merge(base, mine, theirs, known=()):
    return merge_classes(base, mine, theirs, dict(known), "part 2")


BASE = listed("cell", "road")


def test_what_only_they_changed_is_taken():
    cell = BASE[2]
    theirs = BASE.with_(replace(cell, name="blob", color="#112233", guideline="Round."))
    found = merge(BASE, BASE, theirs)
    assert found.mapping == {2: 2, 3: 3}
    (new,) = found.after
    assert (new.name, new.color, new.guideline) == ("blob", "#112233", "Round.")
    assert found.command("part 2").label == "Merge classes from part 2"


def test_what_both_changed_stays_and_is_said():
    mine = BASE.with_(replace(BASE[2], name="nucleus"))
    found = merge(BASE, mine, BASE.with_(replace(BASE[2], name="blob")))
    assert (found.after, found.command("part 2")) == ([], None)
    assert found.notes == ["Name of “nucleus”: part 2 has “blob”, “nucleus” stays."]


def test_a_name_that_is_taken_here_is_not_taken_over():
    mine = BASE.with_(BASE.new_class("blob"))
    found = merge(BASE, mine, BASE.with_(replace(BASE[2], name="blob")))
    assert found.after == []
    assert "“cell” stays" in found.notes[0]


def test_added_on_both_sides_is_one_class_by_its_name():
    mine = BASE.with_(BASE.new_class("Tree"))
    theirs = BASE.with_(replace(BASE.new_class("tree"), id=1_003))
    found = merge(BASE, mine, theirs)
    assert found.mapping[1_003] == 4
    assert found.after == []


def test_an_added_class_keeps_its_number_unless_another_has_it():
    theirs = BASE.with_(replace(BASE.new_class("tree"), id=1_003))
    found = merge(BASE, BASE, theirs)
    assert [(c.id, c.name, c.order) for c in found.after] == [(1_003, "tree", 2)]
    mine = BASE.with_(BASE.new_class("sky"))
    found = merge(BASE, mine, BASE.with_(BASE.new_class("tree")))  # plain copies: both are 4
    assert found.mapping == {2: 2, 3: 3, 4: 5}
    again = merge(BASE, mine.with_(*found.after), BASE.with_(BASE.new_class("tree")), {4: 5})
    assert (again.mapping[4], again.after) == (5, [])


def test_another_kind_comes_in_beside():
    theirs = BASE.with_(replace(BASE[2], thing=False))
    found = merge(BASE, BASE, theirs)
    assert [(c.name, c.thing) for c in found.after] == [("cell (areas)", False)]
    assert found.mapping[2] == found.after[0].id != 2
    again = merge(BASE, BASE.with_(*found.after), theirs)
    assert (again.mapping, again.after) == (found.mapping, [])


def test_deleted_there_stays_here_and_is_said():
    found = merge(BASE, BASE, BASE.with_(replace(BASE[3], deleted=True)))
    assert found.after == []
    assert found.notes == ["“road” was deleted in part 2; the class stays here."]


def test_without_a_base_names_decide():
    mine, theirs = listed("cell", "road"), listed("road", "sky")
    found = merge(None, mine, theirs)
    assert found.mapping == {2: 3, 3: 4}
    assert [c.name for c in found.after] == ["sky"]


def test_a_locked_list_stays():
    mine = Taxonomy(BASE.classes, lock=ClassLock("Ana", 5.0))
    found = merge(BASE, mine, BASE.with_(replace(BASE[2], color="#112233")))
    assert (found.after, found.notes) == ([], ["Changes of locked classes were left out: “cell”."])
    with pytest.raises(EngineError, match="part 2 has classes that this project has not: “tree”"):
        merge(BASE, mine, BASE.with_(BASE.new_class("tree")))


def test_the_classes_of_a_parting_are_read_back():
    again = taxonomy_from(base_classes(BASE))
    assert again.everything == BASE.everything
    assert taxonomy_from([{"name": 1, "what": 2}]) is None
    assert taxonomy_from(None) is None

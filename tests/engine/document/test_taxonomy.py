from dataclasses import replace

import pytest

from engine.document.taxonomy import BACKGROUND, FIRST_CLASS, UNLABELLED, Taxonomy


def test_numbers_begin_behind_background_and_are_never_given_again(taxonomy):
    assert [entry.id for entry in taxonomy.classes] == [2, 3, 4, 5]
    assert Taxonomy().next_id == FIRST_CLASS
    fewer = taxonomy.without(5)
    assert fewer.next_id == 6
    assert fewer.new_class("x").id == 6


def test_deleted_classes_are_known_but_not_listed(taxonomy):
    gone = taxonomy.with_(replace(taxonomy[3], deleted=True))
    assert [entry.name for entry in gone.classes] == ["cell", "road", "sky"]
    assert gone[3].name == "nucleus"
    assert gone.name(3) == "nucleus"
    assert 3 not in gone
    assert 2 in gone
    assert gone.by_name("nucleus") is None


def test_order_rules_the_list_and_names_ignore_case(taxonomy):
    moved = taxonomy.with_(replace(taxonomy[5], order=-1))
    assert [entry.id for entry in moved.classes] == [5, 2, 3, 4]
    assert moved.by_name("  SKY ").id == 5
    assert [entry.id for entry in taxonomy.classes] == [2, 3, 4, 5]


def test_what_is_no_class_has_a_name_and_is_no_thing(taxonomy):
    assert taxonomy.name(UNLABELLED) == "unlabelled"
    assert taxonomy.name(BACKGROUND) == "background"
    assert taxonomy.name(99) == "class 99"
    assert not taxonomy.is_thing(BACKGROUND)
    assert not taxonomy.is_thing(99)
    assert taxonomy.get(99) is None
    with pytest.raises(KeyError):
        taxonomy[99]


def test_locked_classes_are_at_hand(taxonomy):
    locked = taxonomy.with_(replace(taxonomy[4], locked=True))
    assert locked.locked_ids == {4}
    assert not taxonomy.locked_ids
    gone = locked.with_(replace(locked[4], deleted=True))
    assert not gone.locked_ids

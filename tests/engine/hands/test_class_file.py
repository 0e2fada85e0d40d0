from dataclasses import replace

import pytest

from engine.document.taxonomy import ClassLock, Taxonomy
from engine.errors import EngineError
from engine.hands import class_file


def some():
    found = Taxonomy()
    for name, thing in (("cell", True), ("road", False)):
        found = found.with_(found.new_class(name, thing=thing, coco_id=7 if thing else None))
    return found.with_(replace(found[2], guideline="Round.", hatch=1))


def taken(taxonomy, said):
    change = class_file.taken_up(taxonomy, said)
    return taxonomy if change is None else taxonomy.with_(*change.after)


def test_a_list_written_and_taken_up_is_the_same_list(tmp_path):
    path = tmp_path / "classes.json"
    class_file.write(some(), path)
    said = class_file.read(path)
    fresh = taken(Taxonomy(), said)
    assert fresh.classes == some().classes
    assert class_file.taken_up(some(), said) is None
    assert class_file.locked(said) is None


def test_names_decide_and_what_the_list_does_not_name_comes_after(tmp_path):
    path = tmp_path / "classes.json"
    class_file.write(Taxonomy(some().classes, lock=ClassLock("Ana", 1.0)), path)
    mine = Taxonomy()
    for name, thing in (("sky", True), ("ROAD", False)):
        mine = mine.with_(mine.new_class(name, thing=thing, color="#010203"))
    said = class_file.read(path)
    new = taken(mine, said)
    assert [c.name for c in new.classes] == ["cell", "ROAD", "sky"]
    assert new[3].color == some()[3].color
    assert class_file.locked(said).by == "Ana"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "no list of classes"),
        ('{"classes": [], "what": 1}', "no list of classes"),
        ('{"classes": [], "version": 2}', "newer Maskwright"),
        ('{"classes": [{"name": "a", "color": "red"}]}', "“red” is no colour"),
        ('{"classes": [{"name": " ", "color": "#112233"}]}', "Give the class a name"),
        (
            '{"classes": [{"name": "a", "color": "#112233"}, {"name": "A", "color": "#112233"}]}',
            "names “A” twice",
        ),
        ('{"classes": [{"name": "cell", "color": "#112233", "thing": false}]}', "other kind"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, text, words):
    path = tmp_path / "classes.json"
    path.write_text(text)
    with pytest.raises(EngineError, match=words):
        class_file.taken_up(some(), class_file.read(path))
    with pytest.raises(EngineError, match="cannot be read"):
        class_file.read(tmp_path / "none.json")

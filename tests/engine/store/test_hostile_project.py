"""Values in a project file that are of another kind than they should be; most found by fuzzing."""

import json
import sqlite3

import pytest

from engine.document import edits
from engine.errors import EngineError
from engine.images.tone import tone_from
from engine.masks.mask import Mask
from engine.store import Project, foreign
from engine.store.check import check, repair

from .test_untrusted import closed, edit  # noqa: F401  # a fixture

DEEP = "[" * 5000 + "]" * 5000


def loosen(path, table, column, statement):
    """Write what a STRICT table refuses, as another program can."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    (sql,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    change = "UPDATE sqlite_schema SET sql = ? WHERE name = ?"
    db.execute(change, (sql.replace(" STRICT", "").replace(f"{column} INTEGER", column), table))
    db.close()
    edit(path, statement)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    db.execute(change, (sql, table))
    db.close()


@pytest.mark.parametrize("value", [DEEP, "", "\ufeff{}", "NaN]", "{"])
def test_a_setting_that_cannot_be_read_is_named(closed, value):  # noqa: F811
    edit(closed, f"INSERT INTO settings VALUES ('view', '{value}')")
    with pytest.raises(EngineError, match="its setting “view” cannot be read"):
        Project.open(closed)


@pytest.mark.parametrize(
    ("key", "value", "otherwise"),
    [("last_image", "[1]", 7), ("coco.fields", "3", {}), ("hands.splits", '"x"', [])],
)
def test_a_setting_of_another_kind_counts_as_not_there(closed, key, value, otherwise):  # noqa: F811
    edit(closed, f"INSERT INTO settings VALUES ('{key}', '{value}')")
    project = Project.open(closed)
    assert project.setting(key, otherwise) == otherwise
    project.close()


@pytest.mark.parametrize("value", ["[1]", '{"x": 1}', "7"])
def test_a_mapping_that_is_none_is_damage(closed, value):  # noqa: F811
    edit(closed, f"INSERT INTO settings VALUES ('model.mapping/m', '{value}')")
    project = Project.open(closed)
    with pytest.raises(EngineError, match=r"model\.mapping/m"):
        project.mapping("m")
    project.close()


@pytest.mark.parametrize("value", ["[1]", "7", "{", "", DEEP, '"auto"'])
def test_a_tone_that_is_none_is_said(closed, value):  # noqa: F811
    edit(closed, f"UPDATE images SET tone = '{value}' WHERE id = 1")
    project = Project.open(closed)
    if value:
        with pytest.raises(EngineError, match="Light"):
            project.picture(1)
    else:
        project.picture(1)
    project.picture(2)
    project.close()


@pytest.mark.parametrize("given", [[1], 7, 0.5, "auto"])
def test_only_a_table_is_a_tone(given):
    with pytest.raises(EngineError, match="it is damaged"):
        tone_from(given)


@pytest.mark.parametrize("checked", [True, False])
def test_words_where_numbers_belong_are_damage(closed, monkeypatch, checked):  # noqa: F811
    if not checked:  # SQLite's own check is left out for a file that is known
        monkeypatch.setattr("engine.store.connection.quick_check", lambda db, path: None)
    loosen(closed, "images", "height", "UPDATE images SET height = 'tall' WHERE id = 1")
    with pytest.raises(EngineError, match="is damaged"):
        _whole(closed, lambda project: project.images())


@pytest.mark.parametrize("checked", [True, False])
def test_words_where_places_belong_are_damage(closed, monkeypatch, checked):  # noqa: F811
    if not checked:
        monkeypatch.setattr("engine.store.connection.quick_check", lambda db, path: None)
    loosen(closed, "classes", "position", "UPDATE classes SET position = 'first' WHERE id = 2")
    with pytest.raises(EngineError, match="is damaged"):
        _whole(closed, lambda project: project.taxonomy)


def _whole(path, ask):
    project = Project.open(path)
    try:
        return ask(project)
    finally:
        project.close(discard=True)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "statement", ["CREATE TABLE more (a)", "CREATE VIRTUAL TABLE f USING fts5(a)"]
)
def test_tables_that_hold_anything_are_refused(closed, statement, read_only):  # noqa: F811
    edit(closed, statement)
    with pytest.raises(EngineError, match="is damaged and was not opened"):
        Project.open(closed, read_only=read_only)


def test_a_table_that_lost_its_rules_is_refused(closed):  # noqa: F811
    db = sqlite3.connect(closed, isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'images'")
    db.close()
    with pytest.raises(EngineError, match="its table “images” is not one of ours"):
        Project.open(closed)


def test_programs_in_the_file_are_not_trusted(closed):  # noqa: F811
    project = Project.open(closed)
    with project._store.reading() as db:
        assert db.execute("PRAGMA trusted_schema").fetchone() == (0,)
    project.close()


def test_a_damaged_page_at_the_end_of_reading_is_no_crash(closed):  # noqa: F811
    class Broken:
        """A connection whose every statement meets a damaged page."""

        in_transaction = False

        def execute(self, statement):
            self.in_transaction = True
            if statement != "BEGIN":
                raise sqlite3.DatabaseError("database disk image is malformed")

    project = Project.open(closed)
    store = project._store
    sound, store._db = store._db, Broken()
    with pytest.raises(EngineError, match=r"damaged|cannot be read"), store.reading() as db:
        db.execute("SELECT 1")
    store._db = sound
    project.close()


def test_a_name_may_be_anything_and_is_only_a_name(closed):  # noqa: F811
    edit(closed, f"INSERT INTO settings VALUES ('name', '{json.dumps('<img src=x>')}')")
    project = Project.open(closed)
    assert project.name == "<img src=x>"
    project.close()


# -- definitions that compute, and numbers at the end of what can be counted ---------------------

SLOW = "length(replace(hex(zeroblob(100000000)), '0', 'ab'))"
QUOTED = SLOW.replace("'", "''")
CHECKED = (
    f"UPDATE sqlite_schema SET sql = replace(sql, 'mask BLOB', 'mask BLOB CHECK ({QUOTED} > 0)') "
    "WHERE name = 'annotations'"
)


@pytest.fixture
def worked(path, project, thing):
    project.add_annotations(1, [thing((10, 10, 60, 60)), thing((80, 80, 90, 90))])
    project.close()
    return path


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "statements",
    [
        [f"ALTER TABLE annotations ADD COLUMN evil TEXT GENERATED ALWAYS AS ({SLOW}) VIRTUAL"],
        ["PRAGMA writable_schema = ON", CHECKED],
        ["CREATE INDEX evil ON images (path) WHERE path > ''"],
        ["CREATE UNIQUE INDEX evil ON annotations (image) WHERE id > 1000"],
        ["CREATE TABLE more (a INTEGER) STRICT"],
        ["ALTER TABLE settings ADD COLUMN evil TEXT NOT NULL DEFAULT 'x'"],
    ],
)
def test_what_computes_is_refused_unasked_and_repaired_away(worked, statements, read_only):
    edit(worked, *statements)
    before = worked.read_bytes()
    with pytest.raises(EngineError, match="is not one of ours"):
        Project.open(worked, read_only=read_only)
    (found,) = check(worked).findings
    assert "is not one of ours" in found.text
    assert "was not opened" not in found.text
    assert worked.read_bytes() == before
    repair(worked)
    assert check(worked).sound
    project = Project.open(worked)
    assert len(project.annotations(1)) == 2
    project.close()


LAST = (1 << 63) - 1


@pytest.mark.parametrize(
    ("table", "column", "number"),
    [(table, column, LAST) for table, some in foreign.NUMBERS.items() for column in some]
    + [("annotations", "id", -LAST), ("journal", "sequence", 1 << 61)],
)
def test_numbers_that_cannot_be_counted_on_from(worked, table, column, number):
    """Else the next one is more than a file can hold, and nothing is saved any more."""
    first = f"SELECT MIN(rowid) FROM {table}"
    edit(worked, *FILL, f"UPDATE {table} SET {column} = {number} WHERE rowid = ({first})")
    with pytest.raises(EngineError, match="is impossible"):
        Project.open(worked)
    assert "numbers" in {each.code for each in check(worked).findings}
    repair(worked)
    assert check(worked).sound
    project = Project.open(worked)
    assert len(project.images()) >= 2
    project.add_images([worked.parent / "more.png"], [(70, 90)])
    document = project.load(project.images()[-1].id)
    edits_of(project, document)
    project.close()
    project = Project.open(worked)
    assert len(project.annotations(project.images()[-1].id)) == 1
    project.close()


FILL = (
    "INSERT OR IGNORE INTO heads VALUES (1, 0)",
    "INSERT OR IGNORE INTO contents VALUES (1, 1, NULL)",
    "INSERT INTO versions VALUES (1, '', 0, '', 'j', '{}', x'00')",
    "INSERT INTO conflicts VALUES (1, 1, '', x'00', 0, 0)",
)


def edits_of(project, document):
    target = edits.press(document, project.taxonomy, _a_thing(project), (5, 5), erase=False)
    mask = Mask.rectangle((5, 5, 20, 20))
    project.history(document).do(edits.paint(document, mask, target, False, project.taxonomy))


def _a_thing(project):
    return next(each.id for each in project.taxonomy.classes if each.thing)


@pytest.mark.parametrize("seq", ["'\u202egnp.a'", "-9e999", "NULL", "x'80'"])
def test_sqlites_own_count_of_steps_may_hold_anything(worked, seq):
    edit(worked, f"UPDATE sqlite_sequence SET name = 'x', seq = {seq}")
    if seq != "NULL":
        with pytest.raises(EngineError, match="is impossible"):
            Project.open(worked)
        repair(worked)
    assert check(worked).sound
    project = Project.open(worked)
    edits_of(project, project.load(1))
    project.close()


@pytest.mark.parametrize("word", [b"TABLE annotations", b"TABLE settings", b"INDEX journal_light"])
def test_a_list_of_tables_that_is_no_text_is_no_crash(worked, word):
    data = worked.read_bytes()
    assert word in data
    worked.write_bytes(data.replace(word, b"\x80" + word[1:]))
    with pytest.raises(EngineError, match="is damaged"):
        Project.open(worked)
    try:
        repair(worked)
    except EngineError as problem:
        assert "There is no backup of it" in str(problem)  # noqa: PT017 - either is right
    else:
        assert check(worked).sound
    assert {each.name for each in worked.parent.iterdir()} == {worked.name, "slides.files"}

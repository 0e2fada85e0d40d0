"""What is whole in a damaged project is kept, also where the way to it is not."""

import random
import shutil
import sqlite3
from contextlib import closing

import pytest

from engine.errors import EngineError
from engine.store import Project, backup, leaves
from engine.store.check import PAGES, check, repair
from tests.engine.store import strokes
from tests.engine.store.conftest import SIZE, begin, end_without_closing
from tests.engine.store.test_disk import paint
from tests.engine.store.versions import unpack

PAGE = 4096


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A closed project whose larger tables have pages above those with rows."""
    path = tmp_path_factory.mktemp("once") / "slides.maskwright"
    project = begin(path)
    more = [path.parent / "far" / f"a_long_name_of_a_file_{number}.png" for number in range(80)]
    project.add_images(more, [SIZE] * len(more))
    for number in range(1, 13):
        document = project.load(number)
        history = project.history(document)
        rng = random.Random(number)
        for _ in range(12):
            strokes.act(rng, document, history, project.taxonomy)
    for number in range(70):
        paint(project, number, image=20)
    document = history = None
    project.close()
    return path


def asked(path, *questions):
    with closing(sqlite3.connect(path)) as db:
        return [db.execute(question).fetchall() for question in questions]


def root(path, name):
    return asked(path, f"SELECT rootpage FROM sqlite_schema WHERE name = '{name}'")[0][0][0]


def put(path, at, data):
    with open(path, "rb+") as file:
        file.seek(at)
        file.write(data)


@pytest.mark.parametrize("how", ["chance", "one byte"])
@pytest.mark.parametrize("table", ["images", "annotations", "layer_tiles", "journal"])
def test_the_page_above_all_rows_of_a_table_is_lost(worked, table, how):
    question = f"SELECT * FROM {table} ORDER BY 1, 2, 3"
    before = asked(worked, question)
    at = (root(worked, table) - 1) * PAGE
    assert worked.read_bytes()[at] == 5, "a page above others"
    chance = random.Random(1).randbytes(PAGE)
    put(worked, at, chance if how == "chance" else b"\x07")
    report = repair(worked)
    assert report.findings[0].code == PAGES
    assert asked(worked, question) == before
    assert check(worked).sound


def test_images_whose_rows_are_lost_are_made_anew_with_their_objects(worked):
    questions = ("SELECT id, path, page FROM images ORDER BY id", "SELECT * FROM annotations")
    before = asked(worked, *questions)
    data = worked.read_bytes()
    at = data.index(b"a_long_name_of_a_file_3.png") // PAGE
    while data[at * PAGE] != 13:  # the index has it too
        at = data.index(b"a_long_name_of_a_file_3.png", (at + 1) * PAGE) // PAGE
    put(worked, at * PAGE, bytes(PAGE))
    repair(worked)
    assert asked(worked, *questions) == before
    assert check(worked).sound
    project = Project.open(worked)
    made = [row for row in project.images() if row.size is None]
    assert made
    assert all(row.path.name == row.file_name for row in made)
    project.close()


def test_a_letter_that_is_none_costs_a_letter(worked):
    with closing(sqlite3.connect(worked)) as db:
        number = db.execute("SELECT MIN(id) FROM annotations").fetchone()[0]
        db.execute("UPDATE annotations SET note = 'remark on it' WHERE id = ?", (number,))
        db.commit()
    questions = ("SELECT id, image, mask FROM annotations ORDER BY id",)
    before = asked(worked, *questions)
    put(worked, worked.read_bytes().index(b"remark on it") + 1, b"\xff")
    (finding,) = check(worked).findings
    assert finding.code == PAGES
    assert finding.text == "Pages of the file are damaged (one of its texts)."
    repair(worked)
    assert asked(worked, *questions) == before
    note = "SELECT note FROM annotations WHERE note <> ''"
    assert asked(worked, note) == [[("r\ufffdmark on it",)]]
    assert check(worked).sound


def test_a_form_of_writing_that_sqlite_does_not_know_is_damage(worked):
    put(worked, 18, b"\x7f")
    with pytest.raises(EngineError, match="is damaged and was not opened"):
        Project.open(worked)
    assert [each.code for each in check(worked).findings] == [PAGES]
    repair(worked)
    assert check(worked).sound
    Project.open(worked).close()


def test_pages_that_lie_in_each_others_place_are_told_apart(worked):
    tables = ("annotations", "layer_tiles")
    questions = [f"SELECT * FROM {each} ORDER BY 1, 2, 3" for each in tables]
    before = asked(worked, *questions)
    data = worked.read_bytes()
    one, other = ((root(worked, each) - 1) * PAGE for each in tables)
    assert data[one] == data[other] == 5, "pages above others"
    put(worked, one, data[other : other + PAGE])
    put(worked, other, data[one : one + PAGE])
    repair(worked)
    assert asked(worked, *questions) == before
    assert check(worked).sound


def test_rows_of_another_table_are_a_finding(worked):
    """Neither asking nor repairing stumbles over a name where a number belongs."""
    data = worked.read_bytes()
    one, other = ((root(worked, each) - 1) * PAGE for each in ("classes", "heads"))
    assert data[one] == data[other] == 13, "pages with rows"
    put(worked, one, data[other : other + PAGE])
    put(worked, other, data[one : one + PAGE])
    assert check(worked).findings[0].code == PAGES
    repair(worked)
    assert check(worked).sound
    assert asked(worked, "SELECT COUNT(*) FROM annotations WHERE mask IS NOT NULL") != [[(0,)]]


def test_a_version_no_program_will_have_is_damage(worked):
    put(worked, 61, b"\x01")
    assert [each.code for each in check(worked).findings] == [PAGES]
    repair(worked)
    assert check(worked).sound


@pytest.mark.parametrize("at", [0, 16, 20, 47, 59, 68])
def test_a_damaged_header_before_tables_that_no_other_file_has(path, at):
    """What was brought here from an earlier version has its tables elsewhere on the disk."""
    project = Project.open(unpack(1, path))
    project.close()
    for each in backup.backups_of(path):
        each.path.unlink()
    questions = [f"SELECT * FROM {each} ORDER BY 1, 2, 3" for each in ("images", "annotations")]
    before = asked(path, *questions)
    put(path, at, b"\xfe")
    assert [each.code for each in check(path).findings] == [PAGES]
    repair(path)
    assert asked(path, *questions) == before
    assert check(path).sound


def test_a_table_whose_name_is_damaged_in_the_list_of_tables(worked):
    questions = [f"SELECT * FROM {each} ORDER BY 1, 2, 3" for each in ("images", "annotations")]
    before = asked(worked, *questions)
    place = worked.read_bytes().index(b"tableannotationsannotations")
    put(worked, place + 5 + 3, b"x")
    assert [each.code for each in check(worked).findings] == [PAGES]
    repair(worked)
    assert asked(worked, *questions) == before
    assert check(worked).sound


def test_a_table_that_the_list_of_tables_does_not_have(worked):
    """Found by the fuzzer: a file that can be read, but for one table that is simply not there."""
    questions = [f"SELECT * FROM {each} ORDER BY 1, 2, 3" for each in ("images", "annotations")]
    before = asked(worked, *questions)
    with closing(sqlite3.connect(worked)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("DELETE FROM sqlite_schema WHERE tbl_name = 'annotations'")
        db.commit()
    assert not check(worked).sound
    repair(worked)
    assert asked(worked, *questions) == before
    assert check(worked).sound


def test_a_size_that_cannot_be_is_forgotten(worked):
    with closing(sqlite3.connect(worked)) as db:
        db.execute("UPDATE images SET height = -580 WHERE id = 20")
        db.commit()
    (finding,) = check(worked).findings
    assert finding.text == "1 image has a size that cannot be."
    before = asked(worked, "SELECT * FROM annotations")
    repair(worked)
    assert check(worked).sound
    assert asked(worked, "SELECT * FROM annotations") == before
    assert asked(worked, "SELECT height, width FROM images WHERE id = 20") == [[(None, None)]]


@pytest.mark.parametrize("at", [16, 20, 21, 100])
def test_who_looks_at_a_damaged_file_leaves_nothing_beside_it(worked, at):
    put(worked, at, b"\xfe")
    data = worked.read_bytes()
    with pytest.raises(EngineError):
        Project.open(worked, read_only=True)
    assert [each.name for each in worked.parent.iterdir()] == [worked.name]
    assert worked.read_bytes() == data


def test_rows_are_read_as_sqlite_reads_them(tmp_path):
    """Every kind of value, rows that go over to other pages, negative numbers, added columns."""
    rng = random.Random(3)
    path = tmp_path / "any"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("CREATE TABLE t (a, b, c)")
        numbers = [0, 1, -1, 127, -129, 1 << 20, -(1 << 30), 1 << 40, -(1 << 50), (1 << 63) - 1]
        kinds = [None, 1.5, "text", "ü" * 3000, b"", *numbers]
        for row in (*range(-40, 300), 1 << 40, (1 << 63) - 1, -(1 << 63)):
            blob = rng.randbytes(rng.choice((0, 5, 900, 4050, 4061, 4062, 9000)))
            values = (row, rng.choice(kinds), blob, rng.choice(kinds))
            db.execute("INSERT INTO t (rowid, a, b, c) VALUES (?, ?, ?, ?)", values)
        db.execute("DELETE FROM t WHERE rowid % 7 = 3")
        db.execute("ALTER TABLE t ADD COLUMN d")
        db.commit()
        known = {5, 6}
        with leaves.opened(db, path) as found:
            rows = dict(found.rows(root(path, "t"), known))
        for number, *values in db.execute("SELECT rowid, a, b, c FROM t"):
            assert (number in known) or rows.pop(number) == values
    assert rows == {}


@pytest.mark.parametrize("log", ["its own", "damaged", "another's"])
def test_who_looks_does_not_take_a_log_over_that_has_no_owner(worked, tmp_path, log):
    """It may be of another file of that name; only who opens the project for work decides it."""
    other = tmp_path / "other" / worked.name
    other.parent.mkdir()
    shutil.copy(worked, other)
    for number, path in enumerate((worked, other), 1):
        project = Project.open(path)
        paint(project, 71, image=number)
        project.flush()
        end_without_closing(project)
    beside = worked.with_name(worked.name + "-wal")
    if log == "another's":
        shutil.copy(other.with_name(other.name + "-wal"), beside)
    elif log == "damaged":
        put(beside, 5, b"\xff")
    files = [worked.read_bytes(), beside.read_bytes()]
    Project.open(worked, read_only=True).close()
    check(worked)
    backup.contents(worked)
    backup.make(worked)
    assert [worked.read_bytes(), beside.read_bytes()] == files
    Project.open(worked).close()
    assert not beside.exists()

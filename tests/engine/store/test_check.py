"""Projects that are damaged on purpose: what is found, what is mended, what is left of them."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys

import pytest

from engine.errors import EngineError
from engine.masks import codec
from engine.masks.mask import Mask
from engine.store import Project, backup, connection, schema
from engine.store.check import PAGES, check, repair
from tests.engine.store import strokes
from tests.engine.store.conftest import ROAD, begin
from tests.engine.store.versions import digest, unpack


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A closed project with 120 actions of work in two images."""
    path = tmp_path_factory.mktemp("once") / "slides.maskwright"
    project = begin(path)
    for number in (1, 2):
        document = project.load(number)
        history = project.history(document)
        rng = random.Random(number)
        for _ in range(60):
            strokes.act(rng, document, history, project.taxonomy)
    document = history = None
    project.close()
    return path


def edit(path, *statements):
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(*statement) if isinstance(statement, tuple) else db.execute(statement)
    db.commit()
    db.close()


def ask(path, query):
    db = sqlite3.connect(path)
    found = db.execute(query).fetchone()[0]
    db.close()
    return found


def codes(report):
    return {each.code for each in report.findings}


def mended(path):
    """Repair it: afterwards nothing is found, and the project opens, undoes and redoes."""
    report = repair(path)
    assert check(path).findings == []
    project = Project.open(path)
    for row in project.images():
        document = project.load(row.id)
        history = project.history(document)
        before, count = digest(document), 0
        assert row.objects == len(document.annotations)
        while history.can_undo:
            history.undo()
            count += 1
        for _ in range(count):
            history.redo()
        assert digest(document) == before
    project.close()
    return report


def test_a_sound_project_stays_as_it_is(worked):
    before = worked.read_bytes()
    assert check(worked).sound
    assert repair(worked).sound
    assert worked.read_bytes() == before
    assert backup.backups_of(worked) == []


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_earlier_versions_are_sound(path, version):
    before = unpack(version, path).read_bytes()
    assert check(path).findings == []
    assert path.read_bytes() == before


def test_an_open_project_can_be_looked_at_and_not_repaired(worked):
    project = Project.open(worked)
    assert check(worked).sound
    with pytest.raises(EngineError, match="is open in"):
        repair(worked)
    project.close()


@pytest.mark.parametrize(
    ("code", "statements"),
    [
        ("lost-annotations", ["DELETE FROM images WHERE id = 2"]),
        ("lost-class", ["DELETE FROM classes WHERE id = 2"]),
        ("lost-class", [f"DELETE FROM classes WHERE id = {ROAD}"]),
        ("impossible-class", ["UPDATE annotations SET class = 1 WHERE image = 1"]),
        ("lost-tiles", ["INSERT INTO mask_tiles VALUES (1, 999, 0, 0, x'00')"]),
        ("counts", ["UPDATE images SET objects = 77, lowest_score = 3.5 WHERE id = 1"]),
        ("status", ["UPDATE images SET status = 'half' WHERE id = 1"]),
        ("counter", ["INSERT OR REPLACE INTO counters VALUES ('annotation', 1)"]),
        ("setting", ["INSERT INTO settings VALUES ('name', '{')"]),
        ("setting", [f"INSERT INTO settings VALUES ('name', '{'[' * 5000}')"]),
        ("gap", ["UPDATE heads SET number = number + 1000 WHERE image = 1"]),
        ("gap", ["DELETE FROM journal WHERE image = 1 AND number = 3"]),
        ("broken-steps", ["UPDATE journal SET payload = x'0102' WHERE image = 1 AND number = 4"]),
        ("broken-steps", ["UPDATE journal SET payload = x'01' WHERE image = 0 AND number = 2"]),
        ("broken-layers", ["UPDATE layer_tiles SET pixels = x'0102' WHERE image = 1"]),
        ("broken-layers", ['UPDATE layer_tiles SET "row" = 90 WHERE image = 1 AND "row" = 1']),
        ("layer-classes", ["UPDATE layer_tiles SET classes = ',9,' WHERE image = 1"]),
        ("lost-seen", ["INSERT INTO seen VALUES (99, 32, x'00')"]),
        ("lost-heads", ["INSERT INTO heads VALUES (99, 3)"]),
    ],
)
def test_what_rows_say_of_one_another(worked, code, statements):
    edit(worked, *statements)
    before = worked.read_bytes()
    report = check(worked)
    assert code in codes(report)
    for each in report.findings:
        assert each.text.endswith(".")
        assert each.repair.startswith("Repairing ")
        assert each.repair.endswith(".")
    assert worked.read_bytes() == before, "looking changes nothing"
    done = mended(worked)
    assert done.kept in backup.backups_of(worked)
    assert done.kept.kind == backup.REPAIR
    assert done.done


def test_a_class_that_is_missing_comes_back_and_nothing_is_lost(worked):
    objects = ask(worked, "SELECT COUNT(*) FROM annotations")
    edit(worked, "DELETE FROM classes WHERE id = 2")
    mended(worked)
    assert ask(worked, "SELECT COUNT(*) FROM annotations") == objects
    assert ask(worked, "SELECT name FROM classes WHERE id = 2") == "recovered 2"


def test_masks_that_cannot_be_read_go_and_those_outside_are_cut(path, thing, project):
    inside = thing((800, 600, 880, 690))
    broken = thing((10, 10, 60, 60))
    project.add_annotations(1, [inside, broken])
    project.close()
    far = codec.to_bytes(Mask.rectangle((850, 650, 990, 790)))
    edit(
        path,
        ("UPDATE annotations SET mask = ? WHERE id = ?", (far, inside.id)),
        ("UPDATE annotations SET mask = x'0199' WHERE id = ?", (broken.id,)),
    )
    assert codes(check(path)) == {"outside", "broken-masks"}
    mended(path)
    again = Project.open(path)
    assert [each.mask.box for each in again.annotations(1)] == [(850, 650, 900, 700)]
    again.close()


def test_undo_up_to_a_broken_step_stays(worked):
    steps = ask(worked, "SELECT COUNT(*) FROM journal WHERE image = 1")
    edit(worked, "UPDATE journal SET payload = x'09' WHERE image = 1 AND number = 4")
    mended(worked)
    assert ask(worked, "SELECT COUNT(*) FROM journal WHERE image = 1") == steps - 4


def test_a_flipped_page_of_masks_costs_what_was_on_it(worked):
    objects = ask(worked, "SELECT COUNT(*) FROM journal")
    root = ask(worked, "SELECT rootpage FROM sqlite_schema WHERE name = 'journal'")
    pages = leaves(worked, root)
    size = ask(worked, "PRAGMA page_size")
    with open(worked, "r+b") as file:
        file.seek((pages[len(pages) // 2] - 1) * size)
        file.write(os.urandom(size))
    report = check(worked)
    assert PAGES in codes(report)
    with pytest.raises(EngineError, match="is damaged and was not opened"):
        Project.open(worked)
    done = repair(worked)
    assert done.kept.kind == backup.DAMAGED
    assert any(sentence.startswith("journal: ") for sentence in done.done)
    assert check(worked).findings == []
    left = ask(worked, "SELECT COUNT(*) FROM journal")
    assert 0 < left < objects
    project = Project.open(worked)
    assert [row.file_name for row in project.images()] == [f"night_{n}.png" for n in (1, 2, 3)]
    assert project.load(1).annotations
    project.close()


def leaves(path, root):
    """The leaf pages of a table: its root's children, of a tree of two levels (page type 5)."""
    size = ask(path, "PRAGMA page_size")
    data = path.read_bytes()
    start = (root - 1) * size
    assert data[start] == 5, "more rows are needed for a second level"
    cells = int.from_bytes(data[start + 3 : start + 5], "big")
    found = []
    for n in range(cells):
        at = int.from_bytes(data[start + 12 + 2 * n : start + 14 + 2 * n], "big")
        found.append(int.from_bytes(data[start + at : start + at + 4], "big"))
    return found


@pytest.mark.parametrize("odd", [0, 100])
@pytest.mark.parametrize("part", [0.9, 0.6])
def test_a_file_cut_short_is_saved_as_far_as_it_goes(worked, part, odd):
    size = int(worked.stat().st_size * part) // 4096 * 4096 + odd
    os.truncate(worked, size)
    with pytest.raises(EngineError, match="is damaged and was not opened"):
        Project.open(worked)
    assert PAGES in codes(check(worked))
    mended(worked)
    project = Project.open(worked)
    assert [row.file_name for row in project.images()] == [f"night_{n}.png" for n in (1, 2, 3)]
    assert len(project.taxonomy.classes) == 3
    assert sum(row.objects for row in project.images()) > 0
    project.close()


def tried(path):
    """Repair it; False where too little could be read, which must be said."""
    try:
        repair(path)
    except EngineError as problem:
        said = str(problem)
    else:
        assert check(path).findings == []
        return True
    assert said.endswith("There is no backup of it; bring back a copy.")
    return False


@pytest.mark.parametrize("begin", [0, 100])
@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("logged", [False, True])
def test_a_file_without_its_first_page_is_saved_whole(worked, begin, kept, logged):
    """Another first page fits: that of a backup, or of an empty project."""
    if kept:
        backup.make(worked)
    project = Project.open(worked)
    document = project.load(1)
    strokes.act(random.Random(7), document, project.history(document), project.taxonomy)
    project.flush()
    files = [worked.with_name(worked.name + end) for end in ("", "-wal")]
    left = [each.read_bytes() for each in files]
    before = [digest(project.load(number)) for number in (1, 2, 3)]
    project.close()
    if logged:  # as a kill leaves it, with the newest step in the log alone
        for file, data in zip(files, left, strict=True):
            file.write_bytes(data)
    with open(worked, "r+b") as file:
        file.seek(begin)
        file.write(os.urandom(4096 - begin))
    broken = worked.read_bytes()
    with pytest.raises(connection.DamagedError, match="is damaged and was not opened") as found:
        Project.open(worked)
    assert ("Restore its backup of" in str(found.value)) is kept
    pages = next(each for each in check(worked).findings if each.code == PAGES)
    assert ("can be restored instead" in pages.repair) is kept
    assert worked.read_bytes() == broken
    done = mended(worked)
    assert done.kept.kind == backup.DAMAGED
    assert done.kept.path.read_bytes() == broken
    project = Project.open(worked)
    assert [digest(project.load(n)) for n in (1, 2, 3)] == before
    project.close()
    assert {each.name for each in worked.parent.iterdir()} == {worked.name, "slides.files"}


def test_a_file_of_which_nothing_fits_is_left_alone(worked):
    size = worked.stat().st_size
    with open(worked, "r+b") as file:
        file.write(os.urandom(size))
    backup.folder_of(worked).mkdir(parents=True)
    shutil.copy(worked, backup.folder_of(worked) / "0001_2026-11-20_10-00_daily.maskwright")
    before = worked.read_bytes()
    with pytest.raises(EngineError, match=r"no other beginning fits\. Restore its backup of 2026"):
        repair(worked)
    assert worked.read_bytes() == before
    assert {each.name for each in worked.parent.iterdir()} == {worked.name, "slides.files"}


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bytes_anywhere_are_found_or_harmless_and_never_crash(worked, seed):
    rng = random.Random(seed)
    data = bytearray(worked.read_bytes())
    for _ in range(20):
        data[rng.randrange(4096, len(data))] ^= 1 << rng.randrange(8)
    worked.write_bytes(data)
    if not tried(worked):
        return
    project = Project.open(worked)
    for row in project.images():
        project.load(row.id)
    project.close()


def test_looking_through_an_open_project_keeps_its_locks(worked, root):
    """On POSIX a process loses its locks on a file when it closes any handle of it."""
    project = Project.open(worked)
    project.flush()
    assert check(worked).sound
    Project.open(worked).close()
    Project.open(worked, read_only=True).close()
    ask = (
        "import fcntl, sys; f = open(sys.argv[1], 'rb+'); "
        "fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, (1 << 30) + 2)"
    )  # the bytes that SQLite's readers share
    done = subprocess.run([sys.executable, "-c", ask, worked], capture_output=True, check=False)
    project.close()
    assert b"BlockingIOError" in done.stderr


def test_a_mark_that_is_damaged_is_mended(worked):
    edit(worked, "PRAGMA application_id = 7")
    with pytest.raises(EngineError, match="is damaged and was not opened"):
        Project.open(worked)
    mended(worked)


def test_another_kind_of_file_and_a_newer_version_are_refused(worked, tmp_path):
    other = tmp_path / "a.maskwright"
    other.write_bytes(b"hello" * 100)
    with pytest.raises(EngineError, match="is not a Maskwright project"):
        check(other)
    with pytest.raises(EngineError, match="is not there"):
        check(tmp_path / "none.maskwright")
    edit(worked, f"PRAGMA user_version = {schema.VERSION + 1}")
    before = worked.read_bytes()
    with pytest.raises(EngineError, match="newer Maskwright"):
        repair(worked)
    assert worked.read_bytes() == before

"""A power cut at any moment: every step that was on the disk is there, with its undo."""

import random

import pytest

from engine.store import Project
from engine.store import store as stores
from engine.store.check import check
from engine.store.place import Place
from tests.engine.store import strokes
from tests.engine.store.conftest import begin
from tests.engine.store.power import FRAME, copied, cut
from tests.engine.store.test_kill import replayed_until

ACTIONS = 30


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """No more actions are gone through to find out how many are there."""
    monkeypatch.setattr(strokes, "ACTIONS", ACTIONS + 5)


def worked(project, seed):
    """Work on it; how long the log was once so many actions were on the disk."""
    rng, log = random.Random(seed), project.path.with_name(project.path.name + "-wal")
    document = project.load(1)
    history = project.history(document)
    reached = {0: log.stat().st_size}
    for number in range(1, ACTIONS + 1):
        strokes.act(rng, document, history, project.taxonomy)
        if rng.random() < 0.5:
            project.flush()
            reached[number] = log.stat().st_size
    return reached


def opened(path, seed):
    """How many actions are there; it is sound, and can be undone and redone."""
    project = Project.open(path)
    assert not project.read_only
    document = project.load(1)
    history = project.history(document)
    found = replayed_until(seed, project.taxonomy, document, history)
    count = 0
    while history.can_undo:
        history.undo()
        count += 1
    assert not document.annotations
    for _ in range(count):
        history.redo()
    assert replayed_until(seed, project.taxonomy, document, history) == found
    document = history = None
    project.close()
    assert check(path).sound
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_end_of_the_log_is_missing_or_torn(project, path, tmp_path, seed):
    project.flush()
    reached = worked(project, seed)
    project.flush()
    rng = random.Random(seed)
    for number in range(4):
        left = copied(path, tmp_path / f"cut{number}")
        on_disk = rng.choice(sorted(reached))
        length = cut(left, rng, reached[on_disk])
        due = max(each for each, size in reached.items() if size <= length)
        assert opened(left, seed) >= due >= on_disk


@pytest.mark.parametrize("seed", range(2))
def test_the_log_is_half_taken_over(project, path, tmp_path, seed):
    """Of the pages that were being written to the file some are there, and one is torn."""
    project.flush()
    worked(project, seed)
    project.flush()
    before = path.read_bytes()
    project._store.writer._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    after = path.read_bytes()
    assert before != after
    left = copied(path, tmp_path / "cut")
    rng, mixed = random.Random(seed), bytearray(before)
    for at in range(0, len(after), 4096):
        if rng.random() < 0.6:
            mixed[at : at + 4096] = after[at : at + 4096]
    written = [at for at in range(0, len(after), 4096) if before[at:][:4096] != after[at:][:4096]]
    at = rng.choice(written)
    mixed[at + 512 : at + 1024] = rng.randbytes(512)
    left.write_bytes(mixed)
    assert opened(left, seed) >= ACTIONS


def test_a_lost_log_is_the_project_as_it_was_last_taken_over(project, path, tmp_path):
    """Without its log a file is older, and sound: what a copy without it is, too."""
    project.flush()
    project._store.writer._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    worked(project, 1)
    left = copied(path, tmp_path / "cut")
    left.with_name(left.name + "-wal").unlink()
    assert opened(left, 1) <= 1, "the first thing done is to undo nothing"


@pytest.mark.parametrize("seed", range(2))
def test_in_the_middle_of_a_transaction_without_a_log(path, tmp_path, monkeypatch, seed):
    """In network folders: the file holds half of a step, and its journal how it was before."""
    monkeypatch.setattr(stores, "place_of", lambda folder: Place("nfs4", shared=False))
    project = begin(path)
    rng, document = random.Random(seed), project.load(1)
    history = project.history(document)
    for _ in range(10):
        strokes.act(rng, document, history, project.taxonomy)
        rng.random()
    project.flush()
    project._store.writer._db.execute("PRAGMA cache_size = 3")  # pages go to the file at once
    target = tmp_path / "cut"
    journal = path.with_name(path.name + "-journal")

    def half(db):
        db.execute("UPDATE annotations SET note = hex(randomblob(9000))")
        db.execute("UPDATE journal SET label = hex(randomblob(9000))")
        left = copied(path, target)
        left.with_name(journal.name).write_bytes(journal.read_bytes())

    project._store.submit(half)
    project.flush()
    project.close()
    assert (target / journal.name).stat().st_size > 4096
    assert opened(target / path.name, seed) >= 10
    assert [each.name for each in target.iterdir()] == [path.name]


def test_a_frame_of_another_time_at_the_end_is_no_step(project, path, tmp_path):
    """A log that is begun anew keeps old frames behind the new ones."""
    project.flush()
    worked(project, 2)
    project.flush()
    left = copied(path, tmp_path / "cut")
    log = left.with_name(left.name + "-wal")
    data = log.read_bytes()
    log.write_bytes(data + data[32 : 32 + 3 * FRAME])
    assert opened(left, 2) >= ACTIONS

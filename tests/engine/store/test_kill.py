"""The store's promise: whatever was on the disk when the process died is there, with its undo."""

import contextlib
import random
import subprocess
import sys

import pytest

from engine.document.document import Document
from engine.document.history import History
from engine.store import Project
from tests.engine.store import strokes
from tests.engine.store.conftest import SIZE, begin


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_any_moment(path, root, seed):
    begin(path).close()
    confirmed = killed_session(path, root, seed)

    project = Project.open(path)
    assert not project.read_only, "the lock of a dead process holds nobody up"
    document = project.load(1)
    history = project.history(document)
    reached = replayed_until(seed, project.taxonomy, document, history)
    assert reached >= confirmed, "an action that was on the disk is gone"
    assert project.image(1).objects == len(document.annotations)
    assert project.image(1).status is document.status

    taken = len(history.steps)
    while history.can_undo:
        history.undo()
    assert not document.annotations
    assert document.class_areas() == {0: SIZE[0] * SIZE[1]}
    for _ in range(taken):
        history.redo()
    assert replayed_until(seed, project.taxonomy, document, history) == reached
    project.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name], "litter"


def killed_session(path, root, seed):
    """Run the script in a process of its own, kill it, answer with what it had confirmed."""
    command = [sys.executable, "-m", "tests.engine.store.strokes", str(path), str(seed)]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE)
    chance = random.Random(seed)
    after = chance.randrange(2, 60)
    confirmed = 0
    for line in process.stdout:
        confirmed = int(line)
        if confirmed >= after:
            break
    with contextlib.suppress(subprocess.TimeoutExpired):  # into the middle of what comes next
        process.wait(chance.uniform(0, 0.02))
    process.kill()
    rest = process.stdout.read().splitlines()
    process.stdout.close()
    process.wait()
    assert confirmed >= after, "the session ended before it could be killed"
    return int(rest[-1]) if rest else confirmed


def replayed_until(seed, taxonomy, document, history):
    """How many actions of the script lead to this document and history; the last such number."""
    fresh = Document(1, SIZE)
    memory = History(fresh)
    rng = random.Random(seed)
    found = 0 if same(fresh, memory, document, history) else None
    for number in range(1, strokes.ACTIONS + 1):
        strokes.act(rng, fresh, memory, taxonomy)
        rng.random()
        if same(fresh, memory, document, history):
            found = number
    assert found is not None, "the project holds something the session never made"
    return found


def same(fresh, memory, document, history):
    one, two = memory, history
    if (one.head, one.undo_label, one.redo_label) != (two.head, two.undo_label, two.redo_label):
        return False
    if fresh.annotations.keys() != document.annotations.keys():
        return False
    masks = all(a.mask.same(document.annotations[n].mask) for n, a in fresh.annotations.items())
    return masks and fresh.layer.same(document.layer) and fresh.status is document.status

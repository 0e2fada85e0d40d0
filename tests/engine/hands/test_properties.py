"""Whatever people do in their parts: merged, it is what one person would have done alone."""

import itertools
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.commands import Replace
from engine.document.conflict import decode
from engine.hands.merge import merged
from engine.store import Project

from .conftest import (
    CELL,
    GRASS,
    NUCLEUS,
    ROAD,
    SIZE,
    add,
    begin,
    content,
    drop,
    finish,
    flip,
    hand_out,
    paint,
    pixels,
)

IMAGES = 4
edge = st.integers(0, 9).map(lambda n: 20 * n)
boxes = st.tuples(edge, edge, st.integers(1, 60), st.integers(1, 60)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
edits = st.one_of(
    st.tuples(st.just("add"), boxes, st.sampled_from([CELL, NUCLEUS])),
    st.tuples(st.just("flip"), boxes, st.integers(0, 3)),
    st.tuples(st.just("drop"), st.integers(0, 3)),
    st.tuples(st.just("class"), st.integers(0, 3)),
    st.tuples(st.just("paint"), boxes, st.sampled_from([ROAD, GRASS])),
    st.tuples(st.just("note"), st.integers(0, 3), st.text("ab", max_size=3)),
    st.tuples(st.just("done")),
    st.tuples(st.just("undo")),
)
scripts = st.lists(st.tuples(st.integers(0, IMAGES - 1), edits), max_size=12)


def object_at(project, image, place):
    """One of the objects of an image, by when it was made."""
    found = sorted(project.load(image).annotations.values(), key=lambda a: (a.created, a.id))
    return found[place % len(found)] if found else None


def act(project, image, edit):
    kind, *rest = edit
    document = project.load(image)
    history = project.history(document)
    if kind == "add":
        add(project, image, rest[0], rest[1])
    elif kind == "paint":
        paint(project, image, rest[0], rest[1])
    elif kind == "done":
        if document.status != "done":
            finish(project, image)
    elif kind == "undo":
        history.undo()
    else:
        each = object_at(project, image, rest[-1] if kind == "flip" else rest[0])
        if each is None:
            return
        if kind == "flip":
            flip(project, image, each.id, rest[0])
        elif kind == "drop":
            history.do(Replace((each,), ()))
        else:
            from dataclasses import replace

            other = NUCLEUS if each.class_id == CELL else CELL
            new = {"class_id": other} if kind == "class" else {"note": rest[1]}
            history.do(Replace((each,), (replace(each, **new),)))


def meaning(project):
    """What is true whatever the numbers of new objects."""
    return {
        image: (sorted(objects.values()), layer, status)
        for image, (objects, layer, status) in content(project).items()
    }


def fresh():
    """A folder in memory or on disk that is removed at the end."""
    return tempfile.TemporaryDirectory()


@settings(max_examples=12, deadline=None)
@given(script=scripts, seed=st.integers(0, 3))
def test_merged_parts_are_the_work_done_in_one_project(script, seed):
    with fresh() as folder:
        root = Path(folder)
        project = begin(root / "a" / "a.maskwright", IMAGES)
        alone = begin(root / "b" / "b.maskwright", IMAGES)
        parts = hand_out(project, 2, seed=seed)
        opened = [Project.open(part) for part in parts]
        owner = {image: part for part in opened for image in part.images().ids()}
        ids = project.images().ids()
        for at, edit in script:
            act(owner[ids[at]], ids[at], edit)
            act(alone, ids[at], edit)
        for part in opened:
            part.close()
        for part in parts:
            assert merged(project, part).conflicts == []
        assert meaning(project) == meaning(alone)
        now = content(project)
        for part in parts:
            assert merged(project, part).images == []
        assert content(project) == now
        for each in (project, alone):
            each.close()


def halves(script, left):
    """A script that stays in one half of the picture and takes nothing away."""
    for at, (kind, *rest) in script:
        if kind in ("add", "paint", "flip"):
            a, b, c, d = rest[0]
            x = a // 2 + (0 if left else 200)
            yield at, (kind, (x, b, x + c - a, d), 0 if kind == "flip" else rest[1])


@settings(max_examples=10, deadline=None)
@given(first=scripts, second=scripts)
def test_without_conflicts_the_order_of_parts_does_not_matter(first, second):
    with fresh() as folder:
        root = Path(folder)
        project = begin(root / "a" / "a.maskwright", IMAGES)
        parts = hand_out(project, 2, overlap=1.0)
        ids = project.images().ids()
        project.close()
        for path, script, left in zip(parts, (first, second), (True, False), strict=True):
            part = Project.open(path)
            for at, edit in halves(script, left):
                act(part, ids[at], edit)
            part.close()
        results = []
        for order in itertools.permutations(parts):
            copy = root / "a" / f"copy_{len(results)}.maskwright"
            shutil.copy(project.path, copy)
            again = Project.open(copy)
            assert [merged(again, part).conflicts for part in order] == [[], []]
            results.append(content(again))
            again.close()
        assert results[0] == results[1]


@settings(max_examples=10, deadline=None)
@given(first=scripts, second=scripts, prefer=st.sampled_from(["", "mine", "theirs"]))
def test_whatever_both_did_merges_once_and_can_be_taken_back(first, second, prefer):
    with fresh() as folder:
        root = Path(folder)
        project = begin(root / "a" / "a.maskwright", IMAGES)
        before, ids = content(project), project.images().ids()
        parts = hand_out(project, 2, overlap=1.0)
        for path, script in zip(parts, (first, second), strict=True):
            part = Project.open(path)
            for at, edit in script:
                act(part, ids[at], edit)
            part.close()
        reports = [merged(project, part, prefer) for part in parts]
        if prefer == "theirs" and not reports[1].settled:
            assert project.conflicts() == []
        assert bool(project.conflicts()) == any(each.conflicts for each in reports)
        now = content(project)
        assert [merged(project, part, prefer).images for part in parts] == [[], []]
        assert content(project) == now
        for image in ids:
            history = project.history(project.load(image))
            while history.can_undo:
                history.undo()
        assert content(project) == before
        project.close()


adds = st.lists(
    st.tuples(st.integers(0, IMAGES), boxes, st.sampled_from([CELL, NUCLEUS]), st.booleans()),
    max_size=8,
)


def draw(path, script, name):
    """Objects in the images and in one that only this copy has; some are taken away again."""
    project = Project.open(path)
    (own,) = project.add_images([path.parent / name], [SIZE])
    ids = [*project.images().ids()[:IMAGES], own.id]
    for at, box, class_id, stays in script:
        number = add(project, ids[at], box, class_id)
        if not stays:
            drop(project, ids[at], number)
    project.close()


def objects_of(path):
    """File name → (class, pixels) of its objects, as the file has them; no number stands twice."""
    project = Project.open(path, read_only=True)
    names = {row.id: row.file_name for row in project.images()}
    found, numbers = {}, []
    for document in project.iter_documents():
        numbers += document.annotations
        each = [(a.class_id, pixels(a.mask)) for a in document.annotations.values()]
        found[names[document.image_id]] = sorted(each)
    waits = [decode(row.payload, SIZE) for row in project.conflicts()]
    project.close()
    assert len(numbers) == len(set(numbers))
    return found, [(c.theirs.class_id, pixels(c.theirs.mask)) for c in waits]


@settings(max_examples=8, deadline=None)
@given(first=adds, second=adds)
def test_two_plain_copies_that_gave_out_the_same_numbers_lose_nothing(first, second):
    with fresh() as folder:
        root = Path(folder)
        begin(root / "a" / "a.maskwright", IMAGES).close()
        path, copy = root / "a" / "a.maskwright", root / "a" / "copy.maskwright"
        shutil.copy(path, copy)
        draw(path, first, "mine.png")
        draw(copy, second, "theirs.png")
        (mine, _), (theirs, _) = objects_of(path), objects_of(copy)
        lead = Project.open(path)
        merged(lead, copy)
        lead.close()
        now, waits = objects_of(path)
        for name, every in mine.items():
            assert not [each for each in every if each not in now[name]]
        for name, every in theirs.items():
            if every or name != "theirs.png":
                assert not [each for each in every if each not in now[name] and each not in waits]
        lead = Project.open(path)
        for history in [lead.history(lead.load(image)) for image in lead.images().ids()]:
            while history.can_undo:
                history.undo()
            while history.can_redo:
                history.redo()
        lead.close()
        assert objects_of(path) == (now, waits)  # no undo takes what has the number elsewhere

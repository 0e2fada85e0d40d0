"""Results come into a project piece by piece, and each piece once."""

import json

import pytest

from engine.document import edits
from engine.document.document import Status
from engine.errors import EngineError
from engine.jobs import take_up as take_up_module
from engine.jobs.folder import Done, JobFolder, Process
from engine.jobs.job import ImportSpec, TrainSpec
from engine.jobs.parts import numbers, read_part, write_part
from engine.jobs.take_up import (
    Aside,
    TakenUp,
    find_row,
    pieces,
    register,
    reopen,
    take_up,
    tidy,
)
from engine.store import Project


@pytest.fixture
def coco(tmp_path):
    """Three images with a dog each, of two categories of one name."""
    entry = {"iscrowd": 0, "segmentation": [[5, 5, 15, 5, 15, 10]], "area": 25, "bbox": [0] * 4}
    data = {
        "images": [
            {"id": n, "file_name": f"{name}.png", "width": 40, "height": 30}
            for n, name in enumerate("abc", 1)
        ],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 17 + n % 2, **entry} for n in (1, 2, 3)
        ],
        "categories": [{"id": 17, "name": "dog"}, {"id": 18, "name": "Dog"}],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(data))
    return path


def walk(steps, number):
    """Do as many pieces, what belongs aside included."""
    taken = []
    answer = None
    for _ in range(number):
        piece = steps.send(answer)
        answer = piece.work() if isinstance(piece, Aside) else None
        if isinstance(piece, TakenUp):
            taken.append(piece)
    return taken


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_taking_up_that_was_broken_off_goes_on_where_it_stopped(project, run, coco, number):
    job, done, _ = run(ImportSpec(project=str(project.path), source=str(coco), per_part=2))
    assert done.outcome == "done"
    steps = pieces(project, job)
    first = walk(steps, number)
    steps.close()
    path = project.path
    project.flush()
    project.close()
    again = Project.open(path)
    try:
        rest = take_up(again, job)
        images = [image for each in first for image in each] + list(rest)
        assert images == [1, 2, 3]
        names = [each.name for each in again.taxonomy.classes]
        assert names == ["cat", "sky", "dog", "Dog (18)"], "no class is made twice"
        assert [len(again.annotations(n)) for n in (1, 2, 3)] == [1, 1, 1]
        assert again.image(1).status == Status.DONE
        assert not rest.remarks
        assert again.setting(f"import.classes/{job.id}") is None
        assert take_up(again, job) == TakenUp()
    finally:
        again.close()


def test_work_on_an_image_in_between_is_not_undone(project, run, coco):
    job, _, _ = run(ImportSpec(project=str(project.path), source=str(coco)))
    steps = pieces(project, job)
    walk(steps, 2)
    steps.close()
    [mine] = project.annotations(1)
    document = project.load(1)
    project.history(document).do(edits.delete(document, [mine.id], project.taxonomy))
    take_up(project, job)
    assert project.annotations(1) == []
    assert len(project.annotations(2)) == 1


def test_a_part_that_is_gone_is_an_error_and_the_rest_is_still_to_come(project, run, coco):
    job, _, _ = run(ImportSpec(project=str(project.path), source=str(coco), per_part=1))
    (job.path / "part-0002.bin").write_bytes(b"cut")
    with pytest.raises(EngineError, match="part-0002"):
        take_up(project, job)
    assert len(project.annotations(1)) == 1
    assert not find_row(project, job).taken


def test_parts_are_deleted_once_the_project_has_them(project, run, coco):
    job, _, _ = run(ImportSpec(project=str(project.path), source=str(coco)))
    take_up(project, job)
    tidy(job)
    assert numbers(job.path) == []
    assert job.done().outcome == "done"


def test_what_a_job_that_goes_on_brings_is_taken_up(project):
    job = JobFolder.create(project.files / "jobs", TrainSpec(project=str(project.path)))
    job.finish(Done("cancelled"))
    assert take_up(project, job) == TakenUp()
    assert find_row(project, job).taken
    reopen(project, job)
    assert not find_row(project, job).taken
    assert job.state() == "queued"
    job.finish(Done("done"))
    with pytest.raises(EngineError, match="ended without a model"):
        take_up(project, job)


def test_a_job_that_died_is_said_once(project):
    job = JobFolder.create(project.files / "jobs", TrainSpec(project=str(project.path)))
    job.set_process(Process(pid=2**22 + 1, started=1.0))
    assert job.state() == "died"
    take_up(project, job)
    row = find_row(project, job)
    assert (row.state, row.taken) == ("died", True)


def test_several_images_come_in_one_transaction_and_what_is_done_stays_done(
    project, run, coco, monkeypatch
):
    """The third is damaged: the two before it are in, and are not taken up again."""
    monkeypatch.setattr(take_up_module, "PIECE", 60.0)
    job, _, _ = run(ImportSpec(project=str(project.path), source=str(coco)))
    part = read_part(job.path, 1)
    good, part.images[2].objects[0].mask = part.images[2].objects[0].mask, b"\1\1damaged"
    write_part(job.path, 1, part.images)
    with pytest.raises(EngineError, match="damaged"):
        take_up(project, job)
    assert [len(project.annotations(n)) for n in (1, 2, 3)] == [1, 1, 0]
    assert find_row(project, job).summary["part_images"] == 2
    part.images[2].objects[0].mask = good
    write_part(job.path, 1, part.images)
    assert take_up(project, job).images == (3,)
    assert [len(project.annotations(n)) for n in (1, 2, 3)] == [1, 1, 1]


def test_what_many_pieces_brought_adds_up():
    parts = [TakenUp((1, 2), 3), TakenUp((2, 4), 1, "m", ("a",)), TakenUp((), 0, "", ("a", "b"))]
    wanted = TakenUp((1, 2, 4), 4, "m", ("a", "b"))
    assert TakenUp.sum(parts) == wanted == parts[0] + parts[1] + parts[2]
    assert TakenUp.sum([]) == TakenUp()


def test_the_disk_is_waited_for_when_much_is_on_its_way(project, run, coco, monkeypatch):
    monkeypatch.setattr(take_up_module, "BEHIND", -1)
    job, _, _ = run(ImportSpec(project=str(project.path), source=str(coco)))
    register(project, job)
    asides = [each for each in drained(pieces(project, job)) if isinstance(each, Aside)]
    assert len(asides) == 2  # reading the part, and the disk


def drained(steps):
    """Every piece, work aside done."""
    answer = None
    try:
        while True:
            piece = steps.send(answer)
            answer = piece.work() if isinstance(piece, Aside) else None
            yield piece
    except StopIteration:
        return


def test_a_taking_up_that_is_stopped_keeps_what_is_in_and_drops_the_rest(
    project, run, coco, monkeypatch
):
    monkeypatch.setattr(take_up_module, "PIECE", 0.0)
    job, _, _ = run(ImportSpec(project=str(project.path), source=str(coco)))
    taken = take_up(project, job, lambda piece: piece.images == (2,))
    assert taken.images == (1, 2)
    assert [len(project.annotations(n)) for n in (1, 2, 3)] == [1, 1, 0]
    assert numbers(job.path) == []
    assert find_row(project, job).taken
    assert take_up(project, job) == TakenUp()


def test_an_import_that_broke_off_leaves_no_parts(project, run, coco):
    job, _, _ = run(ImportSpec(project=str(project.path), source=str(coco)))
    job.finish(Done("cancelled"))
    assert take_up(project, job) == TakenUp()
    tidy(job)
    assert numbers(job.path) == []

"""Half-made files: those of the dead are found, those of the living are left alone."""

import os
import subprocess
import sys

import pytest

from engine.jobs import launch, litter
from engine.jobs.folder import Done, JobFolder, Process
from engine.jobs.job import ExportSpec
from engine.store import Project

DEAD = 4_199_999  # more than a pid can be


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "photos" / "photos.maskwright")
    yield made
    made.close()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out" / "coco"


@pytest.fixture
def job(project, target):
    spec = ExportSpec(project=str(project.path), target=str(target))
    return JobFolder.create(project.files / "jobs", spec)


def ended(job):
    """As after its process died."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    job.set_process(Process.of(process.pid))
    process.kill()
    process.wait()
    process.stdin.close()
    assert job.state() == "died"


def half(folder, name, pid=DEAD):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".{name}.{pid}-0011aabb.tmp"
    path.write_text("{")
    return path


def test_nothing_half_made_is_nothing_found(project, job):
    assert litter.remains(project, beside=True) == []


@pytest.mark.parametrize("name", [
    f".spec.json.{DEAD}.0011aabb.tmp",
    f".process.json.{DEAD}.0011aabb.tmp",
    f".checkpoint.pt.{DEAD}.tmp",
    f".best-3.{DEAD}.tmp",
])  # fmt: skip
def test_files_of_the_dead_in_a_job_that_runs(project, job, name):
    job.set_process(Process.of(os.getpid()))
    (job.path / name).write_text("")
    (job.path / name.replace(str(DEAD), str(os.getpid()))).write_text("")
    (job.path / ".model.partial").mkdir()
    assert litter.remains(project) == [job.path / name]


def test_what_a_dead_job_had_begun_goes_where_it_exported_to_as_well(project, job, target):
    begun = [half(target, "a.png"), half(target / "deep", "b.png"), half(target.parent, "coco")]
    mine = half(target, "c.png", os.getpid())
    (target / "a.png").write_text("whole")
    (job.path / ".model.partial").mkdir()
    (job.path / "exit.tmp").write_text("")
    assert litter.remains(project) == [], "it may still begin"
    ended(job)
    found = litter.remains(project)
    assert set(found) == {*begun, job.path / ".model.partial", job.path / "exit.tmp"}
    litter.throw_away(found)
    assert litter.remains(project) == []
    assert mine.exists()
    assert (target / "a.png").exists()


def test_a_folder_without_a_spec_goes_and_one_with_something_in_it_stays(project):
    jobs = project.files / "jobs"
    empty, begun, strange = jobs / "a", jobs / "b", jobs / "c"
    for each in (empty, begun, strange):
        each.mkdir(parents=True)
    (begun / f".spec.json.{DEAD}.00ff00ff.tmp").write_text("{")
    (strange / "notes.txt").write_text("mine")
    assert set(litter.remains(project)) == {empty, begun}


def test_beside_the_project_in_its_models_and_among_its_backups(project):
    model = project.files / "models" / ".unet.0011aabb.tmp"
    model.mkdir(parents=True)
    in_backups = half(project.files / "backups", "0001_x.maskwright")
    copied = project.path.parent / f".other.maskwright.{DEAD}.tmp"
    copied.write_text("")
    (project.path.parent / ".hidden").write_text("")
    assert set(litter.remains(project)) == {model, in_backups}
    assert set(litter.remains(project, beside=True)) == {model, in_backups, copied}


def test_versions_that_were_being_left_and_models_that_came_and_went(
    project, monkeypatch, tmp_path
):
    mine = tmp_path / "mine"
    monkeypatch.setattr(litter, "user_models", lambda: mine)
    left = [half(folder, "unet") for folder in (mine, project.files / "models")]
    left.append(half(project.files / "versions", "20261120-101010-export-a.bin"))
    gone = project.files / "models" / ".unet.0011aabb.gone"
    gone.mkdir()
    (mine / "unet").mkdir()
    half(mine, "unet", os.getpid())
    assert set(litter.remains(project)) == {*left, gone}


def test_unborn_is_who_was_never_started(project, job):
    assert litter.unborn(job)
    (job.path / "log.txt").write_text("")
    assert not litter.unborn(job), "it may be on its way"
    (job.path / "log.txt").unlink()
    job.finish(Done("cancelled"))
    assert not litter.unborn(job)
    launch.reap()

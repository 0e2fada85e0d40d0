import threading

import pytest

from engine.document import taxonomy_commands as classes
from engine.document.commands import SetStatus
from engine.document.document import Status
from engine.errors import EngineError
from engine.store import JobRow, Project

from .conftest import CELL, SIZE


def test_a_new_project_is_one_file_named_after_its_folder(path):
    project = Project.create(path)
    assert (project.name, project.path, project.read_only, project.owner) == (
        "slides",
        path,
        False,
        "",
    )
    project.close()
    assert [file.name for file in path.parent.iterdir()] == ["slides.maskwright"]


def test_a_name_of_its_own(path):
    Project.create(path, "Night slides").close()
    project = Project.open(path)
    assert project.name == "Night slides"
    project.close()


@pytest.mark.parametrize("name", ["a b#c", "50%?x=1&y", "ünï—ço", "it's; --"])
def test_any_name_a_folder_can_have(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    project = Project.open_or_create(folder)
    project.add_images([folder / f"{name}.png"], [(5, 5)])
    project.close()
    project = Project.open(folder / f"{name}.maskwright")
    assert project.images()[0].path == folder / f"{name}.png"
    assert len(list(project.iter_documents())) == 1
    project.close()
    assert [file.name for file in folder.iterdir()] == [f"{name}.maskwright"]


def test_an_existing_file_is_not_overwritten(path, project):
    project.close()
    before = path.read_bytes()
    with pytest.raises(EngineError, match=r"slides\.maskwright is already there"):
        Project.create(path)
    assert path.read_bytes() == before


def test_an_empty_file_is_a_project_never_begun(path):
    path.parent.mkdir()
    path.touch()
    project = Project.open(path)
    project.set_setting("a", 1)
    project.close()
    project = Project.open(path)
    assert project.setting("a") == 1
    project.close()


def test_what_is_not_there_cannot_be_opened(path):
    with pytest.raises(EngineError, match="is not there"):
        Project.open(path)
    assert not path.parent.exists()


def test_a_folder_is_opened_or_begun(tmp_path):
    folder = tmp_path / "slides"
    folder.mkdir()
    project = Project.open_or_create(folder)
    project.set_setting("a", 1)
    project.close()
    again = Project.open_or_create(folder)
    assert again.path == folder / "slides.maskwright"
    assert again.setting("a") == 1
    again.close()


def test_settings_keep_any_json(project, reopen):
    value = {"a": [1, 2.5, None, "ü"], "b": True}
    project.set_setting("view", value)
    project.set_setting("gone", 1)
    project.set_setting("gone", None)
    value["a"].append("changed after")
    again = reopen()
    assert again.setting("view") == {"a": [1, 2.5, None, "ü"], "b": True}
    assert again.setting("gone", "default") == "default"
    again.setting("view")["b"] = "mine"
    assert again.setting("view")["b"] is True


def test_models_and_their_mappings(project, reopen):
    project.set_current_model("model-a")
    project.set_mapping("model-a", {0: "ignore", 3: CELL, 15: "new"})
    again = reopen()
    assert again.current_model == "model-a"
    assert again.mapping("model-a") == {0: "ignore", 3: CELL, 15: "new"}
    assert again.mapping("model-b") is None
    again.set_mapping("model-a", None)
    again.set_current_model(None)
    again = reopen()
    assert again.mapping("model-a") is None
    assert again.current_model is None


def test_jobs(project, reopen):
    folder = project.files / "jobs" / "7-train"
    project.add_job(JobRow(id="7-train", kind="train", created=2.0, folder=folder))
    project.add_job(JobRow(id="1-predict", kind="predict", created=1.0, folder=folder))
    project.update_job("7-train", state="done", taken=True, summary={"miou": 0.5})
    with pytest.raises(EngineError, match="no job"):
        project.update_job("nothing", state="done")
    again = reopen()
    assert [row.id for row in again.jobs()] == ["1-predict", "7-train"]
    row = again.jobs()[1]
    assert (row.state, row.taken, row.folder, dict(row.summary)) == (
        "done",
        True,
        folder,
        {"miou": 0.5},
    )
    again.remove_job("1-predict")
    assert [row.id for row in reopen().jobs()] == ["7-train"]
    assert not project.files.exists(), "made only by whoever puts something there"


def test_closing_twice_and_asking_afterwards(project):
    project.close()
    project.close()
    with pytest.raises(EngineError, match="closed"):
        project.load(1)
    with pytest.raises(EngineError, match="closed"):
        project.set_setting("a", 1)


def test_saved_is_said_on_the_writers_thread(project):
    said = threading.Event()
    names = []

    def told():
        names.append(threading.current_thread().name)
        said.set()

    project.flush()
    assert project.saved
    project.on_saved.append(told)
    project.set_setting("a", 1)
    assert said.wait(30)
    assert names[0].startswith("writer")


def test_a_listener_that_breaks_does_not_stop_the_writing(project, caplog):
    def broken():
        raise RuntimeError("a view")

    project.on_saved.append(broken)
    project.set_setting("a", 1)
    project.flush()
    project.set_setting("a", 2)
    project.flush()
    assert project.saved
    assert "a listener of the writer failed" in caplog.text


def test_commits_reach_the_disk_and_readers_go_on(project):
    with project._store.writer.paused():
        db = project._store.writer._db
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA trusted_schema").fetchone() == (0,)


class TestReadOnly:
    @pytest.fixture
    def reader(self, path, project):
        project.flush()
        opened = Project.open(path, read_only=True)
        yield opened
        opened.close()

    def test_everything_can_be_read(self, project, reader, thing):
        assert len(reader.images()) == 3
        assert [c.name for c in reader.taxonomy.classes] == ["cell", "nucleus", "road"]
        assert reader.load(1).size == SIZE
        project.add_annotations(1, [thing((0, 0, 9, 9))], status=Status.DONE)
        project.flush()
        assert reader.images()[0].status is Status.NEW
        reader.refresh()
        assert reader.images()[0].status is Status.DONE
        (document,) = reader.iter_documents([1])
        assert len(document.annotations) == 1

    def test_a_reader_leaves_nothing_behind(self, project, reader, path):
        project.close()
        assert [d.image_id for d in reader.iter_documents()] == [1, 2, 3]
        reader.close()
        assert [file.name for file in path.parent.iterdir()] == [path.name]
        alone = Project.open(path, read_only=True)
        assert len(alone.images()) == 3
        alone.close()
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_an_owner_who_comes_while_someone_reads_does_not_wait(self, project, path, thing):
        project.close()
        reader = Project.open(path, read_only=True)
        stream = reader.iter_documents()
        next(stream)
        owner = Project.open(path)
        owner.set_setting("a", 1)
        owner.flush()
        assert len(list(stream)) == 2
        owner.close()
        reader.close()
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_nothing_can_be_written(self, reader, thing):
        history = reader.history(reader.load(1))
        attempts = [
            lambda: history.do(SetStatus(Status.NEW, Status.DONE)),
            reader.project_history.undo,
            lambda: reader.set_setting("a", 1),
            lambda: reader.add_images([reader.path.parent / "x.png"]),
            lambda: reader.set_image(1, fold="held"),
            lambda: reader.remove_images([1]),
            lambda: reader.set_proposals(1, [thing((0, 0, 9, 9))]),
            lambda: reader.add_annotations(1, [thing((0, 0, 9, 9))]),
            lambda: reader.set_class_view(CELL, visible=False),
            lambda: reader.project_history.do(classes.add_class(reader.taxonomy, "x")),
            lambda: reader.add_job(JobRow(id="a", kind="train", folder=reader.files)),
        ]
        for attempt in attempts:
            with pytest.raises(EngineError, match="reading only"):
                attempt()
        assert len(reader.images()) == 3
        assert reader.setting("a") is None
        assert reader.taxonomy.by_name("x") is None
        assert reader.taxonomy[CELL].visible
        assert not reader.load(1).proposals
        assert not history.can_undo
        assert reader.project_history.undo_label == "Add class road"
        assert reader.jobs() == []
        assert reader.saved

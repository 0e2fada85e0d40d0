import errno
import os
import subprocess
import sys

import pytest

from engine.errors import EngineError
from engine.models.card import Card, load_card, save_card
from engine.models.catalog import DEFAULT_MODEL, Catalog, builtin_models, file_sha256


@pytest.fixture
def catalog(tmp_path):
    (tmp_path / "builtin").mkdir()
    return Catalog(tmp_path / "user", tmp_path / "project.files", tmp_path / "builtin")


@pytest.fixture
def weights(tmp_path):
    """Bytes that are no network: the catalog does not run anything."""
    path = tmp_path / "net.safetensors"
    path.write_bytes(b"weights")
    return path


def card(**changes):
    return Card(**{"id": "net", "name": "My Net", "file": "other.onnx", **changes})


def test_a_model_is_copied_in_whole(catalog, weights):
    entry = catalog.add(weights, card())
    assert entry.origin == "user"
    assert entry.weights.read_bytes() == b"weights"
    assert load_card(entry.folder) == entry.card
    assert entry.card.file == "net.safetensors"
    assert entry.card.sha256 == file_sha256(weights)
    assert sorted(each.name for each in entry.folder.parent.iterdir()) == ["net"]
    assert [each.id for each in catalog.entries()] == ["net"]


def test_weights_kept_beside_an_onnx_come_along(catalog, tmp_path, network):
    import onnx

    path = network()
    model = onnx.load(path)
    onnx.save_model(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    assert (tmp_path / "w.bin").stat().st_size > 0
    entry = catalog.add(path, card())
    assert (entry.folder / "w.bin").read_bytes() == (tmp_path / "w.bin").read_bytes()


def test_it_is_found_by_id_name_and_path(catalog, weights):
    entry = catalog.add(weights, card())
    for reference in ("net", "my net", entry.folder, entry.weights, entry.folder / "card.toml"):
        assert catalog.get(reference).folder == entry.folder
    assert catalog.get(weights).id == "net", "the same file elsewhere is known by its hash"
    with pytest.raises(EngineError, match="Known models: net"):
        catalog.get("nothing")
    weights.write_bytes(b"others")
    with pytest.raises(EngineError, match="has no card yet"):
        catalog.get(weights)


def test_ids_are_numbered_where_taken(catalog, weights):
    assert [catalog.add(weights, card()).id for _ in range(3)] == ["net", "net-2", "net-3"]


def test_a_projects_model_wins(catalog, weights):
    mine = catalog.add(weights, card(), "project")
    folder = catalog.user_dir / "net"
    folder.mkdir(parents=True)
    save_card(card(file="net.safetensors"), folder)
    (folder / "net.safetensors").write_bytes(b"weights")
    assert catalog.get("net").folder == mine.folder
    assert [each.origin for each in catalog.entries()] == ["user", "project"]


def test_removing(catalog, weights):
    entry = catalog.add(weights, card())
    catalog.remove("net")
    assert not entry.folder.exists()
    assert not list(catalog.user_dir.iterdir())
    with pytest.raises(EngineError):
        catalog.remove("net")
    with pytest.raises(EngineError, match="came with the program"):
        Catalog(catalog.user_dir).remove(DEFAULT_MODEL)
    assert (builtin_models() / DEFAULT_MODEL / "model.onnx").is_file()


def test_a_failed_copy_leaves_nothing(catalog, weights):
    with pytest.raises(EngineError):
        catalog.add(weights, card(schema=99))
    with pytest.raises(EngineError, match="not there"):
        catalog.add(weights.with_name("gone.onnx"), card())
    assert not [*catalog.user_dir.iterdir()]


def test_weights_are_on_the_disk_before_they_have_their_name(catalog, weights, monkeypatch):
    """The run that they are copied from is deleted next: a power cut must not take both."""
    flush, flushed = os.fsync, []

    def fsync(handle):
        flush(handle)
        flushed.append(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    entry = catalog.add(weights, card())
    adopted = catalog.adopt(entry.folder)
    for folder in (entry.folder, adopted.folder):
        assert {each.stat().st_ino for each in folder.iterdir()} <= set(flushed)


def test_a_disk_without_room_is_one_sentence(catalog, weights, monkeypatch):
    folder = catalog.add(weights, card()).folder

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EngineError, match=r"could not be copied to \S+: .*No space left") as said:
        catalog.adopt(folder)
    assert "[" not in str(said.value).replace("[Errno 28]", "")
    assert not [*catalog.project_dir.iterdir()]


def test_broken_cards_are_said_and_left_out(catalog, weights):
    catalog.add(weights, card())
    for name, text in (("bad", "nonsense"), ("empty", 'id = "e"\nname = "E"\nfile = "gone.onnx"')):
        folder = catalog.user_dir / name
        folder.mkdir()
        (folder / "card.toml").write_text(text)
    (catalog.user_dir / ".net.tmp").mkdir()
    assert [each.id for each in catalog.entries()] == ["net"]
    assert len(catalog.problems) == 2
    assert any("gone.onnx is missing" in each for each in catalog.problems)


def test_a_learned_model_is_adopted_with_its_other_files(catalog, tmp_path):
    folder = tmp_path / "job" / "model"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"weights")
    (folder / "weights.safetensors").write_bytes(b"more")
    save_card(card(file="model.onnx", sha256=file_sha256(folder / "model.onnx")), folder)
    entry = catalog.adopt(folder)
    assert entry.origin == "project"
    assert (entry.folder / "weights.safetensors").read_bytes() == b"more"
    (folder / "model.onnx").write_bytes(b"changed")
    with pytest.raises(EngineError, match="not the file its card describes"):
        catalog.adopt(folder)


def test_without_a_project_there_is_nowhere(tmp_path, weights):
    with pytest.raises(EngineError, match="No project is open"):
        Catalog(tmp_path / "user").add(weights, card(), "project")


def test_the_built_in_model_is_whole():
    entry = Catalog().get(DEFAULT_MODEL)
    assert entry.origin == "builtin"
    assert file_sha256(entry.weights) == entry.card.sha256
    assert len(entry.card.classes) == 21
    assert entry.card.licence == "Apache-2.0"
    names = {each.name for each in entry.folder.iterdir()}
    assert {"LICENSE.txt", "NOTICE", "card.toml", "model.onnx"} <= names
    assert entry.card.sha256 in (entry.folder / "NOTICE").read_text()


def test_reading_the_catalog_is_light(root):
    code = (
        "import sys, engine.models.catalog, engine.models.mapping, engine.models.answer,"
        " engine.models.draft\n"
        "heavy = {'torch', 'onnxruntime', 'onnx', 'cv2', 'PySide6'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_trust_is_remembered_by_hash(catalog, weights):
    digest = file_sha256(weights)
    assert digest not in catalog.trusted
    catalog.trusted.add(digest, weights.name)
    again = Catalog(catalog.user_dir)
    assert digest in again.trusted
    again.trusted.remove(digest)
    assert digest not in catalog.trusted
    with pytest.raises(EngineError):
        catalog.trusted.add("abc")
    catalog.trusted.file.write_bytes(b"\x00 damaged")
    assert digest not in catalog.trusted

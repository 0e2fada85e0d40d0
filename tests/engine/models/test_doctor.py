import pytest

from engine.models import doctor
from engine.models.doctor import Row, check


@pytest.fixture(scope="module")
def rows():
    return {row.name: row for row in check()}


def test_the_cpu_really_answered(rows):
    row = rows["Inference on the CPU"]
    assert row.ok
    assert not row.optional
    assert row.facts["state"]["provider"] == "CPUExecutionProvider"
    assert 0 < row.facts["seconds"] < 60


def test_every_row_says_something_to_do_or_that_it_works(rows):
    for row in rows.values():
        assert row.text
        assert row.ok or len(row.text) > 20
    assert all(row.ok or row.optional for row in rows.values()), rows


def test_torch_really_stepped(rows):
    pytest.importorskip("torch")
    assert rows["Learning on the CPU"].ok
    assert rows["Learning on the CPU"].facts["seconds"] > 0
    assert rows["Packages for learning"].ok


def test_two_packages_of_one_module_are_found(monkeypatch):
    monkeypatch.setattr(
        doctor, "onnxruntime_packages", lambda: {"onnxruntime": "1.2", "onnxruntime-gpu": "1.1"}
    )
    row = doctor._packages()
    assert not row.ok
    assert "onnxruntime 1.2, onnxruntime-gpu 1.1" in row.text
    monkeypatch.setattr(doctor, "onnxruntime_packages", dict)
    assert "not installed" in doctor._packages().text


def test_missing_learning_packages_are_optional(monkeypatch):
    monkeypatch.setattr(doctor, "installed", lambda name: "" if name == "onnx2torch" else "1")
    row = doctor._learning_packages({})
    assert (row.ok, row.optional) == (False, True)
    assert "onnx2torch is not installed" in row.text
    assert "maskwright[train]" in row.text
    monkeypatch.setattr(doctor, "installed", lambda name: "1")
    assert "cannot be loaded: boom" in doctor._learning_packages({"torch_error": "boom"}).text


def test_a_process_that_crashes_is_one_row(monkeypatch):
    import sys

    crash = "import os; os.kill(os.getpid(), 9)"
    monkeypatch.setattr(doctor, "_command", lambda: [sys.executable, "-c", crash])
    row = doctor._inference("cpu")
    assert not row.ok
    assert "want of memory" in row.text
    monkeypatch.setattr(doctor, "_command", lambda: [sys.executable, "-c", "exit('No such GPU.')"])
    assert "No such GPU." in doctor._learning("cuda:0").text
    names = [row.name for row in check()]
    assert "Model process" in names


def test_a_gpu_that_torch_does_not_use_is_said(monkeypatch):
    monkeypatch.setattr(doctor, "cuda_missing", lambda: "")
    (row,) = doctor._torch_without_gpu({"torch_devices": ["cpu"]})
    assert isinstance(row, Row)
    assert "does not use it" in row.text
    assert doctor._torch_without_gpu({"torch_devices": ["cpu", "cuda:0"]}) == []
    monkeypatch.setattr(doctor, "cuda_missing", lambda: "none")
    assert doctor._torch_without_gpu({"torch_devices": ["cpu"]}) == []

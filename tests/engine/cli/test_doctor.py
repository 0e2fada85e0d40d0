import subprocess

import pytest

from engine.cli import surroundings
from engine.models import doctor
from engine.models.doctor import Row


@pytest.fixture
def quick(monkeypatch):
    """The model part has tests of its own."""
    rows = [Row("Inference on CUDA", False, "There is no NVIDIA driver here.", optional=True)]
    monkeypatch.setattr(doctor, "check", lambda: rows)
    return rows


def test_the_doctor_tells_the_computer_the_window_and_the_models(cli, machine, quick):
    code, out, _ = cli("doctor")
    assert code == 0
    first, *rest = out.splitlines()
    assert first.startswith("Maskwright ")
    assert "cores" in first
    assert any(line.startswith("ok  Window") for line in rest)
    assert any(line.startswith("-   Inference on CUDA") for line in rest)
    code, lines = machine("doctor")
    assert [each["type"] for each in lines] == ["about", "check", "check", "check", "outcome"]
    assert lines[2]["name"] == "This folder"
    assert lines[-1]["result"] == {"ok": True}


def test_a_network_folder_is_said(cli, quick, monkeypatch):
    monkeypatch.setattr("engine.store.place.kind_of", lambda folder: "nfs4")
    code, out, _ = cli("doctor")
    assert code == 0
    assert "A project here lies in a network folder (nfs4)." in " ".join(out.split())


def test_what_is_needed_and_missing_fails(cli, quick):
    quick[:] = [Row("ONNX Runtime", False, "It is not installed.")]
    code, out, _ = cli("doctor")
    assert code == 1
    assert any(line.startswith("no  ONNX Runtime") for line in out.splitlines())


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "Traceback …\nImportError: libEGL.so.1: cannot open shared object file: No such file",
            "A library of the system is missing: libEGL.so.1. The commands work without.",
        ),
        ("ModuleNotFoundError: No module named 'PySide6'", "no window can open: ModuleNotFound"),
        ("", "It ended without a word."),
    ],
)
def test_why_no_window_can_open(monkeypatch, said, sentence):
    ended = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: ended)
    row = surroundings.window()
    assert (row.ok, row.optional) == (False, True)
    assert sentence in row.text

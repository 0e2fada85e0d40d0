import zipfile

import pytest

from engine.errors import EngineError
from engine.runtimes.file_kind import FileKind, kind_of


def archive(path, *names):
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return path


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("net/code/__torch__.py", "net/constants.pkl", "net/data.pkl"), FileKind.TORCHSCRIPT),
        (("net/archive_format", "net/models/model.json"), FileKind.EXPORTED),
        (("serialized_exported_program.json",), FileKind.EXPORTED),
        (("net/data.pkl", "net/data/0"), FileKind.CHECKPOINT),
        (("word/document.xml",), FileKind.UNKNOWN),
    ],
)
def test_archives_are_told_by_what_is_in_them(tmp_path, names, kind):
    for suffix in (".pt", ".pth", ".onnx", ".txt"):
        assert kind_of(archive(tmp_path / f"a{suffix}", *names)) is kind


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.bin", (50).to_bytes(8, "little") + b'{"a": 1}', FileKind.SAFETENSORS),
        ("a.onnx", b"\x08\x08\x12", FileKind.ONNX),
        ("a", b"\x08\x08\x12", FileKind.ONNX),
        ("a.onnx", b"", FileKind.ONNX),
        ("a.pth", b"\x80\x02\x8a", FileKind.CHECKPOINT),
        ("a.dat", b"\x80\x02\x8a", FileKind.UNKNOWN),
        ("a.pt", b"PK\x03\x04 cut", FileKind.UNKNOWN),
        ("a.json", b"[]", FileKind.UNKNOWN),
    ],
)
def test_files_are_told_by_their_first_bytes(tmp_path, name, content, kind):
    path = tmp_path / name
    path.write_bytes(content)
    assert kind_of(path) is kind


def test_programs_are_these_two():
    assert {kind for kind in FileKind if kind.is_program} == {
        FileKind.TORCHSCRIPT,
        FileKind.EXPORTED,
    }


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(EngineError, match="could not be read"):
        kind_of(tmp_path / "gone")

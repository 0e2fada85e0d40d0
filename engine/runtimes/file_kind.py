"""What a weights file holds, by its content and without running anything in it."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from pathlib import Path

from engine.errors import EngineError

_ONNX_IR_VERSION = 0x08
"""First byte of an ONNX file: field 1 (ir_version), a varint. protobuf writers put it first."""


class FileKind(StrEnum):
    """What a weights file holds."""

    ONNX = "onnx"
    TORCHSCRIPT = "torchscript"
    EXPORTED = "pt2"
    CHECKPOINT = "checkpoint"
    SAFETENSORS = "safetensors"
    UNKNOWN = "unknown"

    @property
    def is_program(self) -> bool:
        """True where opening it runs what its author wrote (decision 14)."""
        return self in {FileKind.TORCHSCRIPT, FileKind.EXPORTED}


def kind_of(path: Path) -> FileKind:
    """Look at the file's first bytes, and at the names inside where it is a zip archive.

    Raises:
        EngineError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
        if head.startswith(b"PK\x03\x04"):
            return _kind_of_archive(path)
    except OSError as error:
        raise EngineError(f"{path} could not be read: {error.strerror or error}.") from error
    if _is_safetensors(head):
        return FileKind.SAFETENSORS
    if head.startswith(b"\x80\x02") and path.suffix.lower() in {".pth", ".pt", ".ckpt", ".bin"}:
        return FileKind.CHECKPOINT  # torch's format before 1.6: pickles in a row
    if head[:1] == bytes([_ONNX_IR_VERSION]) or path.suffix.lower() == ".onnx":
        return FileKind.ONNX
    return FileKind.UNKNOWN


def _is_safetensors(head: bytes) -> bool:
    """8 bytes little-endian length of a JSON object, then the object."""
    return len(head) >= 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 100 << 20


def _kind_of_archive(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return FileKind.UNKNOWN
    inner = [name.partition("/")[2] for name in names]
    if any(name.endswith(".py") and name.startswith("code/") for name in inner):
        return FileKind.TORCHSCRIPT
    if "archive_format" in inner or any(name.startswith("models/") for name in inner):
        return FileKind.EXPORTED
    if {"serialized_exported_program.json", "serialized_exported_program.pt"} & {*inner, *names}:
        return FileKind.EXPORTED
    if any(name == "data.pkl" for name in inner):
        return FileKind.CHECKPOINT
    return FileKind.UNKNOWN

"""Payloads of commands: a version byte and typed msgpack, checked when read back."""

from collections.abc import Iterable
from typing import Any, Final, TypeVar

import msgspec

from engine.document.annotation import IMPORT, PERSON, Annotation, came_in
from engine.document.taxonomy import NOTHING
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.mask import Mask

VERSION: Final = 2
"""1: objects that were imported have the source of a person's."""

_encode = msgspec.msgpack.Encoder().encode
_T = TypeVar("_T")


class _Object(msgspec.Struct, array_like=True, frozen=True):
    """An annotation; the order of fields is the format, new ones are added at its end."""

    id: int
    class_id: int
    order: int
    score: float | None
    source: str
    edited: bool
    proposal: bool
    crowd: bool
    locked: bool
    hidden: bool
    doubtful: bool
    note: str
    coco_id: int | None
    created: float
    modified: float
    seconds: float
    added: int
    removed: int
    extra: dict[str, Any] | None
    mask: bytes | None  # None: the pixels are not part of the step
    person: str = ""


class _Replace(msgspec.Struct, array_like=True, frozen=True):
    before: list[_Object]
    after: list[_Object]


class _Flip(msgspec.Struct, array_like=True, frozen=True):
    annotation: int
    patch: bytes


class _Layer(msgspec.Struct, array_like=True, frozen=True):
    patch: bytes
    classes: tuple[int, ...]


class _Status(msgspec.Struct, array_like=True, frozen=True):
    before: str
    after: str


class _Several(msgspec.Struct, array_like=True, frozen=True):
    parts: list[tuple[str, bytes]]
    project_step: int


def encode_flip(annotation: int, patch: bytes) -> bytes:
    """The payload of FlipPixels."""
    return _pack(_Flip(annotation, patch))


def decode_flip(data: bytes) -> tuple[int, bytes]:
    """Id and encoded patch."""
    read = _unpack(data, _Flip)
    return read.annotation, read.patch


def encode_layer(patch: bytes, classes: tuple[int, ...]) -> bytes:
    """The payload of FlipLayer."""
    return _pack(_Layer(patch, classes))


def decode_layer(data: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Encoded patch and classes."""
    read = _unpack(data, _Layer)
    return read.patch, read.classes


def encode_status(before: str, after: str) -> bytes:
    """The payload of SetStatus."""
    return _pack(_Status(str(before), str(after)))


def decode_status(data: bytes) -> tuple[str, str]:
    """Both values."""
    read = _unpack(data, _Status)
    return read.before, read.after


def encode_several(parts: Iterable[tuple[str, bytes]], project_step: int) -> bytes:
    """The payload of Several: kind and payload of each part."""
    return _pack(_Several(list(parts), project_step))


def decode_several(data: bytes) -> tuple[list[tuple[str, bytes]], int]:
    """Parts and project step."""
    read = _unpack(data, _Several)
    return read.parts, read.project_step


def encode_replace(before: Iterable[Annotation], after: Iterable[Annotation]) -> bytes:
    """The payload of Replace; masks that stay are left out."""
    old, new = {a.id: a for a in before}, {a.id: a for a in after}
    kept = {key for key, a in old.items() if key in new and new[key].mask is a.mask}
    return _pack(
        _Replace(
            [_object(a, a.id in kept) for a in old.values()],
            [_object(a, a.id in kept) for a in new.values()],
        )
    )


def decode_replace(
    data: bytes, size: tuple[int, int]
) -> tuple[tuple[Annotation, ...], tuple[Annotation, ...]]:
    """Both sides; pairs whose pixels stay share one empty mask."""
    read, old = _unpack(data, _Replace), data[0] < VERSION
    return (
        tuple(_annotation(entry, size, old) for entry in read.before),
        tuple(_annotation(entry, size, old) for entry in read.after),
    )


def _object(a: Annotation, kept: bool) -> _Object:
    return _Object(
        a.id, a.class_id, a.order, a.score, a.source, a.edited, a.proposal, a.crowd, a.locked,
        a.hidden, a.doubtful, a.note, a.coco_id, a.created, a.modified, a.seconds, a.added,
        a.removed, dict(a.extra) or None, None if kept else codec.to_bytes(a.mask),
        a.person,
    )  # fmt: skip


def _annotation(entry: _Object, size: tuple[int, int], old: bool) -> Annotation:
    fields = {name: getattr(entry, name) for name in _Object.__struct_fields__}
    if old and entry.source == PERSON and not entry.proposal and came_in(entry.created):
        fields["source"] = IMPORT
    encoded, extra = fields.pop("mask"), fields.pop("extra")
    mask = Mask.EMPTY if encoded is None else codec.from_bytes(encoded, size)
    return Annotation(mask=mask, extra=extra or NOTHING, **fields)


def damaged() -> EngineError:
    """The sentence for a payload that cannot be read."""
    return EngineError("This step cannot be read back: its record in the project is damaged.")


def _pack(value: Any) -> bytes:
    return bytes([VERSION]) + _encode(value)


def _unpack(data: bytes, kind: type[_T]) -> _T:
    if not data or data[0] > VERSION:
        raise EngineError("This step was made by a newer Maskwright; update to undo it.")
    try:
        return msgspec.msgpack.decode(memoryview(data)[1:], type=kind)
    except (msgspec.MsgspecError, ValueError, OverflowError) as problem:
        raise damaged() from problem

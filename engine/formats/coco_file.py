"""A COCO file opened: its lists found and its ids put in order, entries still undecoded.

Annotations stay slices of the file's bytes until their image is read, so that a file of a
million of them costs little more than its own size.

Format: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import EngineError
from engine.formats.base import FoundClass
from engine.formats.report import Report

LARGEST = 8 << 30
"""Bytes of the largest file that is opened."""

PIECE = 1 << 24
"""Bytes whose encoding is judged at once."""

MAX_ID = 2**62
"""Ids beyond this fit neither SQLite nor other readers."""

_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class _Key(msgspec.Struct):
    image_id: Any = None


_KEY = msgspec.json.Decoder(_Key)


@dataclass(slots=True)
class CocoFile:
    """The lists of a COCO file.

    Attributes:
        path: Where it is.
        fields: Top-level fields other than the three lists.
        categories: The classes, every one an annotation names included.
        images: Image entries with a usable id.
        by_image: Image id → its undecoded annotations, in the file's order.
        ids: Ids that were not numbers → the numbers standing in for them here.
    """

    path: Path
    fields: dict[str, Any]
    categories: list[FoundClass] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    by_image: dict[int, list[msgspec.Raw]] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)


def open_coco(path: Path, report: Report) -> CocoFile:
    """Open an annotation file.

    Args:
        path: The JSON file.
        report: Takes what was repaired or left out.

    Raises:
        EngineError: It cannot be read, is no JSON, or is no COCO annotation file.
    """
    top = top_level(path)
    if isinstance(top, list):
        raise EngineError(
            f"{path.name} is a list of results without images and classes. Import the file with "
            "the images; to measure results, use them as predictions."
        )
    fields = {
        key: decoded(value)
        for key, value in top.items()
        if key not in ("images", "annotations", "categories")
    }
    file = CocoFile(path, fields)
    images = entries_of(top, "images", path)
    if images is None or ("annotations" not in top and "categories" not in top):
        raise EngineError(
            f"{path.name} has no “images” and “annotations” lists, so it is not a COCO "
            "annotation file. Choose another file."
        )
    file.categories = _categories(entries_of(top, "categories", path) or [], report)
    file.images = _images(images, file, report)
    _group(entries_of(top, "annotations", path) or [], file, report)
    return file


def read_results(path: Path, report: Report) -> Iterable[dict[str, Any]]:
    """The annotations of a COCO file, or of a bare list of results, decoded one by one.

    Raises:
        EngineError: It cannot be read or is neither.
    """
    top = top_level(path)
    raw = top if isinstance(top, list) else entries_of(top, "annotations", path)
    if raw is None:
        raise EngineError(f"{path.name} holds no results. Choose a COCO results file.")
    return _dicts(raw, report)


def read_categories(path: Path, report: Report) -> list[FoundClass]:
    """The classes a file lists; none for a bare list of results."""
    top = top_level(path)
    if isinstance(top, list):
        return []
    return _categories(entries_of(top, "categories", path) or [], report)


def top_level(path: Path) -> dict[str, msgspec.Raw] | list[msgspec.Raw]:
    """The outermost fields of a JSON file, or its outermost list, undecoded.

    Raises:
        EngineError: It cannot be read or is no JSON.
    """
    data = _bytes(path)
    head = data[:64].lstrip()[:1]
    try:
        top = _LIST.decode(data) if head == b"[" else _TOP.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        data = _lenient(data, path)
        head = data[:1]
        try:
            top = _LIST.decode(data) if head == b"[" else _TOP.decode(data)
        except msgspec.MsgspecError as error:
            raise EngineError(
                f"{path.name} is not a COCO annotation file: it holds a single value."
            ) from error
    # Some tools wrap the whole file in a list.
    if isinstance(top, list) and len(top) == 1:
        try:
            inner = _TOP.decode(top[0])
        except msgspec.MsgspecError:
            return top
        return inner if "images" in inner else top
    return top


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise EngineError(f"{path.name} is larger than 8 GiB. Split it by images.")
        data = path.read_bytes()
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.") from error
    return _utf8(data)


def _utf8(data: bytes) -> bytes:
    """The same text in UTF-8 without a byte order mark; bytes that are none are replaced."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    # What stays undecoded until its image is read must not fail then.
    judge = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), PIECE):
            judge.decode(data[at : at + PIECE])
        judge.decode(b"", final=True)
    except UnicodeDecodeError:
        return data.decode("utf-8", errors="replace").encode()
    return data


def decoded(raw: msgspec.Raw) -> Any:
    """The value of an entry; None where it is damaged."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _lenient(data: bytes, path: Path) -> bytes:
    """The same JSON without NaN and Infinity, which Python writes and JSON does not know."""
    try:
        text = data.decode("utf-8", errors="replace")
        return msgspec.json.encode(json.loads(text))
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        if data.lstrip()[:1] not in (b"{", b"["):
            what = "no JSON file" if data.strip() else "empty"
            raise EngineError(
                f"{path.name} is {what}, so it holds no annotations. Choose a COCO file."
            ) from error
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "its text"
        raise EngineError(
            f"{path.name} is not whole JSON ({place}); the file may be cut short. Get it again."
        ) from error


def entries_of(top: dict[str, msgspec.Raw], name: str, path: Path) -> list[msgspec.Raw] | None:
    """The entries of one of the lists, undecoded; None when it is not there.

    Raises:
        EngineError: It is no list.
    """
    if name not in top:
        return None
    try:
        return _LIST.decode(top[name])
    except msgspec.MsgspecError as error:
        raise EngineError(
            f"“{name}” in {path.name} is not a list, so the file cannot be read as COCO."
        ) from error


def _dicts(raws: Iterable[msgspec.Raw], report: Report) -> Iterable[dict[str, Any]]:
    for raw in raws:
        entry = decoded(raw)
        if isinstance(entry, dict):
            yield entry
        else:
            report.add("no annotation")


def whole(value: Any) -> int | None:
    """The id or count in `value`: a whole number, or text or a float that is one; else None."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = int(value)
        return number if number == float(value) and abs(number) < MAX_ID else None
    except (TypeError, ValueError, OverflowError):
        return None


def size_of(height: Any, width: Any) -> tuple[int, int] | None:
    """(height, width) as a file states them; None where they are no sizes."""
    sides = whole(height) or 0, whole(width) or 0
    return sides if min(sides) > 0 else None


def _categories(raws: list[msgspec.Raw], report: Report) -> list[FoundClass]:
    found: dict[int, FoundClass] = {}
    names: set[str] = set()
    for entry in _dicts(raws, report):
        key = whole(entry.get("id"))
        if key is None or key in found:
            continue
        if isinstance(entry.get("id"), str):
            report.add("text number", f"class {entry['id']}")
        name = str(entry.get("name") or f"class {key}").strip()
        if name.casefold() in names:
            report.add("twice class", name)
        names.add(name.casefold())
        found[key] = FoundClass(
            key=key,
            name=name,
            coco_id=key,
            color=_color(entry.get("color")),
            thing=entry.get("isthing", 1) not in (0, False, "0"),
            supercategory=str(entry.get("supercategory") or ""),
            extra={k: v for k, v in entry.items() if k not in ("id", "name", "supercategory")},
        )
    return list(found.values())


def _color(value: Any) -> str | None:
    """A colour as "#RRGGBB" or as COCO panoptic's [r, g, b]."""
    if isinstance(value, str) and len(value) == 7 and value[0] == "#":
        try:
            int(value[1:], 16)
        except ValueError:
            return None
        return value.upper()
    if isinstance(value, list) and len(value) == 3:
        parts = [whole(each) for each in value]
        if all(part is not None and 0 <= part <= 255 for part in parts):
            return "#" + "".join(f"{part:02X}" for part in parts)
    return None


def _images(raws: list[msgspec.Raw], file: CocoFile, report: Report) -> list[dict[str, Any]]:
    entries: dict[int, dict[str, Any]] = {}
    unnamed = []
    for raw in raws:
        entry = decoded(raw)
        if not isinstance(entry, dict):
            report.add("no annotation")
            continue
        given = entry.get("id")
        key = whole(given)
        if key is None:
            unnamed.append(entry)
            continue
        if isinstance(given, str):
            report.add("text number", f"image {given}")
        earlier = entries.setdefault(key, entry)
        if earlier is not entry and earlier.get("file_name") != entry.get("file_name"):
            raise EngineError(
                f"Two images in {file.path.name} share the number {key}: "
                f"{earlier.get('file_name')} and {entry.get('file_name')}. Which masks belong to "
                "which cannot be told. Give them numbers of their own and import again."
            )
    for entry in unnamed:
        name = str(entry.get("id") if entry.get("id") is not None else entry.get("file_name"))
        if name in file.ids:
            continue
        number = max(entries, default=0) + 1
        file.ids[name] = number
        entries[number] = entry
        report.add("named id", name)
    return [{**entry, "id": key} for key, entry in entries.items()]


def _group(raws: list[msgspec.Raw], file: CocoFile, report: Report) -> None:
    known = {entry["id"] for entry in file.images}
    for raw in raws:
        try:
            given = _KEY.decode(raw).image_id
        except msgspec.MsgspecError:
            report.add("no annotation")
            continue
        key = file.ids.get(given) if isinstance(given, str) and given in file.ids else whole(given)
        if key is None or key not in known:
            report.add("dangling image", f"image {given}")
            continue
        file.by_image.setdefault(key, []).append(raw)

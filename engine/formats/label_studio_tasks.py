"""The tasks of a Label Studio export, and the regions that their results tell of.

A region that has a label by a tag of its own, or was asked about by itself ("perRegion"), is told
once for each of them, with the same id: all of these are one region. JSON-MIN and CSV have no ids;
there, what lies in the same place is one. Source: https://labelstud.io/guide/export.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from engine.formats.find_images import DEEPEST
from engine.formats.reading import read_json, read_text
from engine.formats.report import Report
from engine.images.folder import is_image

LONGEST_CELL = 1 << 30
"""Characters of a cell of a table; a brush has many."""

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
_LABELS = (
    "brushlabels",
    "polygonlabels",
    "ellipselabels",
    "rectanglelabels",
    "bitmasklabels",
    "vectorlabels",
    "keypointlabels",
    "labels",
)
_SHAPES = ("rle", "points", "radiusX", "imageDataURL", "vertices", "width")
_ASKED = ("choices", "text", "rating", "taxonomy", "number", "datetime")


class Region(NamedTuple):
    """A region with all that is told of it.

    Attributes:
        result: What tells of its place first.
        label: Its first label, "no class" for none.
        extra: Further labels, and what was asked about it.
    """

    result: dict[str, Any]
    label: str
    extra: dict[str, Any]


def tasks_of(path: Path) -> list[dict[str, Any]]:
    """The tasks in a JSON file or a table.

    Raises:
        EngineError: It cannot be read or is no JSON.
    """
    data = _rows(read_text(path)) if path.suffix.lower() == ".csv" else read_json(path)
    tasks = data if isinstance(data, list) else [data]
    return [each for each in tasks if isinstance(each, dict)]


def _rows(text: str) -> list[dict[str, Any]]:
    """The rows of a table, whose cells hold lists of results as JSON."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error:
        return []
    finally:
        csv.field_size_limit(before)
    return [{str(key): _cell(value) for key, value in row.items()} for row in rows]


def _cell(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def regions_of(task: dict[str, Any], report: Report) -> list[Region]:
    """What a task tells of regions, in either form of export.

    Args:
        task: As exported.
        report: Takes answers that are not read, and labels of whole images.
    """
    results = _results(task, report)
    told = [each for each in results if is_shape(each)]
    for each in results:
        if not is_shape(each) and any(key in inner_of(each) for key in _ASKED):
            report.add("image tag", f"task {task.get('id', '?')}")
    together: dict[str, list[dict[str, Any]]] = {}
    for each in told:
        together.setdefault(_key(each), []).append(each)
    return [_region(each) for each in together.values()]


def _results(task: dict[str, Any], report: Report) -> list[dict[str, Any]]:
    answers = task.get("annotations", task.get("completions"))
    if not isinstance(answers, list):
        return _dicts(each for value in task.values() if isinstance(value, list) for each in value)
    kept = [each for each in _dicts(answers) if not each.get("was_cancelled")]
    lists = [_listed(each.get("result")) for each in kept]
    full = [each for each in lists if any(map(is_shape, each))]
    where = f"task {task.get('id', '?')}"
    if len(full) > 1:
        report.add("twice mask", where)
    guesses = task.get("predictions")
    if not kept and isinstance(guesses, list):
        proposed = [each for guess in _dicts(guesses) for each in _listed(guess.get("result"))]
        if any(map(is_shape, proposed)):
            report.add("no answer", where)
    return full[0] if full else lists[0] if lists else []


def _listed(value: Any) -> list[dict[str, Any]]:
    return _dicts(value) if isinstance(value, list) else []


def _dicts(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [each for each in values if isinstance(each, dict)]


def inner_of(each: dict[str, Any]) -> dict[str, Any]:
    """Where the shape stands: one level down in JSON, at once in JSON-MIN."""
    value = each.get("value")
    return value if isinstance(value, dict) else each


def is_shape(each: dict[str, Any]) -> bool:
    """Whether a result tells of a place in the image."""
    return any(key in inner_of(each) for key in _SHAPES)


def _key(each: dict[str, Any]) -> str:
    """What is the same for all that is told of one region: its id and its place."""
    inner = inner_of(each)
    place = {key: inner[key] for key in (*_SHAPES, "x", "y", "height", "radiusY") if key in inner}
    named = each.get("id") if inner is not each else None
    return json.dumps([named, place], sort_keys=True, default=str)


def _region(told: list[dict[str, Any]]) -> Region:
    labels: list[str] = []
    asked: dict[str, Any] = {}
    for each in told:
        inner = inner_of(each)
        for key in _LABELS:
            listed = inner.get(key)
            labels += map(str, listed) if isinstance(listed, list) else []
        for key in _ASKED:
            if key in inner:
                asked[str(each.get("from_name") or key)] = inner[key]
    labels = list(dict.fromkeys(labels))
    extra: dict[str, Any] = {"attributes": asked} if asked else {}
    if len(labels) > 1:
        extra["labels"] = labels
    return Region(told[0], labels[0] if labels else "no class", extra)


def image_names(task: dict[str, Any]) -> list[str]:
    """What the image may be called: with folders, as uploaded, and without an upload's prefix."""
    data = task.get("data")
    fields = data if isinstance(data, dict) else task
    names = []
    for text in (_image(fields), task.get("file_upload")):
        if not isinstance(text, str) or not text:
            continue
        folders = unquote(_path(text)).replace("\\", "/").strip("/").split("/")
        last = folders[-1]
        tails = [
            "/".join(folders[at:]) for at in range(max(0, len(folders) - DEEPEST), len(folders))
        ]
        names += [name for name in (*tails, _UPLOADED.sub("", last)) if name]
    return list(dict.fromkeys(names))


def _image(fields: dict[str, Any]) -> str:
    """The field that names the image: "image", else what ends as a picture, else any text."""
    if isinstance(fields.get("image"), str):
        return str(fields["image"])
    texts = [value for value in fields.values() if isinstance(value, str) and value]
    likely = (text for text in texts if is_image(_path(text)))
    return next(likely, texts[0] if texts else "")


def _path(text: str) -> str:
    """The way to a file in an address."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    # A served file's name stands behind "?d=", whole: tasks made by hand do not escape "&".
    if parts.query.startswith("d="):
        return parts.query.removeprefix("d=")
    if parts.query.startswith("fileuri="):
        return _stored(parts.query.removeprefix("fileuri=")) or parts.path
    return parts.path


def _stored(text: str) -> str:
    """The way to a file whose address in a cloud is packed as base64; "" for what is none."""
    plain = unquote(text).partition("&")[0]
    try:
        packed = base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
        return urlsplit(packed.decode()).path
    except ValueError:
        return ""

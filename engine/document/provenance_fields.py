"""Who made an object as fields of a file, and back.

A field named ``provenance`` of COCO annotations, which other readers pass over. Times are ISO 8601
in UTC with milliseconds; a key whose value is not what it should be stays among the other fields.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from engine.document.annotation import (
    IMPORT,
    LONGEST,
    PERSON,
    Annotation,
    file_of,
    imported,
    is_import,
    is_model,
)
from engine.document.provenance import Share, Total, totals

FIELD: Final = "provenance"


def fields_of(each: Annotation) -> dict[str, Any]:
    """What a file says of an object: source, model, file, edited, created and so on.

    The source is "person", "import" (created is when it came in, file from where) or "model".
    """
    came, proposed = is_import(each.source), is_model(each.source)
    return {
        "source": IMPORT if came else "model" if proposed else PERSON,
        "model": each.source if proposed else "",
        "file": file_of(each.source),
        "edited": each.edited,
        "created": _written(each.created),
        "modified": _written(each.modified),
        "seconds": round(each.seconds, 3),
        "annotator": each.person,
        "added": each.added,
        "removed": each.removed,
    }


def area_fields(shares: Iterable[Share]) -> dict[str, Any]:
    """What a file says of the pixels of a class in the class map: whose they are, sum by sum.

    As ``fields_of`` says who made an object; the source is that of most of the pixels, and empty
    where that is no longer known.
    """
    sums = totals(shares)
    there = [each for each in sums if each.kind != "erased"]
    most = max(there, key=lambda each: each.pixels, default=None)
    return {FIELD: {**_made_by(most), "shares": [_share(each) for each in sums]}}


def _made_by(each: Total | None) -> dict[str, str]:
    if each is None or (each.kind != "kept" and each.when is None):
        return {"source": "", "model": "", "file": ""}
    source = each.who if each.kind == "kept" else PERSON
    kind = IMPORT if is_import(source) else PERSON if source == PERSON else "model"
    model = source if kind == "model" else ""
    return {"source": kind, "model": model, "file": file_of(source)}


def _share(each: Total) -> dict[str, Any]:
    annotator = "" if each.kind == "kept" else each.who
    modified = _written(each.when or 0.0)
    said = {"annotator": annotator, "modified": modified, "pixels": each.pixels}
    return {"kind": each.kind, **_made_by(each), **said}


def with_fields(each: Annotation) -> dict[str, Any]:
    """The further fields of an object, who made it among them."""
    kept = each.extra.get(FIELD)
    left = kept if isinstance(kept, Mapping) else {}
    return {**each.extra, FIELD: {**left, **fields_of(each)}}


def taken_from(extra: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Attributes of an annotation that a file tells, and the fields that are left.

    Args:
        extra: further fields of an object in a file.

    Returns:
        Keyword arguments for ``dataclasses.replace``, only what was told and makes sense; and the
        fields without it.
    """
    told = extra.get(FIELD)
    source = _source(told) if isinstance(told, Mapping) else None
    if source is None or not isinstance(told, Mapping):
        return {}, dict(extra)
    found: dict[str, Any] = {"source": source}
    left = {key: value for key, value in told.items() if key not in ("source", "model", "file")}
    for key, (name, read) in _READ.items():
        if key in told and (value := read(told[key])) is not None:
            found[name] = value
            left.pop(key)
    rest = {key: value for key, value in extra.items() if key != FIELD}
    return found, {**rest, FIELD: left} if left else rest


def _source(told: Mapping[str, Any]) -> str | None:
    if told.get("source") == PERSON:
        return PERSON
    if told.get("source") == IMPORT:
        return imported(_text(told.get("file")) or "")
    model = _text(told.get("model"))
    return model if told.get("source") == "model" and model and is_model(model) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= LONGEST else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40
    return value if fits and isinstance(value, int) else None


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value < 1e9 else None


def _written(moment: float) -> str:
    if not moment:
        return ""
    try:
        return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):  # of a damaged project
        return ""


def _moment(value: object) -> float | None:
    if value == "":
        return 0.0
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=read.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None


_READ: Final[Mapping[str, tuple[str, Callable[[object], Any]]]] = {
    "edited": ("edited", _flag),
    "created": ("created", _moment),
    "modified": ("modified", _moment),
    "seconds": ("seconds", _seconds),
    "annotator": ("person", _text),
    "added": ("added", _count),
    "removed": ("removed", _count),
}

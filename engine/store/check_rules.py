"""What rows of a sound project say of one another, as questions in SQL."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from engine.document.document import Status
from engine.document.palette import palette_color
from engine.document.taxonomy import FIRST_CLASS

UNDO: Final = ", and forgets undo in those images; the backup keeps both."
"""How a sentence on repairing ends that changes pixels."""

_ENDLESS: Final = (1 << 63) - 1

Mend = Callable[[sqlite3.Connection], None]


def nothing(db: sqlite3.Connection) -> None:
    """Mends nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a project.

    Attributes:
        code: what kind of thing, for machines.
        text: a sentence that says what is wrong.
        repair: a sentence that says what repairing does about it.
        mend: does it, inside a transaction.
    """

    code: str
    text: str
    repair: str
    mend: Mend = nothing


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows that should not be there.

    Attributes:
        table: they are in.
        where: what is wrong about them.
        what: of them, singular and plural.
        repair: what is done.
        how: the statement; by default they are deleted.
    """

    code: str
    table: str
    where: str
    what: tuple[str, str]
    repair: str
    how: str = ""


_LOST_IMAGE: Final = "image NOT IN (SELECT id FROM images)"
_RULES: Final = (
    _Rule(
        "lost-annotations",
        "annotations",
        _LOST_IMAGE,
        ("object belongs to an image", "objects belong to images"),
        "Repairing removes them; the backup keeps them.",
    ),
    _Rule(
        "lost-tiles",
        "mask_tiles",
        "NOT EXISTS (SELECT 1 FROM annotations a WHERE a.id = annotation AND a.image = "
        "mask_tiles.image)",
        ("piece of a mask belongs to an object", "pieces of masks belong to objects"),
        "Repairing removes them.",
    ),
    _Rule(
        "lost-layers",
        "layer_tiles",
        _LOST_IMAGE,
        ("piece of a class map belongs to an image", "pieces of class maps belong to images"),
        "Repairing removes them; the backup keeps them.",
    ),
    _Rule(
        "lost-steps",
        "journal",
        f"image <> 0 AND {_LOST_IMAGE}",
        ("step of undo belongs to an image", "steps of undo belong to images"),
        "Repairing removes them.",
    ),
    _Rule(
        "lost-heads",
        "heads",
        f"image <> 0 AND {_LOST_IMAGE}",
        (
            "place in an undo history belongs to an image",
            "places in undo histories belong to images",
        ),
        "Repairing removes them.",
    ),
)
_BESIDE: Final = ("origins", "seen", "files", "contents", "bases", "conflicts", "layer_sources")
"""Tables that say something of an image and mean nothing without it."""


def look(db: sqlite3.Connection) -> list[Finding]:
    """Everything the rows alone show.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")}
    rules = list(_RULES)
    rules += [
        _Rule(
            f"lost-{name}",
            name,
            _LOST_IMAGE,
            (f"row of “{name}” belongs to an image", f"rows of “{name}” belong to images"),
            "Repairing removes them.",
        )
        for name in _BESIDE
        if name in tables
    ]
    found = [each for rule in rules if (each := _asked(db, rule)) is not None]
    for question in (_classes, _sizes, _counts, _status, _counters, _settings, _heads):
        found += question(db)
    return found


def _asked(db: sqlite3.Connection, rule: _Rule) -> Finding | None:
    number = _one(db, f"SELECT COUNT(*) FROM {rule.table} WHERE {rule.where}")
    if not number:
        return None
    text = f"{counted(number, *rule.what)} that {'is' if number == 1 else 'are'} not there."
    statement = f"DELETE FROM {rule.table} WHERE {rule.where}"
    return Finding(rule.code, text, rule.repair, _statement(statement))


def counted(number: int, one: str, many: str) -> str:
    """A number and what is counted."""
    return f"{number:,} {one if number == 1 else many}"


def make_class(db: sqlite3.Connection, class_id: int, *, thing: bool) -> None:
    """Add a class for objects or pixels whose class is missing."""
    place = _one(db, "SELECT COALESCE(MAX(position), 0) + 1 FROM classes")
    look = palette_color(place)
    db.execute(
        "INSERT INTO classes (id, name, color, hatch, thing, position, supercategory, visible, "
        "locked, contour_only, deleted) VALUES (?, ?, ?, ?, ?, ?, '', 1, 0, 0, 0)",
        (class_id, f"recovered {class_id}", look.color, look.hatch, int(thing), place),
    )


def forget_undo(db: sqlite3.Connection, images: Iterable[object]) -> None:
    """Drop the steps of images whose pixels are no longer those that the steps led to.

    What a class map came in as is known by taking all steps back, so that goes too.
    """
    rows = [(image,) for image in images]
    for table in ("journal", "heads", "layer_sources"):
        if _one(db, f"SELECT COUNT(*) FROM sqlite_schema WHERE name = '{table}'"):
            db.executemany(f"DELETE FROM {table} WHERE image = ?", rows)


def _classes(db: sqlite3.Connection) -> list[Finding]:
    rows = db.execute(
        "SELECT class, COUNT(*) FROM annotations WHERE class NOT IN (SELECT id FROM classes) "
        "GROUP BY class ORDER BY class"
    ).fetchall()
    made = [
        Finding(
            "lost-class",
            f"{counted(number, 'object has', 'objects have')} the class {class_id}, which is not "
            "there.",
            f"Repairing makes a class “recovered {class_id}”, which can be renamed or merged.",
            partial(make_class, class_id=class_id, thing=True),
        )
        for class_id, number in rows
        if FIRST_CLASS <= class_id <= 0xFFFF
    ]
    wrong = sum(number for class_id, number in rows if not FIRST_CLASS <= class_id <= 0xFFFF)
    if wrong:
        made.append(
            Finding(
                "impossible-class",
                f"{counted(wrong, 'object has', 'objects have')} a class that cannot be.",
                f"Repairing makes a class for them{UNDO}",
                _reclass,
            )
        )
    return made


def _reclass(db: sqlite3.Connection) -> None:
    """Give objects of an impossible class a new one."""
    number = max(FIRST_CLASS, 1 + _one(db, "SELECT COALESCE(MAX(id), 0) FROM classes"))
    make_class(db, number, thing=True)
    where = f"class < {FIRST_CLASS} OR class > 65535"
    images = [image for (image,) in db.execute(f"SELECT image FROM annotations WHERE {where}")]
    _run(db, f"UPDATE annotations SET class = ? WHERE {where}", number)
    forget_undo(db, images)


_WRONG: Final = (
    "objects <> (SELECT COUNT(*) FROM annotations a WHERE a.image = images.id AND proposal = 0) "
    "OR proposals <> "
    "(SELECT COUNT(*) FROM annotations a WHERE a.image = images.id AND proposal <> 0) "
    "OR lowest_score IS NOT (SELECT MIN(score) FROM annotations a WHERE a.image = images.id)"
)
_RIGHT: Final = (
    "UPDATE images SET "
    "objects = (SELECT COUNT(*) FROM annotations a WHERE a.image = images.id AND proposal = 0), "
    "proposals = (SELECT COUNT(*) FROM annotations a WHERE a.image = images.id AND proposal <> 0), "
    "lowest_score = (SELECT MIN(score) FROM annotations a WHERE a.image = images.id) "
    f"WHERE {_WRONG}"
)


def _counts(db: sqlite3.Connection) -> list[Finding]:
    number = _one(db, f"SELECT COUNT(*) FROM images WHERE {_WRONG}")
    if not number:
        return []
    text = f"{counted(number, 'image says', 'images say')} wrongly how many objects are in it."
    return [Finding("counts", text, "Repairing counts again.", _statement(_RIGHT))]


_SIZE: Final = "height NOT BETWEEN 1 AND 1 << 30 OR width NOT BETWEEN 1 AND 1 << 30"


def _sizes(db: sqlite3.Connection) -> list[Finding]:
    number = _one(db, f"SELECT COUNT(*) FROM images WHERE {_SIZE}")
    if not number:
        return []
    text = f"{counted(number, 'image has', 'images have')} a size that cannot be."
    statement = f"UPDATE images SET height = NULL, width = NULL WHERE {_SIZE}"
    repair = "Repairing forgets it; it is read from the image file when that is opened."
    return [Finding("size", text, repair, _statement(statement))]


def _status(db: sqlite3.Connection) -> list[Finding]:
    known = ", ".join(f"'{each.value}'" for each in Status)
    number = _one(db, f"SELECT COUNT(*) FROM images WHERE status NOT IN ({known})")
    if not number:
        return []
    text = f"{counted(number, 'image has', 'images have')} a status that does not exist."
    statement = f"UPDATE images SET status = 'corrected' WHERE status NOT IN ({known})"
    return [Finding("status", text, "Repairing marks them corrected.", _statement(statement))]


def _counters(db: sqlite3.Connection) -> list[Finding]:
    found = []
    for kind, table in (("annotation", "annotations"), ("image", "images"), ("class", "classes")):
        # Above the end of the project's own range (see `ranges`) lie those that other hands gave.
        last = f"SELECT value FROM counters WHERE kind = '{kind}.last'"
        own = f"id <= COALESCE(({last}), {_ENDLESS})"
        highest = _one(db, f"SELECT COALESCE(MAX(id), 0) FROM {table} WHERE {own}")
        said = _one(db, f"SELECT COALESCE(MAX(value), -1) FROM counters WHERE kind = '{kind}'")
        if 0 <= said < highest:
            found.append(
                Finding(
                    "counter",
                    f"The number given to the last {kind} is said to be {said}, and is {highest}.",
                    "Repairing corrects it.",
                    _statement(f"UPDATE counters SET value = {highest} WHERE kind = '{kind}'"),
                )
            )
    return found


def _settings(db: sqlite3.Connection) -> list[Finding]:
    found = []
    for key, text in db.execute("SELECT key, value FROM settings").fetchall():
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            found.append(
                Finding(
                    "setting",
                    f"The setting “{key}” cannot be read.",
                    "Repairing forgets it.",
                    partial(_forget_setting, key),
                )
            )
    return found


def _forget_setting(key: str, db: sqlite3.Connection) -> None:
    _run(db, "DELETE FROM settings WHERE key = ?", key)


def _heads(db: sqlite3.Connection) -> list[Finding]:
    """Steps that undo cannot come to: a gap lies between them and the step in force."""
    found = []
    rows = db.execute(
        "SELECT image, COUNT(*), MIN(number), MAX(number), "
        "COALESCE((SELECT number FROM heads h WHERE h.image = journal.image), 0) "
        "FROM journal GROUP BY image"
    ).fetchall()
    for image, count, low, high, head in rows:
        if high - low + 1 == count and low - 1 <= head <= high:
            continue
        what = "The project" if image == 0 else f"Image {image}"
        found.append(
            Finding(
                "gap",
                f"{what} has steps of undo with a gap between them or before the present.",
                "Repairing keeps those that reach the present without a gap.",
                partial(_cut, image=image, head=head),
            )
        )
    return found


def _cut(db: sqlite3.Connection, image: int, head: int) -> None:
    query = "SELECT number FROM journal WHERE image = ?"
    numbers = {number for (number,) in db.execute(query, (image,))}
    low, high = head, head + 1
    while low in numbers:
        low -= 1
    while high in numbers:
        high += 1
    db.execute(
        "DELETE FROM journal WHERE image = ? AND (number <= ? OR number >= ?)", (image, low, high)
    )


def _one(db: sqlite3.Connection, query: str) -> int:
    return int(db.execute(query).fetchone()[0])


def _statement(text: str) -> Mend:
    return lambda db: _run(db, text)


def _run(db: sqlite3.Connection, text: str, *values: object) -> None:
    db.execute(text, values)

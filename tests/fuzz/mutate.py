"""Mutants of sound files: bytes for any kind, and changes that know JSON, TOML and SQLite."""

import functools
import json
import random
import sqlite3
import tomllib
import zlib
from pathlib import Path

NUMBERS = (
    0,
    -1,
    1,
    2**31 - 1,
    2**31,
    -(2**31),
    2**32,
    2**53,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63),
    10**30,
)
FLOATS = (1e308, -1e308, 1e-308, float("nan"), float("inf"), float("-inf"), 0.5, -0.0)
TEXTS = (
    *(
        "",
        " ",
        "a" * 10_000,
        "\0",
        "a\0b",
        "\u202egnp.a",
        "é",
        "é",
        "\ud83d\ude00",
        "\ufeff",
        "null",
    ),
    *(
        "../../../etc/passwd",
        "/etc/passwd",
        "C:\\Windows\\win.ini",
        "\\\\host\\share\\a.png",
        "CON",
    ),
    *("file:///etc/passwd", "~", "a/../../b", "%2e%2e/a", "a.png/", ".", "..", "nul.png", "a:b"),
    *("=1+1", "<b>&amp;", "[bold]x[/", "{0}", "%s%n", "'; DROP TABLE images; --", "1e400", "NaN"),
    *("0" * 400, "~~~~~~~~", "PPPPPPPPPPPP", "\x7f\x7f", "\xff\xfe"),
)
SHARED = (
    "class",
    "id",
    "image_id",
    "category_id",
    "segmentation",
    "counts",
    "size",
    "bbox",
    "extra",
)


def bytes_of(chance: random.Random, sound: bytes, others: list[bytes]) -> bytes:
    """Bits flipped, parts cut, doubled, or taken from another file of the kind."""
    data = bytearray(sound)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16, 64))):
        if not data:
            break
        at = chance.randrange(len(data))
        end = min(len(data), at + chance.choice((1, 2, 4, 8, 64, 1024)))
        if chance.random() < 0.4:
            _set_bytes(chance, data, at, end)
        else:
            _move_bytes(chance, data, at, end, others)
    return bytes(data)


def _set_bytes(chance, data, at, end):
    match chance.randrange(5):
        case 0:
            data[at] ^= 1 << chance.randrange(8)
        case 1:
            data[at:end] = chance.randbytes(end - at)
        case 2:
            size = chance.choice((1, 2, 4, 8))
            number = chance.choice(NUMBERS) % (1 << 8 * size)
            data[at : at + size] = number.to_bytes(size, chance.choice(("little", "big")))
        case 3:
            data[at:end] = bytes([chance.choice((0, 255, 0x80, 0x7F))]) * (end - at)
        case _:
            data[at] = chance.randrange(256)


def _move_bytes(chance, data, at, end, others):
    match chance.randrange(4):
        case 0:
            del data[at:end]
        case 1:
            data[at:at] = data[at:end] * chance.choice((1, 2, 50))
        case 2:
            del data[at:]
        case _:
            other = chance.choice(others)
            begin = chance.randrange(len(other) + 1)
            data[at:end] = other[begin : begin + chance.choice((4, 64, 4096))]


def json_of(chance: random.Random, sound: bytes, others: list[bytes]) -> bytes:
    """A file of JSON with values of the wrong type, size or place; now and then its bytes."""
    if chance.random() < 0.25:
        return bytes_of(chance, sound, others)
    try:
        tree = changed(chance, json.loads(sound))
    except ValueError:
        return bytes_of(chance, sound, others)
    text = json.dumps(tree, ensure_ascii=chance.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


def toml_of(chance: random.Random, sound: bytes, others: list[bytes]) -> bytes:
    """As ``json_of``, for TOML."""
    import tomli_w

    if chance.random() < 0.25:
        return bytes_of(chance, sound, others)
    tree = changed(chance, tomllib.loads(sound.decode()))
    try:
        return tomli_w.dumps(tree).encode("utf-8", "surrogatepass")
    except Exception:  # no TOML can hold it; the text itself is changed instead
        return _lines(chance, sound)


def _lines(chance: random.Random, sound: bytes) -> bytes:
    lines = sound.split(b"\n")
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(lines))
        lines[at : at + 1] = chance.choice(
            ([], [lines[at]] * 2, [lines[at] + b" = 1"], [b"[" * 500], [lines[at].upper()])
        )
    return b"\n".join(lines)


def changed(chance: random.Random, tree: object) -> object:
    """A tree of dicts and lists with some of its places changed."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        places = [*_places(tree)]
        if not places:
            return _value(chance, tree)
        holder, key = chance.choice(places)
        _change(chance, holder, key)
    return tree


def _change(chance, holder, key):
    match chance.randrange(8):
        case 0 | 1 | 2 | 3:
            holder[key] = _value(chance, holder[key])
        case 4:
            del holder[key]
        case 5 if isinstance(holder, list):
            holder.extend(holder[key : key + 1] * chance.choice((1, 3, 40)))
        case 5:
            holder[chance.choice(TEXTS)] = holder[key]
        case 6 if isinstance(holder, dict):
            other = chance.choice([*holder])
            holder[key], holder[other] = holder[other], holder[key]
        case 6:
            chance.shuffle(holder)
        case _ if isinstance(holder, dict):
            holder[chance.choice(SHARED)] = _value(chance, holder[key])
        case _:
            holder.insert(0, _value(chance, holder[key]))


def _places(tree):
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        keys = [*here] if isinstance(here, dict) else range(len(here))
        for key in keys:
            yield here, key
            if isinstance(here[key], dict | list):
                waiting.append(here[key])


def _value(chance, old):
    match chance.randrange(10):
        case 0 | 1:
            return chance.choice(NUMBERS)
        case 2:
            return chance.choice(FLOATS)
        case 3 | 4:
            return chance.choice(TEXTS)
        case 5:
            return chance.choice((None, True, False, [], {}, [[]], [None], [{}], {"": None}))
        case 6:
            return [old]
        case 7:
            return str(old)
        case 8:
            return _deep(chance, old)
        case _:
            return _near(chance, old)


def _deep(chance, old):
    for _ in range(chance.choice((2, 60, 200))):
        old = [old] if chance.random() < 0.5 else {"a": old}
    return old


def _near(chance, old):
    """Something of the same type that is a little off."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, int | float):
        return old * chance.choice((-1, 2, 10, 1000, 0.5)) + chance.choice((0, 1, -1))
    if isinstance(old, str):
        at = chance.randrange(len(old) + 1)
        return old[:at] + chance.choice(TEXTS)[:64] + old[at + chance.choice((0, 1)) :]
    if isinstance(old, list):
        return old[::-1] + old[:1]
    return {key: old[key] for key in [*old][1:]} if isinstance(old, dict) else 0


@functools.cache
def bomb() -> bytes:
    """A little data that unpacks into 200 MB."""
    return zlib.compress(b"\0" * (200 << 20), 1)


STATEMENTS = (
    "CREATE TRIGGER t AFTER UPDATE ON settings BEGIN DELETE FROM images; END",
    "CREATE VIEW v AS SELECT * FROM images",
    "CREATE TABLE more (a)",
    "CREATE INDEX i ON images (abs(position))",
    "DROP TABLE heads",
    "DELETE FROM classes",
    "DELETE FROM counters",
    "DELETE FROM heads",
    "UPDATE heads SET number = number + 7",
    "UPDATE images SET id = id + 1000000",
    "INSERT INTO settings VALUES ('tone', '{\"rule\": 7}')",
    "INSERT OR REPLACE INTO settings VALUES ('name', '" + "[" * 5000 + "')",
    "PRAGMA user_version = 99",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 1",
    "PRAGMA application_id = 7",
    "ALTER TABLE images ADD COLUMN strange TEXT",
    "ALTER TABLE annotations RENAME COLUMN mask TO masque",
)


def project_in(chance: random.Random, path: Path, sound: bytes, others: list[bytes]) -> None:
    """Write a project file with rows, schema or pages changed."""
    kind = chance.random()
    if kind < 0.35:
        path.write_bytes(bytes_of(chance, sound, others))
        return
    path.write_bytes(sound)
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = MEMORY")
        db.execute("PRAGMA synchronous = OFF")
        if kind < 0.45:
            _try(db, chance.choice(STATEMENTS))
        elif kind < 0.5:
            _rewrite_schema(chance, db)
        else:
            for _ in range(chance.choice((1, 1, 2, 5))):
                _change_cell(chance, db)
    finally:
        db.close()


def _change_cell(chance, db):
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    table = chance.choice(tables)
    columns = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
    rows = db.execute(f'SELECT rowid, * FROM "{table}" LIMIT 50').fetchall()
    if not rows:
        return
    row, at = chance.choice(rows), chance.randrange(len(columns))
    old = row[at + 1]
    if isinstance(old, bytes):
        new = bomb() if chance.random() < 0.05 else bytes_of(chance, old, [old])
    elif isinstance(old, str) and old[:1] in "[{":
        new = json_of(chance, old.encode(), [old.encode()]).decode("utf-8", "replace")
    else:
        new = _value(chance, old)
    if isinstance(new, dict | list | bool):
        new = json.dumps(new, default=str)
    if isinstance(new, int) and abs(new) >= 2**63:
        new = float(new)
    where = (new, row[0])
    _try(db, f'UPDATE "{table}" SET "{columns[at]}" = ? WHERE rowid = ?', where)


def _rewrite_schema(chance, db):
    """Change what the file says its tables are, as an attacker's SQLite would."""
    db.execute("PRAGMA writable_schema = ON")
    rows = db.execute("SELECT rowid, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    number, sql = chance.choice(rows)
    new = chance.choice(
        (
            sql.replace(" STRICT", ""),
            sql.replace("INTEGER", "TEXT"),
            sql.replace("NOT NULL", "DEFAULT (randomblob(1000000000))"),
            sql.replace("CREATE TABLE", "CREATE VIEW"),
            bytes_of(chance, sql.encode(), [b"x"]).decode("utf-8", "replace"),
        )
    )
    _try(db, "UPDATE sqlite_schema SET sql = ? WHERE rowid = ?", (new, number))


def _try(db, statement, values=()):
    try:
        db.execute(statement, values)
    except (sqlite3.Error, UnicodeEncodeError, OverflowError):
        db.execute("UPDATE counters SET value = -value")

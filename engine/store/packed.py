"""What an image holds as one value: its rows, packed as the file has them.

Nothing is unpacked to make one, so whether an image changed is known from comparing two of them,
and a copy of its rows costs what the file's own cost. ``Unpacker`` reads one back.
"""

import sqlite3
from typing import Any, Final

import msgspec

from engine.document.document import Document, State, Status
from engine.errors import EngineError
from engine.store import schema, states

TABLES: Final = {
    "annotations": ("id",),
    "mask_tiles": ("annotation", '"row"', '"column"'),
    "layer_tiles": ('"row"', '"column"'),
}
"""The tables that make up an image, and what their rows are sorted by."""

_TROUBLE: Final = (msgspec.MsgspecError, ValueError, TypeError, IndexError, OverflowError)
_encode = msgspec.msgpack.Encoder().encode


class _Table(msgspec.Struct, array_like=True, frozen=True):
    columns: list[str]
    rows: list[list[Any]]


class _Content(msgspec.Struct, array_like=True, frozen=True):
    status: str
    tables: dict[str, _Table]


_decoder = msgspec.msgpack.Decoder(_Content)


def columns_of(db: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table, in their order; none where there is no such table."""
    return [str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")]


def pack(db: sqlite3.Connection, image_id: int) -> bytes:
    """The rows of an image and its status; of an image that is not there, an empty one's."""
    tables = {}
    for table, order in TABLES.items():
        columns = [name for name in columns_of(db, table) if name != "image"]
        listed = ", ".join(f'"{name}"' for name in columns)
        rows = db.execute(
            f"SELECT {listed} FROM {table} WHERE image = ? ORDER BY {', '.join(order)}",
            (image_id,),
        ).fetchall()
        tables[table] = _Table(columns, rows)
    status = db.execute("SELECT status FROM images WHERE id = ?", (image_id,)).fetchone()
    return _encode(_Content(str(status[0]) if status else str(Status.NEW), tables))


class Unpacker:
    """Reads packed images back, as the file itself is read."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        schema.migrate(self._db)
        self._columns = {table: set(columns_of(self._db, table)) for table in TABLES}

    def close(self) -> None:
        """Give its memory back."""
        self._db.close()

    def state(self, data: bytes, image_id: int, size: tuple[int, int]) -> State:
        """What ``pack`` packed, of an image of ``size`` (height, width).

        Raises:
            EngineError: it is damaged.
        """
        try:
            content = _decoder.decode(data)
            status = Status(content.status)
            self._fill(content, image_id)
            found, layer = states.read_state(self._db, image_id, size, status)
        except (*_TROUBLE, sqlite3.Error) as problem:
            raise EngineError(
                f"The rows of image {image_id} are damaged and cannot be read ({problem})."
            ) from problem
        return Document(image_id, size, annotations=found, layer=layer, status=status).state

    def _fill(self, content: _Content, image_id: int) -> None:
        for table in TABLES:
            self._db.execute(f"DELETE FROM {table}")
            part = content.tables.get(table)
            if part is None or not part.rows:
                continue
            # Columns of a newer version have no place here and are left out.
            known = [at for at, name in enumerate(part.columns) if name in self._columns[table]]
            names = ", ".join(["image", *(f'"{part.columns[at]}"' for at in known)])
            marks = ", ".join("?" * (len(known) + 1))
            self._db.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",
                ([image_id, *(row[at] for at in known)] for row in part.rows),
            )

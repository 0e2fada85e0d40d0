"""Reading rows of a table whose pages are damaged, so that SQLite answers what cannot be."""

import sqlite3

import pytest

from engine.store.salvage import _rows

LAST = (1 << 63) - 1


class Circle:
    """A table of four rows whose last page leads back to the first: there are always more."""

    def __init__(self, broken=()):
        self.broken, self.asked = broken, 0

    def execute(self, ask, values=()):
        self.asked += 1
        numbers = [1, 2, 3, 4]
        if "MIN" in ask:
            return self.answer([(1,)])
        at, most = values if len(values) == 2 else (values[0], 1)
        if any(number in self.broken for number in numbers[:most] if number >= at):
            raise sqlite3.DatabaseError("malformed")
        found = [number for number in numbers if number >= at] + numbers
        return self.answer([(number, f"row {number}") for number in found[:most]])

    @staticmethod
    def answer(rows):
        class Answer:
            fetchall = staticmethod(lambda: rows)
            fetchone = staticmethod(lambda: rows[0] if rows else None)

        return Answer()


@pytest.mark.parametrize("broken", [(), (2,), (1, 3)])
def test_pages_that_lead_in_a_circle_come_to_an_end(broken):
    table = Circle(broken)
    rows = {row for _, (row,) in _rows(table, "annotations", "label")}
    assert rows >= {f"row {number}" for number in (1, 2, 3, 4) if number not in broken}
    assert table.asked < 1_000


def test_the_last_number_there_can_be_is_read_once(tmp_path):
    db = sqlite3.connect(tmp_path / "x")
    db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, label TEXT)")
    db.executemany("INSERT INTO t VALUES (?, ?)", [(-5, "first"), (7, "middle"), (LAST, "last")])
    assert [row for _, (row,) in _rows(db, "t", "label")] == ["first", "middle", "last"]
    db.close()

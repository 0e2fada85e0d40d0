"""Settings of a project as JSON, class mappings of models among them; and its jobs."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from engine.errors import EngineError
from engine.store.paths import located, stored
from engine.store.rows import JobRow, pack_extra, unpack_extra
from engine.store.store import Store

Choice = int | Literal["new", "ignore"]
CURRENT_MODEL: Final = "model.current"
_MAPPING: Final = "model.mapping/"
_KINDS: Final[Mapping[str, type]] = {
    CURRENT_MODEL: str,
    "coco.fields": dict,
    "done_means_background": bool,
    "export_choice": dict,
    "export_folder": str,
    "hands.part": dict,
    "hands.splits": list,
    "last_image": int,
    "name": str,
    "project.id": str,
    "queue_rule": str,
    "split_seed": int,
}
"""What the values of settings are that are used as they stand."""


class Settings:
    """Values by key; read once, written behind."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._values: dict[str, str] | None = None

    def get(self, key: str, default: Any = None) -> Any:
        """The value of ``key``; a fresh one each time.

        What is of another kind than this program writes, in a file of others, counts as not there.
        """
        text = self._all().get(key)
        value = default if text is None else json.loads(text)
        return value if isinstance(value, _KINDS.get(key, object)) else default

    def set(self, key: str, value: Any) -> None:
        """Keep any JSON value; None forgets the key.

        Raises:
            EngineError: the project can only be read.
        """
        self._store.must_write()
        text = None if value is None else json.dumps(value, ensure_ascii=False)
        if self._all().get(key) == text:
            return
        if text is None:
            self._all().pop(key, None)
            self._store.submit(lambda db: _delete(db, key))
        else:
            self._all()[key] = text
            self._store.submit(lambda db: _set(db, key, text))

    def mapping(self, model_id: str) -> dict[int, Choice] | None:
        """What each class index of a model becomes: a class number, "new" or "ignore"."""
        said = self.get(_MAPPING + model_id)
        if said is None:
            return None
        try:
            return {int(index): choice for index, choice in said.items()}
        except (AttributeError, ValueError) as problem:
            raise self._damaged(_MAPPING + model_id) from problem

    def set_mapping(self, model_id: str, mapping: Mapping[int, Choice] | None) -> None:
        """Keep the mapping of a model; None forgets it."""
        said = None if mapping is None else {str(k): v for k, v in sorted(mapping.items())}
        self.set(_MAPPING + model_id, said)

    def forget(self) -> None:
        """Read again at the next question."""
        self._values = None

    def _damaged(self, key: str) -> EngineError:
        return EngineError(
            f"{self._store.path.name} is damaged: its setting “{str(key)[:60]}” cannot be read. "
            "Open a copy of it made before."
        )

    def _all(self) -> dict[str, str]:
        if self._values is None:
            with self._store.reading() as db:
                rows = db.execute("SELECT key, value FROM settings").fetchall()
            values = {}
            for key, text in rows:
                try:
                    json.loads(text)
                except (ValueError, TypeError, RecursionError) as problem:
                    raise self._damaged(key) from problem
                values[key] = text
            self._values = values
        return self._values


class Jobs:
    """The jobs a project has started."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[str, JobRow] | None = None

    def rows(self) -> list[JobRow]:
        """All jobs, oldest first."""
        return sorted(self._all().values(), key=lambda row: row.id)  # names only grow

    def add(self, row: JobRow) -> None:
        """Keep a new job."""
        self._store.must_write()
        self._all()[row.id] = row
        self._write(row)

    def update(self, job_id: str, **fields: Any) -> JobRow:
        """Change fields of a job.

        Raises:
            EngineError: there is no such job, or the project can only be read.
        """
        self._store.must_write()
        old = self._all().get(job_id)
        if old is None:
            raise EngineError(f"There is no job “{job_id}” in “{self._store.name}”.")
        row = replace(old, **fields)
        if row != old:
            self._all()[job_id] = row
            self._write(row)
        return row

    def remove(self, job_id: str) -> None:
        """Forget a job; its folder is not touched."""
        self._store.must_write()
        if self._all().pop(job_id, None) is not None:
            self._store.submit(lambda db: _delete_job(db, job_id))

    def forget(self) -> None:
        """Read again at the next question."""
        self._rows = None

    def _write(self, row: JobRow) -> None:
        values = (
            row.id,
            row.kind,
            row.state,
            row.created,
            stored(row.folder, self._store.path),
            pack_extra(row.summary) or "{}",
            row.taken,
        )
        self._store.submit(lambda db: _put_job(db, values))

    def _all(self) -> dict[str, JobRow]:
        if self._rows is None:
            with self._store.reading() as db:
                rows = db.execute(
                    "SELECT id, kind, state, created, folder, summary, taken FROM jobs"
                ).fetchall()
            self._rows = {
                row[0]: JobRow(
                    id=row[0],
                    kind=row[1],
                    state=row[2],
                    created=row[3],
                    folder=located(row[4], self._store.path),
                    summary=unpack_extra(row[5]),
                    taken=bool(row[6]),
                )
                for row in rows
            }
        return self._rows


def _set(db: sqlite3.Connection, key: str, text: str) -> None:
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, text))


def _delete(db: sqlite3.Connection, key: str) -> None:
    db.execute("DELETE FROM settings WHERE key = ?", (key,))


def _put_job(db: sqlite3.Connection, values: tuple[Any, ...]) -> None:
    db.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def _delete_job(db: sqlite3.Connection, job_id: str) -> None:
    db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

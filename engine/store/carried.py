"""What goes over from a project to the backup that takes its place.

A backup knows nothing of what came after it. Some of that went out into the world and must not
happen twice: results of jobs that were taken up, numbers that were given out, to copies for other
people among them, and how often each image was written.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.errors import EngineError
from engine.store import comeback, connection, contents, foreign

_JOB: Final = "id, kind, state, created, folder, summary, taken"
_STAMP: Final = (
    "INSERT INTO contents SELECT ?1, ?2 + 1, NULL WHERE EXISTS (SELECT 1 FROM images WHERE id = ?1)"
    " ON CONFLICT (image) DO UPDATE SET stamp = excluded.stamp, digests = NULL"
)
"""Counts an image as written again: a job may still bring digests of what it held before."""

_END: Final = ".last"
"""How the name of a counter ends that says where a range ends, see ``ranges``."""


def over(project: Path, part: Path) -> None:
    """Bring it from the present file, where that can be read, into the one that replaces it.

    Nothing is carried from another project that happens to lie there, nor from one that holds what
    this program never writes.

    Raises:
        sqlite3.Error: it cannot be written.
    """
    jobs: list[tuple[object, ...]] = []
    present: Mapping[str, int] = {}
    stamps: Mapping[int, int] = {}
    number = ""
    with (
        contextlib.suppress(EngineError, *connection.TROUBLE),
        contextlib.closing(connection.connect(project, write=False)) as db,
    ):
        foreign.check_shape(db, project)
        number = comeback.own_id(db)
        jobs = db.execute(f"SELECT {_JOB} FROM jobs WHERE taken").fetchall()
        within = f"NOT ({foreign.beyond('value')})"
        present = dict(db.execute(f"SELECT kind, value FROM counters WHERE {within}"))
        known = contents.known(db)
        stamps = {image: stamp for image, (stamp, _) in known.items() if stamp < foreign.MOST}
    with contextlib.closing(connection.connect(part, write=True)) as db:
        if "" not in (number, comeback.own_id(db)) and number != comeback.own_id(db):
            return
        counters = dict(db.execute("SELECT kind, value FROM counters"))
        db.execute("BEGIN IMMEDIATE")
        db.executemany(f"INSERT OR REPLACE INTO jobs ({_JOB}) VALUES (?, ?, ?, ?, ?, ?, ?)", jobs)
        db.executemany(
            "INSERT OR REPLACE INTO counters (kind, value) VALUES (?, ?)",
            _later(counters, present).items(),
        )
        if int(db.execute("PRAGMA user_version").fetchone()[0]) >= contents.SINCE:
            db.executemany(_STAMP, stamps.items())
        db.execute("COMMIT")


def _later(old: Mapping[str, int], present: Mapping[str, int]) -> dict[str, int]:
    """Counters only grow, and ends of ranges only come nearer."""
    found = {**old, **present}
    for kind in old.keys() & present.keys():
        choose = min if kind.endswith(_END) else max
        found[kind] = choose(old[kind], present[kind])
    return found

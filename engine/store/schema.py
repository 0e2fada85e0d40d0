"""The tables of a project file, and the numbered steps from each version to the next.

A step is never edited once released; a new version appends one. ``user_version`` counts the steps
taken. All tables are STRICT, so a column holds what it says.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

APPLICATION_ID: Final = int.from_bytes(b"MSKW", "big")
"""Marks the file as ours in SQLite's header."""


def _run(db: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            db.execute(statement)


def _first(db: sqlite3.Connection) -> None:
    """Version 1: everything the first release keeps."""
    _run(db, _FIRST)


_FIRST: Final = """
CREATE TABLE counters (          -- highest number ever given out, by kind
    kind TEXT PRIMARY KEY, value INTEGER NOT NULL
) STRICT;
CREATE TABLE settings (
    key TEXT PRIMARY KEY, value TEXT NOT NULL       -- JSON
) STRICT;
CREATE TABLE classes (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, color TEXT NOT NULL, hatch INTEGER NOT NULL,
    thing INTEGER NOT NULL, position INTEGER NOT NULL, coco_id INTEGER,
    supercategory TEXT NOT NULL, visible INTEGER NOT NULL, locked INTEGER NOT NULL,
    contour_only INTEGER NOT NULL, opacity REAL, deleted INTEGER NOT NULL,
    extra TEXT                                      -- JSON of fields that came in
) STRICT;
CREATE TABLE images (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE,   -- relative to the project's folder
    file_name TEXT NOT NULL, height INTEGER, width INTEGER,
    orientation INTEGER NOT NULL, status TEXT NOT NULL, position INTEGER NOT NULL,
    fold TEXT NOT NULL, coco_id INTEGER, objects INTEGER NOT NULL, proposals INTEGER NOT NULL,
    lowest_score REAL, extra TEXT
) STRICT;
CREATE TABLE annotations (
    id INTEGER PRIMARY KEY, image INTEGER NOT NULL, class INTEGER NOT NULL,
    position INTEGER NOT NULL, score REAL, source TEXT NOT NULL, edited INTEGER NOT NULL,
    proposal INTEGER NOT NULL, crowd INTEGER NOT NULL, locked INTEGER NOT NULL,
    hidden INTEGER NOT NULL, doubtful INTEGER NOT NULL, note TEXT NOT NULL, coco_id INTEGER,
    created REAL NOT NULL, modified REAL NOT NULL, seconds REAL NOT NULL,
    added INTEGER NOT NULL, removed INTEGER NOT NULL, extra TEXT,
    mask BLOB                                       -- NULL: kept in mask_tiles
) STRICT;
CREATE INDEX annotations_of_image ON annotations (image);
CREATE INDEX annotations_of_class ON annotations (class, image);
CREATE TABLE mask_tiles (
    image INTEGER NOT NULL, annotation INTEGER NOT NULL, "row" INTEGER NOT NULL,
    "column" INTEGER NOT NULL, bits BLOB NOT NULL,
    PRIMARY KEY (image, annotation, "row", "column")
) STRICT;
CREATE TABLE layer_tiles (
    image INTEGER NOT NULL, "row" INTEGER NOT NULL, "column" INTEGER NOT NULL,
    classes TEXT NOT NULL,                          -- ",2,5," the classes in this tile
    pixels BLOB NOT NULL,
    PRIMARY KEY (image, "row", "column")
) STRICT;
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, image INTEGER NOT NULL,   -- 0: the project
    number INTEGER NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    project_step INTEGER NOT NULL, classes TEXT NOT NULL, size INTEGER NOT NULL,
    created REAL NOT NULL, payload BLOB NOT NULL,
    UNIQUE (image, number)
) STRICT;
CREATE INDEX journal_light ON journal (image, number, sequence, project_step, size, classes);
CREATE TABLE heads (             -- the newest step in force; those above it can be redone
    image INTEGER PRIMARY KEY, number INTEGER NOT NULL
) STRICT;
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, created REAL NOT NULL,
    folder TEXT NOT NULL, summary TEXT NOT NULL, taken INTEGER NOT NULL
) STRICT;
"""


def _pages_and_tones(db: sqlite3.Connection) -> None:
    """Version 2: a file may be several images, one for each page; images may have a tone."""
    _run(db, _SECOND)


_SECOND: Final = """
CREATE TABLE images_of_pages (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL,          -- relative to the project's folder
    file_name TEXT NOT NULL, height INTEGER, width INTEGER,
    orientation INTEGER NOT NULL, status TEXT NOT NULL, position INTEGER NOT NULL,
    fold TEXT NOT NULL, coco_id INTEGER, objects INTEGER NOT NULL, proposals INTEGER NOT NULL,
    lowest_score REAL, extra TEXT, page INTEGER NOT NULL, tone TEXT,       -- JSON
    UNIQUE (path, page)
) STRICT;
INSERT INTO images_of_pages SELECT id, path, file_name, height, width, orientation, status,
    position, fold, coco_id, objects, proposals, lowest_score, extra, 0, NULL FROM images;
DROP TABLE images;
ALTER TABLE images_of_pages RENAME TO images;
"""


def _origins_and_seen(db: sqlite3.Connection) -> None:
    """Version 3: what models had proposed before it was changed; which parts were looked at."""
    _run(db, _THIRD)


_THIRD: Final = """
CREATE TABLE origins (           -- a proposal as the model made it, from its first change on
    annotation INTEGER PRIMARY KEY, image INTEGER NOT NULL, class INTEGER NOT NULL,
    mask BLOB NOT NULL
) STRICT;
CREATE INDEX origins_of_image ON origins (image);
CREATE TABLE seen (              -- cells of an image that were on screen at working zoom
    image INTEGER PRIMARY KEY, side INTEGER NOT NULL, cells BLOB NOT NULL
) STRICT;
"""


def _hands_and_origin(db: sqlite3.Connection) -> None:
    """Version 4: work shared among people, where files and masks come from, what went out."""
    _run(db, _FOURTH)


_FOURTH: Final = """
CREATE TABLE files (             -- the file of an image as it was when it was last known good
    image INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, changed INTEGER NOT NULL,  -- mtime, ns
    digest TEXT NOT NULL, noted REAL NOT NULL
) STRICT;
-- who last worked on an object, and who took a step; empty where that is not known
ALTER TABLE annotations ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN person TEXT NOT NULL DEFAULT '';
CREATE TABLE contents (          -- digests of what an image holds, until that changes
    image INTEGER PRIMARY KEY, stamp INTEGER NOT NULL, digests BLOB
) STRICT;
CREATE TABLE versions (          -- what was exported or learned from
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL, made REAL NOT NULL, kind TEXT NOT NULL,
    job TEXT NOT NULL UNIQUE, facts TEXT NOT NULL, content BLOB NOT NULL   -- JSON; packed
) STRICT;
-- the guideline of a class, and an object that shows it
ALTER TABLE classes ADD COLUMN guideline TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN example_image INTEGER NOT NULL DEFAULT 0;
ALTER TABLE classes ADD COLUMN example_object INTEGER NOT NULL DEFAULT 0;
INSERT OR IGNORE INTO settings VALUES ('project.id', '"' || lower(hex(randomblob(16))) || '"');
CREATE TABLE bases (             -- what an image held when two copies of the project were one
    parting TEXT NOT NULL, image INTEGER NOT NULL, mark TEXT NOT NULL, renamed TEXT NOT NULL,
    content BLOB NOT NULL, PRIMARY KEY (parting, image)
) STRICT;
CREATE TABLE conflicts (         -- what two copies made differently; number 0: not decided
    id INTEGER PRIMARY KEY, image INTEGER NOT NULL, origin TEXT NOT NULL, payload BLOB NOT NULL,
    number INTEGER NOT NULL, sequence INTEGER NOT NULL
) STRICT;
CREATE INDEX conflicts_of_image ON conflicts (image);
"""


def _imports(db: sqlite3.Connection) -> None:
    """Version 5: what was imported is known as such, and whose a class map's pixels are."""
    _run(db, _FIFTH)


_FIFTH: Final = """
-- of the object, as it was
ALTER TABLE origins ADD COLUMN source TEXT NOT NULL DEFAULT '';
UPDATE origins SET source = COALESCE((SELECT a.source FROM annotations a
    WHERE a.id = origins.annotation), '');
CREATE TABLE layer_sources (     -- what a class map came in by, before any step
    image INTEGER PRIMARY KEY, source TEXT NOT NULL, made REAL NOT NULL
) STRICT;
-- see engine.document.annotation.came_in
UPDATE annotations SET source = 'import', edited = modified > created WHERE source = 'person'
    AND proposal = 0 AND ABS(created * 1000 - ROUND(created * 1000)) > 0.001;
"""

MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first,
    _pages_and_tones,
    _origins_and_seen,
    _hands_and_origin,
    _imports,
)
VERSION: Final = len(MIGRATIONS)

TABLES: Final = frozenset(
    {"counters", "settings", "classes", "images", "annotations", "mask_tiles", "layer_tiles"}
    | {"journal", "heads", "jobs"}
)


def migrate(db: sqlite3.Connection, to: int = VERSION) -> None:
    """Bring an open project (or an empty file) to a version, each step whole or not."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    for number, step in enumerate(MIGRATIONS[version:to], version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

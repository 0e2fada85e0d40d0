"""A project among its copies: parts that are handed out, bases, conflicts, the class lock."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from engine.document.taxonomy import ClassLock
from engine.store import files, journal, kin, origins, part_file, ranges
from engine.store.classes import Classes
from engine.store.documents import Documents
from engine.store.files import Identity
from engine.store.images import Images
from engine.store.kin import Base, ConflictRow
from engine.store.packed import pack
from engine.store.part_file import PartPlan
from engine.store.project_settings import ProjectSettings
from engine.store.ranges import Range
from engine.store.rows import ImageRow

PART: Final = "hands.part"
PROJECT_ID: Final = "project.id"


class Mark(NamedTuple):
    """A step of an image, as copies compare them."""

    number: int
    created: float
    size: int


class Hands(ProjectSettings):
    """Part of ``Project``."""

    _images: Images
    _documents: Documents
    _classes: Classes

    # -- who this is -------------------------------------------------------------------------

    @property
    def project_id(self) -> str:
        """The same in all copies and parts of a project; empty in files of older versions."""
        return str(self.setting(PROJECT_ID) or "")

    @property
    def part(self) -> Mapping[str, Any]:
        """Which part of which project this is (split, number, of, name, …); empty for none."""
        said = self.setting(PART)
        return said if isinstance(said, dict) else {}

    # -- handing out -------------------------------------------------------------------------

    def hand_on(self, parts: int) -> list[dict[str, Range]]:
        """Numbers for so many parts, which this project will never give out any more.

        Raises:
            EngineError: there are not enough left, or the project can only be read.
        """
        self._store.must_write()
        self._store.flush()
        with self._store.reading() as db:
            shares, counters = ranges.plan(db, parts)
        self._store.submit(lambda db: ranges.write(db, counters))
        self._store.flush()
        self._documents.forget_numbers()
        self._images.number_from(counters.get("image", 0))
        self._classes.forget()
        return shares

    def write_part(self, plan: PartPlan) -> None:
        """Write a part of this project as a project of its own, beside its place.

        It is there once ``engine.store.part_file.settle`` gave it its name.

        Raises:
            EngineError: see ``engine.store.part_file.write``.
        """
        with self._store.snapshot() as db:
            part_file.write(db, self.path, plan)

    # -- taking back -------------------------------------------------------------------------

    @contextmanager
    def comparing(self, image_id: int = 0) -> Iterator["Kept"]:
        """What is stored, as it is now, for a merge.

        Args:
            image_id: what is under way to the file is waited for only if it is of this image;
                0: all of it is.
        """
        if not image_id or self._documents.waits(image_id):
            self._store.flush()
        with self._store.reading() as db:
            yield Kept(db)

    def number_from(self, highest: int) -> None:
        """Give out no object number up to ``highest`` any more, unless that is another part's."""
        self._documents.number_from(highest)

    @property
    def highest_image(self) -> int:
        """The highest image number that was given out here."""
        return self._images.highest

    def set_base(self, base: Base) -> None:
        """Keep what an image held in another copy when it was merged."""
        self._store.submit(lambda db: kin.write_base(db, base))

    def shed_bases(self, kept: Iterable[str]) -> None:
        """Give up what copies held when they were merged, but for these partings.

        Raises:
            EngineError: the project can only be read.
        """
        self._store.must_write()
        partings = list(kept)
        self._store.submit(lambda db: kin.shed(db, partings))

    def adopt_images(self, rows: Sequence[ImageRow]) -> None:
        """Add images under the numbers they have in another copy.

        Raises:
            EngineError: the project can only be read.
        """
        self._store.must_write()
        self._images.adopt(rows)

    def conflicts(self) -> list[ConflictRow]:
        """What copies made differently and nobody has decided, by image."""
        self._store.flush()
        with self._store.reading() as db:
            return kin.open_conflicts(db) if _has(db) else []

    def add_origins(self, image_id: int, rows: Sequence[tuple[int, int, bytes, str]]) -> None:
        """Keep what models had proposed where that is not known here; see ``Kept.origins``."""
        values = [(number, image_id, kind, mask, source) for number, kind, mask, source in rows]
        self._store.submit(lambda db: origins.keep(db, values))

    def add_conflict(self, image_id: int, origin: str, payload: bytes) -> None:
        """Keep a disagreement with the copy called ``origin``."""
        self._store.submit(lambda db: kin.add_conflict(db, image_id, origin, payload))

    def drop_conflicts(self, ids: Sequence[int]) -> None:
        """Forget disagreements that hold no more, by their ids."""
        if ids:
            self._store.submit(lambda db: kin.drop_conflicts(db, ids))

    def decide(self, conflict: ConflictRow) -> None:
        """Note that the step just taken in its image decides a conflict; undo opens it again."""
        self._store.submit(lambda db: kin.decide(db, conflict.id, conflict.image))

    # -- the class list ----------------------------------------------------------------------

    @property
    def class_lock(self) -> ClassLock | None:
        """Who fixed the class list, and when; None where it can be changed."""
        return self._classes.taxonomy.lock

    def lock_classes(self, lock: ClassLock | None) -> None:
        """Fix the class list, or let it be changed again; no step of the history.

        Raises:
            EngineError: the project can only be read.
        """
        self._classes.set_lock(lock)
        self._settings.forget()


class Kept:
    """What is stored of images, read from one connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db, self._known = db, _has(db)

    def packed(self, image_id: int) -> bytes:
        """The rows of an image as one value, see ``engine.store.packed``."""
        return pack(self._db, image_id)

    def base(self, parting: str, image_id: int) -> Base | None:
        """What is kept of an image for a parting."""
        return kin.read_base(self._db, parting, image_id) if self._known else None

    def mark(self, image_id: int) -> str:
        """A name for the newest step of an image."""
        return kin.mark(self._db, image_id)

    def goes_on_from(self, image_id: int, mark: str) -> bool:
        """Whether an image was once at that step."""
        return kin.goes_on_from(self._db, image_id, mark)

    def was_before(self, image_id: int, mark: str) -> bool:
        """Whether an image is as it was before that step."""
        return kin.was_before(self._db, image_id, mark)

    def has_step(self, image_id: int, label: str, after: int) -> bool:
        """Whether a step of that name is in force in an image, after the one of that number."""
        found = self._db.execute(
            "SELECT 1 FROM journal WHERE image = ? AND label = ? AND number > ? AND number <= ?",
            (image_id, label, after, journal.head(self._db, image_id)),
        ).fetchone()
        return found is not None

    def held_elsewhere(self, image_id: int, numbers: Iterable[int]) -> set[int]:
        """Those of some objects' numbers that objects of other images have."""
        return kin.held_elsewhere(self._db, image_id, numbers)

    @property
    def last(self) -> int | None:
        """The last object number of the project's own; None where they have no end."""
        return ranges.own(self._db, "annotation")

    def conflicts(self, image_id: int) -> list[ConflictRow]:
        """What waits for a decision in an image."""
        return kin.open_conflicts(self._db, image_id) if self._known else []

    def handed_out(self, parting: str) -> set[int]:
        """The images of which something is kept for a parting."""
        return kin.images_of(self._db, parting) if self._known else set()

    @property
    def highest(self) -> int:
        """The highest number of an object."""
        return int(self._db.execute("SELECT COALESCE(MAX(id), 0) FROM annotations").fetchone()[0])

    def identities(self, image_ids: Iterable[int]) -> dict[int, Identity]:
        """What was noted of the files of images."""
        return files.read(self._db, image_ids)

    def steps(self, image_id: int) -> tuple[list[Mark], int]:
        """All steps of an image (0: of the class list), and the newest in force."""
        rows = self._db.execute(
            "SELECT number, created, size FROM journal WHERE image = ? ORDER BY number", (image_id,)
        ).fetchall()
        return [Mark(*row) for row in rows], journal.head(self._db, image_id)

    def step(self, image_id: int, number: int) -> tuple[str, bytes] | None:
        """Kind and payload of a step."""
        return journal.payload(self._db, image_id, number)

    def people(self, image_id: int, without: Collection[Mark] = ()) -> list[str]:
        """Who took the steps in force of an image, but for those that another copy has too."""
        shared = {(each.number, each.created) for each in without}
        rows = self._db.execute(
            f"SELECT number, created, {'person' if self._known else repr('')} FROM journal "
            "WHERE image = ? AND number <= ?",
            (image_id, journal.head(self._db, image_id)),
        )
        found = {str(who) for number, created, who in rows if (number, created) not in shared}
        return sorted(found - {""})

    def origins(self, image_id: int) -> list[tuple[int, int, bytes, str]]:
        """What models had proposed, as stored: object, class, mask, source."""
        return origins.stored(self._db, image_id) if self._known else []


def _has(db: sqlite3.Connection) -> bool:
    """Whether the file has the tables: one that is only read may be of an older version."""
    return int(db.execute("PRAGMA user_version").fetchone()[0]) >= kin.SINCE

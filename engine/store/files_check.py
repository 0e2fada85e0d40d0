"""Checking all files of a project, and giving images that lost theirs another."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.store.files import Finding, Identity, Wanted, look, pixel_size
from engine.store.files_match import Lost, Match
from engine.store.rows import ImageRow


class Checked(NamedTuple):
    """What a check of all files found.

    Attributes:
        findings: by image id, all images.
        rows: of the same images.
    """

    findings: Mapping[int, Finding]
    rows: Mapping[int, ImageRow]

    def of(self, *states: str) -> list[ImageRow]:
        """Rows of images whose file is in one of these states, in order."""
        return [self.rows[key] for key, found in self.findings.items() if found.state in states]

    def resized(self, row: ImageRow) -> bool:
        """Whether a changed file holds a picture of another size, or none that can be read."""
        found = self.findings[row.id]
        return found.state == "changed" and row.size is not None and found.size != row.size


def check(
    rows: Sequence[ImageRow],
    known: Mapping[int, Identity],
    *,
    full: bool = False,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Checked:
    """Look at the file of each image; a file of several pages is looked at once.

    Args:
        rows: the images.
        known: what was noted of them.
        full: read every file, not only those whose length or time of change differ.
        watch: told (done, total) as it goes on; what it raises ends the check.
    """
    by_file: dict[tuple[Path, Identity | None], Finding] = {}
    findings: dict[int, Finding] = {}
    for at, row in enumerate(rows):
        watch(at, len(rows))
        path, was = row.path, known.get(row.id)
        same_file = (path, None if was is None else was._replace(noted=0.0))
        found = by_file.get(same_file)
        if found is None:
            found = by_file[same_file] = look(Wanted(row.id, path, row.page, was), full=full)
        if found.state == "changed" and found.image != row.id:
            found = found._replace(size=pixel_size(path, row.page))
        findings[row.id] = found._replace(image=row.id)
    return Checked(findings, {row.id: row for row in rows})


def lost_files(rows: Iterable[ImageRow], known: Mapping[int, Identity]) -> list[Lost]:
    """The files of images that are looked for; pages of one file go together."""
    by_file: dict[Path, list[ImageRow]] = {}
    for row in rows:
        by_file.setdefault(row.path, []).append(row)
    found = []
    for path, pages in by_file.items():
        first = min(pages, key=lambda row: row.page)
        noted = next((known[row.id] for row in pages if row.id in known), None)
        ids = tuple(row.id for row in pages)
        found.append(Lost(ids, path, first.page, first.size, noted))
    return found


def with_pages(rows: Iterable[ImageRow], every: Iterable[ImageRow]) -> list[ImageRow]:
    """The images and all others that are pages of the same files."""
    files = {row.stored_path for row in rows}
    return [row for row in every if row.stored_path in files]


def new_places(found: Iterable[Match]) -> tuple[dict[int, Path], dict[int, Identity]]:
    """What ``Project.relink`` wants, of those that were found."""
    paths: dict[int, Path] = {}
    identities: dict[int, Identity] = {}
    for each in found:
        if not each.found or each.path is None:
            continue
        for image in each.lost.images:
            paths[image] = each.path
            if each.now is not None:
                identities[image] = each.now
    return paths, identities

"""Where the image of a name is: in the folders of a source, or in the project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from engine.formats.find_images import safe_name, stays_inside
from engine.formats.known_images import KnownImage, KnownImages, Named, Size
from engine.formats.name_index import Hits, NameIndex
from engine.formats.report import Report
from engine.images.folder import is_image, list_images
from engine.images.picture import split_page


class Place(NamedTuple):
    """Where an image is.

    Attributes:
        name: What it is called there, "/" between folders.
        path: Its file.
        page: Which image of the file.
        known: The project's image, where it was found by that; None for a file of the source.
    """

    name: str
    path: Path
    page: int = 0
    known: KnownImage | None = None


class Finder:
    """Looks for images; what is called exactly so comes first, a file of the source before all.

    Then what a name means that differs a little: in case, Unicode form, folders in front. Of
    several that fit equally well none is taken.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        known: Mapping[str, Path],
        report: Report,
        beside: Sequence[Path] = (),
        masks: Sequence[Path] = (),
    ) -> None:
        """Say where.

        Args:
            folders: Where images may be, subfolders included, likeliest first.
            known: Where the project's images are; see `KnownImages`.
            report: Takes links that lead out of their folder.
            beside: Folders that may hold anything; no subfolder of them is listed.
            masks: Folders of masks, which are not listed with those above them.
        """
        self._masks = [each.absolute() for each in masks]
        self._deep = list(dict.fromkeys(folders))
        self._beside = [each for each in dict.fromkeys(beside) if each not in self._deep]
        there = [each for each in [*self._deep, *self._beside] if each.is_dir()]
        self.folders = there or [*self._deep, *self._beside]
        self._known = KnownImages.of(known)
        self._report = report

    def named(self, name: str, size: Size | None = None) -> Place | None:
        """The image of a safe name; see `find_images.safe_name`.

        Args:
            name: What it is called.
            size: (height, width) the file says it has, None where it does not.
        """
        found = self.exact(name)
        if found is not None:
            return found
        here, there = self._files.named(name), self._known.find(name, size)
        found = self._nearer(here, there)
        file, page = split_page(name)
        if found is None and page:
            found = self.named(file)
            return None if found is None else found._replace(page=page, known=None)
        return found

    def exact(self, name: str) -> Place | None:
        """A file of exactly this name, or the image an export of the project calls so."""
        file, page = split_page(name)
        for each, number in ((name, 0), (file, page)) if page else ((name, 0),):
            for folder in self.folders:
                if self._is_there(folder, each):
                    return Place(name, folder / each, number)
            known = self._known.exact(each)
            if known is not None:
                at = number or known.page
                return Place(name, known.path, at, known if at == known.page else None)
        return None

    def of_stem(self, *stems: str, size: Size | None = None) -> Place | None:
        """The image that has one of these paths without its ending, likeliest first."""
        keys = [key for stem in stems for key in (stem, stem.rpartition(".")[0]) if key]
        whole: list[tuple[Hits[Path], Named]] = []
        for key in keys:
            hits, known = self._files.of_stem(key), self._known.of_stem(key, size)
            deep = key.count("/") + 1
            if hits.only is not None and hits.agrees == deep:
                return Place(hits.names[0], hits.only)
            if known.image is not None and known.agrees == deep:
                return _place(key, known.image)
            whole.append((hits, known))
        for key, (hits, known) in zip(keys, whole, strict=True):
            found = self._nearer(hits, known, key)
            if found is not None:
                return found
        return None

    @staticmethod
    def _nearer(here: Hits[Path], there: Named, name: str = "") -> Place | None:
        """What agrees further; a file of the source where both agree equally far."""
        if here.only is not None and here.agrees >= there.agrees:
            return Place(here.names[0], here.only)
        return None if there.image is None else _place(name, there.image)

    def _is_there(self, folder: Path, name: str) -> bool:
        try:
            there = os.path.isfile(os.path.join(folder, name))
            return there and stays_inside(folder, name, self._report)
        except (OSError, ValueError):
            return False

    @cached_property
    def _files(self) -> NameIndex[Path]:
        """The images of the folders; listed when a name is first not found as it is.

        What is called the same in two folders, as the copies beside an export and the images they
        were made of, is that of the likelier folder.
        """
        first: dict[str, Path] = {}
        for folder, names in self._names():
            marked = [each for each in self._masks if folder.absolute() in each.parents]
            for name in names:
                path = folder / name
                if marked and any(path.absolute().is_relative_to(each) for each in marked):
                    continue
                if not path.is_symlink() or stays_inside(folder, name, Report()):
                    first.setdefault(name, path)
        return NameIndex(first.items())

    def _names(self) -> Iterator[tuple[Path, Sequence[str]]]:
        for folder in self._deep:
            if folder.is_dir():
                yield folder, list_images(folder).names
        for folder in self._beside:
            if folder.is_dir():
                yield folder, sorted(each for each in _entries(folder) if is_image(each))


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _place(name: str, known: KnownImage) -> Place:
    return Place(name or known.path.name, known.path, known.page, known)


def plain_names(names: Sequence[str]) -> list[str]:
    """The safe form of names that have one, without a word about the others."""
    return [safe for name in names if (safe := safe_name(name, Report()))]

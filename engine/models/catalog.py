"""The models at hand: those that came with the program, the user's own, and the project's.

A model is an immutable folder ``<id>/`` with ``card.toml`` and its weights. Light: the window lists
models without any runtime.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from engine.errors import EngineError, why
from engine.models.card import CARD_NAME, Card, check_card, load_card, make_id, save_card
from engine.models.trust import TrustList
from engine.runtimes.file_kind import FileKind, kind_of

Origin = Literal["builtin", "user", "project", "file"]
DEFAULT_MODEL = "deeplabv3_mnv2_voc_257"


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that can be opened.

    Attributes:
        id: Its card's id.
        card: What is known about it.
        folder: Where the weights are.
        origin: "builtin", "user", "project", or "file" for one that is in no catalog.
    """

    id: str
    card: Card
    folder: Path
    origin: Origin

    @property
    def weights(self) -> Path:
        """The weights file."""
        return self.folder / self.card.file


def user_models() -> Path:
    """The user's own models folder; not made here."""
    return Path(platformdirs.user_data_dir("maskwright", appauthor=False)) / "models"


def builtin_models() -> Path:
    """The folder of the models that come with the program."""
    return Path(str(resources.files("resources"))) / "models"


def file_sha256(path: Path) -> str:
    """The file's SHA-256, 64 hex digits.

    Raises:
        EngineError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise EngineError(f"{path} could not be read: {error.strerror or error}.") from error


class Catalog:
    """Lists, finds, adds and removes models. Reads the folders anew each time; keeps nothing open.

    Args:
        user_dir: The user's models, `user_models()` by default.
        project_files: The project's sibling folder; its ``models/`` is looked into.
        builtin_dir: Those that came with the program.

    Attributes:
        trusted: Hashes of program files the user allowed to run.
        problems: Sentences of the last `entries`: cards that could not be read.
    """

    def __init__(
        self,
        user_dir: Path | None = None,
        project_files: Path | None = None,
        builtin_dir: Path | None = None,
    ) -> None:
        self.user_dir = user_dir if user_dir is not None else user_models()
        self.project_dir = None if project_files is None else project_files / "models"
        self.builtin_dir = builtin_dir if builtin_dir is not None else builtin_models()
        self.problems: tuple[str, ...] = ()
        self.trusted = TrustList(self.user_dir / "trusted.json")

    def entries(self) -> list[Entry]:
        """All models: built in, then the user's, then the project's, each by name.

        A folder whose card cannot be read is left out and said in `problems`.
        """
        problems: list[str] = []
        found = [entry for place in self._places() for entry in _entries(*place, problems)]
        self.problems = tuple(problems)
        return found

    def get(self, reference: str | Path) -> Entry:
        """Find a model by id, by name, or by the path of its folder, card or weights.

        Where two share an id the project's wins over the user's, and that over the built-in one.

        Raises:
            EngineError: nothing fits, with what to do.
        """
        text = str(reference)
        entries = self.entries()[::-1]
        for entry in entries:
            if entry.id == text:
                return entry
        for entry in entries:
            if entry.card.name.casefold() == text.casefold():
                return entry
        path = Path(text).expanduser()
        if os.path.isfile(path) or os.path.isdir(path):  # a pipe would be waited for
            return self._by_path(path, entries)
        known = ", ".join(sorted({entry.id for entry in entries})) or "none yet"
        raise EngineError(
            f"There is no model “{text}”. Known models: {known}. Name one, or a model file."
        )

    def _by_path(self, path: Path, entries: list[Entry]) -> Entry:
        if path.is_dir() or path.suffix == ".toml":
            card = load_card(path)
            return Entry(card.id, card, path if path.is_dir() else path.parent, "file")
        beside = path.with_name(CARD_NAME)
        if beside.is_file():
            card = load_card(beside)
            if card.file == path.name:
                return Entry(card.id, card, path.parent, "file")
        digest = file_sha256(path)
        for entry in entries:
            if entry.card.sha256 == digest:
                return entry
        raise EngineError(
            f"{path.name} has no card yet, so what goes in and out is not known."
            " Add it as a model first."
        )

    def add(self, file: Path, card: Card, to: Literal["user", "project"] = "user") -> Entry:
        """Copy a model in: under a temporary name first, renamed when whole.

        Args:
            file: The weights, with the files an ONNX keeps its weights in beside it; or a folder
                that holds the file ``card.file`` names, which is taken whole.
            card: Its `file` and `sha256` are filled in here; the id gets a number where it is
                taken.
            to: The user's models, or the project's.

        Returns:
            The new entry.

        Raises:
            EngineError: it cannot be copied, or is not safe to open.
        """
        from engine.store.backup import sync_folder  # with all of the store, which few need here

        parent = self._writable(to)
        weights = file / card.file if file.is_dir() else file
        if not weights.is_file():
            raise EngineError(f"{weights} is not there. Choose the model's file again.")
        name = self._free_id(card.id or make_id(weights.stem), parent)
        digest = file_sha256(weights)
        card = msgspec.structs.replace(card, id=name, file=weights.name, sha256=digest)
        check_card(card)
        target = parent / name
        unfinished = _hidden(parent, name)
        try:
            _copy(file, unfinished)
            if file_sha256(unfinished / card.file) != digest:
                raise EngineError(f"{weights.name} changed while it was copied. Add it again.")
            save_card(card, unfinished)
            unfinished.rename(target)
            sync_folder(parent)
        except OSError as error:
            raise EngineError(
                f"{weights.name} could not be copied to {parent}: {why(error)}."
            ) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return Entry(card.id, card, target, to)

    def adopt(self, folder: Path, to: Literal["user", "project"] = "project") -> Entry:
        """Take a finished model folder (card and weights) as it is, such as a learning job's.

        Raises:
            EngineError: its card or weights do not fit, or it cannot be copied.
        """
        card = load_card(folder)
        if card.sha256 and file_sha256(folder / card.file) != card.sha256:
            raise EngineError(f"{folder / card.file} is not the file its card describes.")
        return self.add(folder, card, to)

    def remove(self, reference: str) -> None:
        """Delete a model of the user or the project; it disappears at once, its files after.

        Raises:
            EngineError: it is not there, is built in, or cannot be deleted.
        """
        entry = self.get(reference)
        if entry.origin not in {"user", "project"}:
            raise EngineError(f"{entry.card.name} came with the program and cannot be removed.")
        leaving = _hidden(entry.folder.parent, entry.id)
        try:
            entry.folder.rename(leaving)
            shutil.rmtree(leaving)
        except OSError as error:
            raise EngineError(
                f"{entry.card.name} could not be removed from {entry.folder.parent}:"
                f" {error.strerror or error}."
            ) from error

    def _places(self) -> Iterator[tuple[Path, Origin]]:
        yield self.builtin_dir, "builtin"
        yield self.user_dir, "user"
        if self.project_dir is not None:
            yield self.project_dir, "project"

    def _writable(self, to: str) -> Path:
        parent = self.user_dir if to == "user" else self.project_dir
        if parent is None:
            raise EngineError("No project is open, so the model cannot be kept in one.")
        try:
            parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EngineError(
                f"The folder {parent} could not be made: {error.strerror or error}."
            ) from error
        return parent

    def _free_id(self, wanted: str, parent: Path) -> str:
        wanted = make_id(wanted)
        taken = {entry.id for entry in self.entries()}
        number, name = 1, wanted
        while name in taken or (parent / name).exists():
            number += 1
            name = f"{wanted[:70]}-{number}"
        return name


def _entries(folder: Path, origin: Origin, problems: list[str]) -> Iterator[Entry]:
    try:
        children = sorted(child for child in folder.iterdir() if not child.name.startswith("."))
    except OSError:
        return
    entries = []
    for child in children:
        if not (child / CARD_NAME).is_file():
            continue
        try:
            card = load_card(child)
        except EngineError as error:
            problems.append(str(error))
            continue
        if (child / card.file).is_file():
            entries.append(Entry(card.id, card, child, origin))
        else:
            problems.append(f"{child}: the file {card.file} is missing beside its card.")
    yield from sorted(entries, key=lambda entry: entry.card.name.casefold())


def _hidden(parent: Path, name: str) -> Path:
    """A folder that is coming or going; of a process that is gone it is litter."""
    return parent / f".{name}.{os.getpid()}-{secrets.token_hex(4)}.tmp"


def _copy(source: Path, target: Path) -> None:
    """Copy a folder whole, or a file and the weights it keeps beside it; links are not followed."""
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, copy_function=_copy_file)
        return
    for name in (source.name, *_files_beside(source)):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        _copy_file(str(source.parent / name), str(target / name))


def _copy_file(source: str, target: str) -> None:
    """Copy a file onto the disk: the run that it came from is deleted next."""
    shutil.copyfile(source, target)
    with open(target, "rb+") as file:
        os.fsync(file.fileno())


def _files_beside(weights: Path) -> list[str]:
    if kind_of(weights) is not FileKind.ONNX:
        return []
    from engine.models.onnx_checks import check_file, external_files

    return sorted(external_files(check_file(weights)))

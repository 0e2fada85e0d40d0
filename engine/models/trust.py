"""Programs are not data: which files the user allowed to run (decision 14).

TorchScript and .pt2 files run what their author wrote. They open only when the file's own sha256 is
in the user's list; what a card or a project says about trust grants nothing.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from engine.errors import EngineError


class TrustList:
    """Hashes the user confirmed, in one JSON file: sha256 → the file's name then.

    Args:
        file: Where it is kept; need not exist.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def __contains__(self, sha256: object) -> bool:
        return sha256 in self._read()

    def add(self, sha256: str, name: str = "") -> None:
        """Remember a hash.

        Raises:
            EngineError: It is none, or the list cannot be written.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise EngineError("A file is trusted by its sha256: 64 digits 0–9, a–f.")
        self._write(self._read() | {sha256: name})

    def remove(self, sha256: str) -> None:
        """Forget a hash; one that is not there is fine.

        Raises:
            EngineError: The list cannot be written.
        """
        self._write({key: name for key, name in self._read().items() if key != sha256})

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return {}

    def _write(self, known: dict[str, str]) -> None:
        unfinished = self.file.with_name(f".{self.file.name}.{os.getpid()}.tmp")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(msgspec.json.encode(known))
            unfinished.replace(self.file)
        except OSError as error:
            raise EngineError(
                f"{self.file} could not be written: {error.strerror or error}."
            ) from error


def trust_question(name: str, sha256: str) -> str:
    """What the user is asked before such a file is opened."""
    return (
        f"{name} is a program: opening it runs what its author wrote, with your rights."
        f" Open it only if you trust where it came from. sha256 {sha256}"
    )

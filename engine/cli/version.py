"""The program's version."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """As installed; "0.1.0 (from source)" where it only lies in a folder."""
    try:
        return importlib.metadata.version("maskwright")
    except importlib.metadata.PackageNotFoundError:
        return "0.1.0 (from source)"

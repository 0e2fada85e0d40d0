"""What deciding shared and unclaimed pixels left alone, in words."""

from __future__ import annotations

from collections.abc import Mapping

from app.places.figures import counted


def left_words(left: Mapping[str, int]) -> str:
    """What was left alone and why, as sentences; empty where nothing.

    Args:
        left: "locked" and "covered" objects, "near" pixels whose nearest is locked, "large" gaps.
    """
    said = []
    if left.get("locked"):
        said.append(f"{_are(left['locked'])} locked and kept {_their(left['locked'])} pixels.")
    if left.get("covered"):
        said.append(
            f"{_are(left['covered'])} wholly under or within others and left: raise or delete "
            f"{_them(left['covered'])}."
        )
    if left.get("near"):
        said.append(f"{left['near']:,} px lie nearest to what is locked and were left.")
    if left.get("large"):
        said.append(f"{counted(left['large'], 'larger gap')} left.")
    return " ".join(said)


def _are(number: int) -> str:
    return f"{counted(number, 'object')} {'is' if number == 1 else 'are'}"


def _their(number: int) -> str:
    return "its" if number == 1 else "their"


def _them(number: int) -> str:
    return "it" if number == 1 else "them"

"""What a TIFF file calls its channels: OME-XML, ImageJ's labels, tifffile's and GDAL's notes."""

from __future__ import annotations

import contextlib
from typing import Any
from xml.etree import ElementTree

_GDAL = 42112
_LONGEST = 80
_MOST_XML = 16 << 20
"""Characters of a description that are read; OME-XML of a large plate has a few million."""


def names_in(file: Any, channels: int) -> tuple[str, ...]:
    """Names of the channels of a ``tifffile.TiffFile``; "" where it gives none.

    Args:
        file: open.
        channels: how many there are.
    """
    for ask in (_ome, _imagej, _shaped, _gdal):
        found: list[str] = []
        with contextlib.suppress(Exception):  # a description is text of anybody's
            found = _tidy(ask(file, channels))
        if any(found):
            return tuple((found + [""] * channels)[:channels])
    return ("",) * channels


def _tidy(names: list[Any]) -> list[str]:
    return [" ".join(str(each or "").split())[:_LONGEST] for each in names]


def _ome(file: Any, channels: int) -> list[Any]:
    text = file.ome_metadata if file.is_ome else None
    if not text:
        return []
    pixels = next((each for each in _parsed(text).iter() if _plain(each.tag) == "Pixels"), None)
    every = [] if pixels is None else [e for e in pixels if _plain(e.tag) == "Channel"]
    names: list[Any] = []
    for each in every:
        names += [each.get("Name")] * int(each.get("SamplesPerPixel") or 1)
    return names if len(names) == channels else []


def _imagej(file: Any, channels: int) -> list[Any]:
    about = file.imagej_metadata or {}
    labels = list(about.get("Labels") or ())[:channels]
    # Labels name each plane; they are names of channels where they tell these apart.
    first = int(about.get("channels", 1)) == channels > 1
    return labels if first and len(set(labels)) == channels else []


def _shaped(file: Any, channels: int) -> list[Any]:
    for each in file.shaped_metadata or ():
        names = (each.get("Channel") or {}).get("Name")
        if isinstance(names, list | tuple) and len(names) == channels:
            return list(names)
    return []


def _gdal(file: Any, channels: int) -> list[Any]:
    tag = file.pages[0].tags.get(_GDAL)
    names: list[Any] = [""] * channels
    if tag is not None:
        for item in _parsed(str(tag.value)).iter("Item"):
            at = item.get("sample", "")
            if item.get("role") == "description" and at.isdecimal() and int(at) < channels:
                names[int(at)] = item.text
    return names


def _parsed(text: str) -> ElementTree.Element:
    """XML of a file; entities of its own, which could grow without end, are refused."""
    if len(text) > _MOST_XML or "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise ValueError("no plain XML")
    return ElementTree.fromstring(text)


def _plain(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def shown_names(names: tuple[str, ...], colour: bool) -> tuple[str, ...]:
    """What to call channels on screen: as the file does, or by colour, or by number."""
    known = ("Red", "Green", "Blue") if colour else ("Grey",) if len(names) == 1 else ()
    return tuple(
        each or (known[at] if at < len(known) else f"Channel {at + 1}")
        for at, each in enumerate(names)
    )

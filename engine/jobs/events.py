"""What a job says while it runs: typed events, one JSON object a line.

The lines are the only channel between a job and whoever watches it (the window, the command
line, a later start of the program), so they are small, typed and readable by older and newer
versions: an event of an unknown type decodes to None and is passed over.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.formats.storable import encoded

MAX_LINE = 64 * 1024
"""Longest encoded event in bytes; larger answers go by file and are named by an `Artifact`."""

Outcome = Literal["done", "failed", "cancelled"]
Level = Literal["info", "warning", "error"]


class Progress(msgspec.Struct, tag="progress", tag_field="type", frozen=True):
    """How far the job is.

    Attributes:
        done: Units finished so far.
        total: Units in all; 0 while not known.
        text: What is being worked on, in the user's words.
        seconds_left: Estimate, None while there is none.
    """

    done: int
    total: int
    text: str = ""
    seconds_left: float | None = None


class Metric(msgspec.Struct, tag="metric", tag_field="type", frozen=True):
    """One measured number, for live curves.

    Attributes:
        name: For example "loss" or "miou"; "iou/nucleus" for one class.
        step: Position on the horizontal axis (a step or an epoch, by name).
        value: None where the number is not finite (JSON knows no NaN).
    """

    name: str
    step: int
    value: float | None


class Artifact(msgspec.Struct, tag="artifact", tag_field="type", frozen=True):
    """A result that is whole and may be read now; `path` is relative to the job's folder."""

    kind: str
    path: str


class Note(msgspec.Struct, tag="note", tag_field="type", frozen=True):
    """One sentence for the user; a warning does not end the job."""

    text: str
    level: Level = "info"


class Finished(msgspec.Struct, tag="finished", tag_field="type", frozen=True):
    """The last event; `error` is the sentence of a failed job, else empty."""

    error: str = ""
    outcome: Outcome = "done"


Event = Progress | Metric | Artifact | Note | Finished

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """The event as one line, newline included, at most `MAX_LINE` bytes.

    A text too long for one line is cut and ends in an ellipsis.
    """
    line = encoded(event, _encoder) + b"\n"
    if len(line) <= MAX_LINE:
        return line
    for field in ("text", "error"):
        text = getattr(event, field, None)
        if text:
            # Escaping can make up to six bytes of one character.
            short = text[: MAX_LINE // 8] + "…"
            return encoded(msgspec.structs.replace(event, **{field: short}), _encoder) + b"\n"
    raise ValueError(f"an event of {len(line)} bytes does not fit a line: {type(event).__name__}")


def decode(line: bytes | str) -> Event | None:
    """The event in `line`, or None when the line is no event this version knows."""
    try:
        event: Event = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return event

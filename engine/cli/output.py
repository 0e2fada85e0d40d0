"""What the command line says: a progress bar for people, JSON lines for machines."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from engine.cli import FAILED
from engine.errors import harmless
from engine.formats.storable import encoded
from engine.jobs import events

WIDTH = 160
"""Columns of a table that is written to a file or pipe."""

STYLES = {"info": "", "warning": "yellow", "error": "red"}


def shown(text: str) -> str:
    """A text of others as it is: no markup, and nothing that a terminal would obey."""
    return escape(harmless(text))


def speakable() -> None:
    """Let stdout and stderr take everything.

    What their encoding has no character for is said by its number; where there is none (closed by
    whoever started this, or a program without a console on Windows), nobody hears it.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _write(line: bytes) -> None:
    """JSON is UTF-8 (RFC 8259), whatever the encoding of stdout is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


class _Aside(Console):
    """Says what can be missed: a log that is full, or read by nobody any more, ends no work."""

    def print(self, *said: Any, **how: Any) -> None:
        with contextlib.suppress(OSError):
            super().print(*said, **how)

    def on_broken_pipe(self) -> None:
        pass  # where Rich would end the program


def all_said(code: int) -> int:
    """Send on what waits in stdout and stderr; the exit code, which tells when results are lost.

    Python would try again at its end and, failing, put a code of its own in the place of ours.

    Args:
        code: How the command ended.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = (code or FAILED) if stream is sys.stdout else code
    return code


class Output:
    """Speaks to whoever started the command.

    For people: results on stdout, progress and remarks on stderr. For machines (`json`): one JSON
    object a line on stdout, the last of type "outcome"; errors too, so that stdout says all.
    """

    def __init__(self, json: bool = False) -> None:
        self.json = json
        # soft_wrap: a sentence stays one line, so that it can be searched and copied. A file or
        # pipe has no width of its own.
        width = None if sys.stdout.isatty() else WIDTH
        self._out = Console(soft_wrap=True, highlight=False, width=width)
        self._err = _Aside(stderr=True, soft_wrap=True, highlight=False)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._quarter = 0

    def event(self, event: events.Event) -> None:
        """Show what a job says."""
        if self.json:
            _write(events.encode(event))
        elif isinstance(event, events.Progress):
            self._progress(event)
        elif isinstance(event, events.Note):
            self.remark(event.text, event.level)
        elif isinstance(event, events.Metric) and event.value is not None:
            self._metric(event)

    def remark(self, text: str, level: str = "info") -> None:
        """One sentence beside the result."""
        if self.json:
            self.line({"type": "note", "text": text, "level": level})
        else:
            self._err.print(shown(text), style=STYLES.get(level, ""))

    def say(self, text: str) -> None:
        """One line of the result, for people only."""
        if not self.json:
            self.clear()
            self._out.print(shown(text))

    def table(
        self, headings: Sequence[str], rows: Sequence[Sequence[Any]], title: str = ""
    ) -> None:
        """A table of the result, for people only; numbers stand to the right."""
        if self.json:
            return
        self.clear()
        table = Table(title=shown(title) or None, title_justify="left", box=None, pad_edge=False)
        for at, heading in enumerate(headings):
            numeric = bool(rows) and all(isinstance(row[at], int | float | None) for row in rows)
            table.add_column(
                shown(heading), justify="right" if numeric else "left", overflow="fold"
            )
        for row in rows:
            table.add_row(*(shown(_cell(each)) for each in row))
        self._out.print(table, soft_wrap=False)

    def line(self, value: Mapping[str, Any]) -> None:
        """One JSON object on stdout, for machines only."""
        if self.json:
            _write(encoded(value, msgspec.json.Encoder()) + b"\n")

    def outcome(self, outcome: str, result: Mapping[str, Any], error: str = "") -> None:
        """The last line for machines; for people the error, if any."""
        self.clear()
        if self.json:
            self.line({"type": "outcome", "outcome": outcome, "error": error, "result": result})
        elif error:
            self._err.print(shown(error), style="red")

    def clear(self) -> None:
        """Take the progress bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None

    def _progress(self, event: events.Progress) -> None:
        if not self._err.is_terminal:
            self._plain_progress(event)
            return
        if self._bar is None:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._err,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        if self._task is not None:
            self._bar.update(
                self._task,
                completed=event.done,
                total=event.total or None,
                description=shown(event.text),
            )

    def _plain_progress(self, event: events.Progress) -> None:
        """In a log: a line at each quarter."""
        if not event.total:
            return
        quarter = 4 * event.done // event.total
        if event.done == 0:
            self._quarter = 0
        elif quarter > self._quarter:
            self._quarter = quarter
            self._err.print(f"{event.done:,} of {event.total:,}")

    def _metric(self, event: events.Metric) -> None:
        if event.name.endswith(("miou", "val/loss")):
            self._err.print(f"{shown(event.name)} {event.step}: {event.value:.3f}")


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

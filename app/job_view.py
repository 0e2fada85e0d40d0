"""One job as the window sees it, read from its folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.jobs.events import Artifact, Event, Metric, Note, Progress
from engine.jobs.folder import JobFolder, State
from engine.jobs.job import AnySpec, kind_of

TITLES = {
    "predict": "Proposing",
    "train": "Learning",
    "evaluate": "Measuring",
    "import": "Importing",
    "export": "Exporting",
}


@dataclass(slots=True)
class JobView:
    """What is known of one job.

    Attributes:
        metrics: name → (step, value) points in order of their steps.
        warnings: those of the notes that are more than information.
        model: id of the model it brought.
        late: it ended long ago; how, is read from its folder when it is asked for.
        taken: its results are in the project.
        fresh: it ended while this window watched, or while no window did.
        taking: it has ended, and its results are being taken up.
        given_up: somebody stopped that, so that only some of them are in the project.
        lingers: looks since its last word at which its process was still there.
        waits: looks at which it had no process yet.
        offset: bytes of its events that were read.
    """

    id: str
    kind: str
    folder: Path
    spec: AnySpec
    state: State = "queued"
    title: str = ""
    done: int = 0
    total: int = 0
    text: str = ""
    seconds_left: float | None = None
    metrics: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    model: str = ""
    started: float = 0.0
    taken: bool = False
    fresh: bool = False
    taking: bool = False
    given_up: bool = False
    lingers: int = 0
    waits: int = 0
    offset: int = 0
    late: bool = False
    _outcome: dict[str, Any] = field(default_factory=dict)
    _error: str = ""

    @classmethod
    def of(cls, folder: JobFolder, spec: AnySpec, started: float) -> JobView:
        """A view of a job that nothing was read of yet."""
        kind = kind_of(spec)
        return cls(folder.id, kind, folder.path, spec, title=TITLES[kind], started=started)

    @property
    def outcome(self) -> dict[str, Any]:
        """The job's result once it is done; "model" is the id of a model it brought."""
        self._read_end()
        return self._outcome

    @property
    def error(self) -> str:
        """The sentence of a failed job."""
        self._read_end()
        return self._error

    @error.setter
    def error(self, sentence: str) -> None:
        self._read_end()
        self._error = sentence

    def _read_end(self) -> None:
        if self.late:
            self.late = False
            self.show_end(JobFolder(self.folder))

    def show_end(self, folder: JobFolder) -> None:
        """Take in how the job ended."""
        end = folder.end()
        if end is not None:
            self._outcome, self._error = dict(end.result), end.error
        if self.model:
            self._outcome["model"] = self.model

    @property
    def live(self) -> bool:
        """Whether it has not ended, or its results are still on their way into the project."""
        return self.taking or self.state in ("queued", "running")

    @property
    def can_resume(self) -> bool:
        """Whether it stopped half-way with a checkpoint to go on from."""
        stopped = self.state in ("cancelled", "died")
        return stopped and os.path.exists(self.folder / "checkpoint.pt")

    def read(self, folder: JobFolder) -> list[Event]:
        """Take in what the job has said since the last look; answers with it."""
        events, self.offset = folder.read_events(self.offset)
        for event in events:
            self._take(event)
        return events

    def _take(self, event: Event) -> None:
        match event:
            case Progress():
                self.done, self.total = event.done, event.total
                self.text, self.seconds_left = event.text, event.seconds_left
            case Metric(value=float() as value):
                points = self.metrics.setdefault(event.name, [])
                while points and points[-1][0] >= event.step:
                    points.pop()  # it went on from a checkpoint before this point
                points.append((float(event.step), value))
            case Note():
                self.add_note(event.text, warning=event.level != "info")
            case _:
                pass

    def add_note(self, text: str, *, warning: bool = False) -> None:
        """A sentence about the job, once."""
        if text not in self.notes:
            self.notes.append(text)
            if warning:
                self.warnings.append(text)


def brought_part(events: list[Event]) -> bool:
    """Whether results that can be taken up while the job runs came in."""
    return any(isinstance(event, Artifact) and event.kind == "part" for event in events)

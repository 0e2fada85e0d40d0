"""The folder of one job: everything about it that outlives its process.

    spec.json      what it is asked to do
    process.json   pid and start time of the process that runs it
    owner.json     pid and start time of the program it ends with; absent when it outlives it
    log.txt        what it and its libraries printed
    events.jsonl   what it said, appended line by line
    cancel         present once it was asked to end
    exit           exit status the operating system gave, where it is known
    attempts.jsonl earlier processes of a job that was started again
    done           how it ended and its result; written last, by rename

No pipe is involved, so a job can outlive the program, and a program started later can read what
happened in between.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.errors import EngineError
from engine.formats.storable import encoded
from engine.jobs.events import Event, Finished, Outcome, decode, encode
from engine.jobs.job import AnySpec, decode_spec, encode_spec, kind_of
from engine.processes import Birth, birth, lives

State = Literal["queued", "running", "done", "failed", "cancelled", "died"]


class Process(msgspec.Struct, frozen=True):
    """A process that cannot be mistaken for a later one with the same number.

    Attributes:
        pid: its number.
        started: when it began; see `engine.processes.Birth`, as for `boot`.
        boot: which start of the machine that counts from.
    """

    pid: int
    started: float
    boot: str = ""

    @classmethod
    def of(cls, pid: int) -> Process:
        """The living process with this number.

        Raises:
            psutil.NoSuchProcess: There is none.
        """
        return cls(pid, *birth(pid))

    def alive(self) -> bool:
        """Whether it still runs (a zombie does not), whatever was done to the clock."""
        return lives(self.pid, Birth(self.started, self.boot))


class Done(msgspec.Struct, frozen=True):
    """How a job ended.

    Attributes:
        outcome: "done", "failed" or "cancelled".
        error: The sentence of a failed job, else "".
        result: What the job's function returned.
        detail: Traceback of a bug, for "Show details"; else "".
    """

    outcome: Outcome = "done"
    error: str = ""
    result: dict[str, Any] = msgspec.field(default_factory=dict)
    detail: str = ""


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that either all of it or the old content is there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


_STAMP = "%Y%m%d-%H%M%S"


def _stamp(jobs: Path) -> str:
    """The time for a new job's name: now, or a second after the newest job there is."""
    newest = max((name[:15] for name in os.listdir(jobs)), default="")
    now = time.strftime(_STAMP)
    if now > newest:
        return now
    try:
        return time.strftime(_STAMP, time.localtime(time.mktime(time.strptime(newest, _STAMP)) + 1))
    except (ValueError, OverflowError):
        return now  # somebody else's folder


class JobFolder:
    """One job on disk; every method may be called from any process."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @classmethod
    def create(cls, jobs: Path, spec: AnySpec) -> JobFolder:
        """A new folder inside `jobs` for `spec`, named by time, kind and chance.

        The time in the name is later than that of each job before, whatever the clock says, so
        that names are in the order of jobs.

        Raises:
            EngineError: The folder cannot be written.
        """
        try:
            jobs.mkdir(parents=True, exist_ok=True)
            path = jobs / f"{_stamp(jobs)}-{kind_of(spec)}-{secrets.token_hex(3)}"
            path.mkdir()
            write_whole(path / "spec.json", encode_spec(spec))
        except OSError as error:
            raise EngineError(
                f"Could not prepare the job in {jobs}: {error.strerror}. "
                "Choose a place for the project that can be written."
            ) from error
        return cls(path)

    @property
    def id(self) -> str:
        """Name of the folder; unique inside a project."""
        return self.path.name

    def spec(self) -> AnySpec:
        """What the job is asked to do.

        Raises:
            EngineError: The file is gone or is no spec.
        """
        try:
            data = (self.path / "spec.json").read_bytes()
        except OSError as error:
            raise EngineError(
                f"The job in {self.path} cannot be read: {error.strerror}."
            ) from error
        return decode_spec(data)

    # -- events

    def append(self, event: Event) -> None:
        """Add one event; each line reaches the file in one write."""
        handle = os.open(self.path / "events.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, encode(event))
        finally:
            os.close(handle)

    def read_events(self, offset: int = 0) -> tuple[list[Event], int]:
        """Events after byte `offset`, and the offset to go on from.

        A line still being written is left for the next call; a line that is no event is
        passed over.
        """
        try:
            with (self.path / "events.jsonl").open("rb") as file:
                file.seek(offset)
                data = file.read()
        except FileNotFoundError:
            return [], offset
        end = data.rfind(b"\n") + 1
        events = [event for line in data[:end].splitlines() if (event := decode(line))]
        return events, offset + end

    # -- life

    def set_process(self, process: Process) -> None:
        """Note which process runs the job."""
        write_whole(self.path / "process.json", msgspec.json.encode(process))

    def process(self) -> Process | None:
        """The process that runs or ran the job; None before the first start."""
        try:
            return msgspec.json.decode((self.path / "process.json").read_bytes(), type=Process)
        except (OSError, msgspec.MsgspecError):
            return None

    def set_owner(self, owner: Process | None) -> None:
        """Note the program this job ends with; None lets it outlive the program."""
        if owner is None:
            (self.path / "owner.json").unlink(missing_ok=True)
        else:
            write_whole(self.path / "owner.json", msgspec.json.encode(owner))

    def owner(self) -> Process | None:
        """The program this job ends with, None when it outlives it."""
        try:
            return msgspec.json.decode((self.path / "owner.json").read_bytes(), type=Process)
        except (OSError, msgspec.MsgspecError):
            return None

    def ask_cancel(self) -> None:
        """Ask the job to end; it looks at this file between two pieces of work."""
        (self.path / "cancel").touch()

    def cancel_asked(self) -> bool:
        """Whether the job was asked to end."""
        return os.path.exists(os.path.join(self.path, "cancel"))  # asked for between all pieces

    def finish(self, done: Done) -> None:
        """Write how the job ended; the last thing that is written."""
        self.append(Finished(done.error, done.outcome))
        write_whole(self.path / "done", encoded(done, msgspec.json.Encoder()))

    def done(self) -> Done | None:
        """How the job ended; None while it has not."""
        try:
            return msgspec.json.decode((self.path / "done").read_bytes(), type=Done)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            return Done("failed", f"How the job in {self.path} ended cannot be read: {error}.")

    def exit_status(self) -> int | None:
        """Exit status of the process as a shell gives it (128 + signal), None when not known."""
        try:
            return int((self.path / "exit").read_text())
        except (OSError, ValueError):
            return None

    def out_of_memory(self) -> bool:
        """Whether the process was ended by signal 9 without having been cancelled.

        Nothing else sends that signal to a job: it is how Linux ends a process for want of
        memory (a job raises its own oom_score_adj, so the window is not the one chosen).
        """
        return self.exit_status() in (137, -9) and not self.cancel_asked()

    def state(self) -> State:
        """Where the job stands; "died" when its process is gone without a last word."""
        done = self.done()
        if done is not None:
            return done.outcome
        process = self.process()
        if process is None:
            return "cancelled" if self.cancel_asked() else "queued"
        if process.alive():
            return "running"
        done = self.done()  # it may have ended between the two looks
        if done is not None:
            return done.outcome
        return "cancelled" if self.cancel_asked() else "died"

    def end(self) -> Done | None:
        """How it ended, also when its process died without a word; None while it has not."""
        done = self.done()
        if done is not None:
            return done
        state = self.state()
        if state == "cancelled":
            return Done("cancelled")
        if state != "died":
            return self.done()
        if self.out_of_memory():
            return Done(
                "failed",
                "The computer's memory was full, so the system ended the job. Its results so far "
                "are kept. Close other programs and start it again.",
            )
        return Done(
            "failed",
            "The job's process is gone and left no word. Its results so far are kept. "
            "Start it again.",
            detail=self.log_tail(),
        )

    def log_tail(self, size: int = 4000) -> str:
        """The last `size` bytes of what the process printed."""
        try:
            with (self.path / "log.txt").open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - size))
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def reopen(self) -> None:
        """Make a job that ended or died ready for another start, keeping its work.

        Raises:
            EngineError: It still runs.
        """
        if self.state() == "running":
            raise EngineError(f"The job {self.id} still runs. Cancel it first.")
        process = self.process()
        if process is not None:
            record = {
                "pid": process.pid,
                "started": process.started,
                "exit": self.exit_status(),
                "out_of_memory": self.out_of_memory(),
            }
            with (self.path / "attempts.jsonl").open("ab") as file:
                file.write(msgspec.json.encode(record) + b"\n")
        for name in ("process.json", "exit", "cancel", "done"):
            (self.path / name).unlink(missing_ok=True)

    def attempts(self) -> list[dict[str, Any]]:
        """Earlier processes of this job, oldest first: pid, started, exit, out_of_memory."""
        try:
            lines = (self.path / "attempts.jsonl").read_bytes().splitlines()
        except OSError:
            return []
        found = []
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError):  # cut off by a kill
                found.append(msgspec.json.decode(line, type=dict[str, Any]))
        return found

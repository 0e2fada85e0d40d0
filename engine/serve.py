"""The model process: one loaded network that answers questions line by line (decision 11).

Questions and answers are JSON objects, one per line, at most 64 kB each. What is larger goes by
file in a private folder of this process; the reader deletes it after use.

First line out::

    {"ready": 1, "version", "model", "provider", "provider_text", "reason", "threads", "memory"}

Questions carry an ``id`` that the answer repeats:

    {"id", "op": "predict", PICTURE}                 → {"id", "model", "answer": file, "n",
                                                        "seconds", "provider", "provider_text",
                                                        "reason"}
    {"id", "op": "warm"}                             → {"id", "seconds"}
    {"id", "op": "status"}                           → {"id", "provider", …, "memory"}
    {"id", "op": "inspect", "file", "images": [PICTURE], "trust", "architecture"}
                                                     → {"id", "inspection": file}
    {"id", "op": "preview", "file", "card", PICTURE, "trust"} → as predict
    {"id", "op": "facts"} and {"id", "op": "torch_step", "device"}: see `engine.models.doctor`

PICTURE is ``"image": file, "page": n, "tone": {…}, "own": bool`` (`engine.images.picture`); all but
the file may be left out. A model that learned with another tone is asked with that one.

A question that cannot be answered gets ``{"id", "error": sentence}`` and the process lives on.
``trust`` is the sha256 the user confirmed for a file that is a program. When stdin is closed the
process answers what it was asked and leaves; where nobody reads any more it leaves at once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import queue
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.models.protocol import LONGEST_LINE, NO_ROOM, VERSION

log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Run the model process.

    Args:
        arguments: ``[MODEL] [--device NAME] [--threads N] [--trust SHA256]``; MODEL is a folder, an
            id or a file, "-" for a process that only inspects and previews.

    Returns:
        0 after stdin was closed, 1 when the model could not be opened, `NO_ROOM` when only memory
        was missing; the sentence is the last line on stderr.
    """
    channel = Channel.take_over_stdout()
    parser = argparse.ArgumentParser(prog="maskwright --role model")
    parser.add_argument("model", nargs="?", default="-")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--trust", action="append", default=[])
    chosen = parser.parse_args(list(arguments))
    _offer_to_the_killer()
    # Ctrl-C in a terminal reaches the whole group; who started this process decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    from engine.errors import EngineError
    from engine.models.server import Server
    from engine.runtimes.base import OutOfMemory

    try:
        server = Server(chosen.model, chosen.device, chosen.threads, chosen.trust)
    except EngineError as error:
        print(error, file=sys.stderr, flush=True)
        return NO_ROOM if isinstance(error, OutOfMemory) else 1
    except ModuleNotFoundError as missing:
        print(not_installed(missing), file=sys.stderr, flush=True)
        return 1
    channel.abandoned = server.discard
    try:
        channel.say({"ready": VERSION, **server.hello()})
        for question in channel.questions():
            channel.say(answered(server, question))
    except BrokenPipeError:
        server.discard()
        return 0
    server.close()
    return 0


def answered(server: Any, question: dict[str, Any]) -> dict[str, Any]:
    """One answer; whatever goes wrong becomes a sentence, never the end of the process."""
    from engine.errors import EngineError

    number = question.get("id", 0)
    try:
        return {"id": number, **server.answer(question)}
    except EngineError as error:
        return {"id": number, "error": str(error)}
    except ModuleNotFoundError as missing:
        return {"id": number, "error": not_installed(missing)}
    except MemoryError:
        return {"id": number, "error": "The memory of this computer was too small for this image."}
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        name = Path(str(question.get("image", "") or question.get("file", ""))).name
        text = f"The model stopped at {name or 'this question'} by a mistake of Maskwright's own"
        return {
            "id": number,
            "error": f"{text} ({type(error).__name__}). Show details.",
            "details": traceback.format_exc()[-8000:],
        }


def not_installed(missing: ModuleNotFoundError) -> str:
    """What to do about a package that should have come with the program."""
    name = (missing.name or "").partition(".")[0] or "A package"
    return f"{name} is not installed; it belongs to Maskwright. Install it with: pip install {name}"


class Channel:
    """Lines to and from the program that started this process.

    Args:
        source: File descriptor questions are read from.
        sink: File descriptor answers are written to.
    """

    def __init__(self, source: int, sink: int) -> None:
        self._source, self._sink = source, sink
        self._waiting: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._writing = threading.Lock()
        self.abandoned: Callable[[], None] = lambda: None
        """Called before the process ends because nobody reads its answers any more."""

    @classmethod
    def take_over_stdout(cls) -> Channel:
        """Keep fd 1 for the protocol and let everything that prints go to stderr.

        Must run before any runtime is imported: their native code writes to fd 1 as well.
        """
        sink = os.dup(1)
        os.set_inheritable(sink, False)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(0, sink)

    def say(self, message: dict[str, Any]) -> None:
        """Write one line.

        Raises:
            BrokenPipeError: Nobody reads any more.
        """
        line = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if len(line) > LONGEST_LINE:
            log.error("an answer of %d bytes is too long for a line", len(line))
            short = {"id": message.get("id", 0), "error": "The answer was too long for a line."}
            line = json.dumps(short).encode() + b"\n"
        with self._writing:
            view = memoryview(line)
            while view:
                view = view[os.write(self._sink, view) :]

    def questions(self) -> Iterator[dict[str, Any]]:
        """Questions as they come, until stdin is closed. They are read in a thread of their own."""
        threading.Thread(target=self._read, name="questions", daemon=True).start()
        while (question := self._waiting.get()) is not None:
            yield question

    def _read(self) -> None:
        buffer = b""
        skipping = False
        while chunk := self._chunk():
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                if not skipping and line.strip():
                    self._take(line)
                skipping = False
            if len(buffer) > LONGEST_LINE:
                log.warning("a question longer than %d bytes is left out", LONGEST_LINE)
                buffer, skipping = b"", True
        if self._nobody_reads():
            self.abandoned()
            os._exit(0)
        self._waiting.put(None)

    def _chunk(self) -> bytes:
        try:
            return os.read(self._source, LONGEST_LINE)
        except OSError:
            return b""

    def _take(self, line: bytes) -> None:
        try:
            question = json.loads(line)
            if not isinstance(question, dict):
                raise ValueError("not an object")
        except ValueError as error:
            log.warning("a question could not be read (%s): %.80r", error, line)
            return
        self._waiting.put(question)

    def _nobody_reads(self) -> bool:
        """True where the other end of the answers' pipe is closed, as after a kill."""
        if not hasattr(select, "poll"):
            return False
        poll = select.poll()
        poll.register(self._sink, 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _offer_to_the_killer() -> None:
    """On Linux: where memory runs out, end this process and not the window (decision 9)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

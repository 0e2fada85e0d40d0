"""Ask the decoder process; see ``engine.images.worker``.

Up to two are started, each when it is first needed, used again, and ended when nothing was asked
for a while. One that dies, hangs or takes more memory than such a picture needs is a sentence about
the file; the next question starts another one.
"""

import atexit
import contextlib
import json
import os
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Final

from engine.child import child_command, child_environment
from engine.errors import EngineError
from engine.images import room
from engine.images.convert import Raw
from engine.images.header import Header
from engine.images.shared_file import shared_file

_MARK: Final = "MASKWRIGHT_DECODER"
MOST: Final = 2
"""Decoder processes at a time."""
IDLE: Final = 30.0
"""Seconds without a question after which they are ended."""
SECONDS: Final = 10.0
"""Processor time for any question; a large picture gets more."""
_PIXELS_A_SECOND: Final = 2e6
_PATIENCE: Final = 6
"""How many times its processor time a question may take by the clock: other programs run too."""
_HEADER_MEMORY: Final = 256 << 20
_COPIES: Final = 6
"""Whole pictures that a decoder may hold at a time, at 8 bytes a pixel or what is stored."""
_LIBRARY: Final = 1 << 30
"""Addresses that OpenCV takes when it is loaded, the last resort for some TIFF."""
_LOOK: Final = 0.1  # seconds between two looks at one that works


class Died(Exception):
    """A decoder process is gone; the text says why."""


def am_decoder() -> bool:
    """Whether this is a decoder process, which asks no other one."""
    return _MARK in os.environ


class Decoder:
    """One decoder process."""

    def __init__(self) -> None:
        one = dict.fromkeys((_MARK, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        environment = {**child_environment(), **one}
        self._process = subprocess.Popen(
            child_command("decoder"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # on Windows no black box
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True, name="decoder").start()
        import psutil

        self._seen: Any = None
        with contextlib.suppress(psutil.Error):
            self._seen = psutil.Process(self._process.pid)

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Its answer.

        Raises:
            Died: there is none, and it has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as problem:
            self.end()
            raise Died("the decoder ended") from problem
        line = self._wait(float(question["seconds"]), int(question["memory"]))
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            self.end()
            raise Died("the decoder ended")
        return answer

    def end(self) -> None:
        """End it now."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()

    def _listen(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in stdout:
                self._lines.put(line)
        self._lines.put(b"")

    def _wait(self, seconds: float, memory: int) -> bytes:
        begun, used = time.monotonic(), self._used()[0]
        while True:
            try:
                return self._lines.get(timeout=_LOOK)
            except queue.Empty:
                pass
            now, held = self._used()
            if now - used > seconds or time.monotonic() - begun > seconds * _PATIENCE:
                self.end()
                raise Died("decoding took too long")
            if held > memory + _HEADER_MEMORY + (256 << 20):
                self.end()
                raise Died("decoding took too much memory")

    def _used(self) -> tuple[float, int]:
        """Seconds of processor time so far, and bytes of memory held now."""
        import psutil

        try:
            times = self._seen.cpu_times()
            return float(times.user + times.system), int(self._seen.memory_info().rss)
        except (AttributeError, psutil.Error):
            return 0.0, 0


class _Pool:
    """The decoder processes that wait for a question."""

    def __init__(self) -> None:
        self.slots = threading.BoundedSemaphore(MOST)
        self._free: list[Decoder] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def take(self) -> Decoder:
        """One that waits, or a new one; only for who holds a slot."""
        with self._lock:
            if self._free:
                return self._free.pop()
        return Decoder()

    def give(self, decoder: Decoder) -> None:
        """Take it back, and end it when it is not needed for a while."""
        with self._lock:
            self._free.append(decoder)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(IDLE, self.end)
            self._timer.daemon = True
            self._timer.start()

    def pids(self) -> list[int]:
        """Process numbers of those that wait."""
        with self._lock:
            return [each.pid for each in self._free]

    def end(self) -> None:
        """End those that wait."""
        with self._lock:
            waiting, self._free = self._free, []
            if self._timer is not None:
                self._timer.cancel()
        for each in waiting:
            each.end()


_pool = _Pool()
atexit.register(_pool.end)


def header(path: Path, page: int = 0) -> Header:
    """As ``header.read_header``, by a decoder process.

    Raises:
        EngineError: as there; or the decoder died of it.
    """
    found = _ask(path, {"do": "header", "page": page}, _HEADER_MEMORY, SECONDS)
    size, raw_size = tuple(found["size"]), tuple(found["raw_size"])
    kind, mode = str(found["kind"]), str(found["mode"])
    orientation, pages, bits = (int(found[each]) for each in ("orientation", "pages", "bits"))
    return Header(path, size, raw_size, orientation, pages, bits, mode, kind)


def decode(header: Header, page: int) -> tuple[Raw, bool]:
    """As ``decode.decode``, by a decoder process.

    Raises:
        EngineError: as there; or the decoder died of it.
    """
    pixels = header.size[0] * header.size[1]
    room.check_believable(header.path, header.size)
    samples = 4 if header.layout is None else max(4, header.layout.channels + 1)
    memory = pixels * max(8, header.bits // 8 * samples) * _COPIES
    if header.kind == "TIFF":
        memory += _LIBRARY
    with shared_file(header.path) as place:
        question = {"do": "decode", "page": page, "size": header.size, "room": place.name}
        found = _ask(header.path, question, memory, SECONDS + pixels / _PIXELS_A_SECOND)
        return place.take(found), bool(found["alpha"])


def tile(path: Path, data: bytes, compression: int, photometric: int) -> Raw:
    """As ``tiff_codec.picture`` without tables, by a decoder process.

    Args:
        path: of the file, for the sentence.
        data: of the tile.
        compression: as there.
        photometric: as there.

    Raises:
        EngineError: the data are damaged, or the decoder died of them.
    """
    with shared_file(path) as place:
        place.file.write(data)
        place.file.flush()
        question = {
            "do": "tile",
            "length": len(data),
            "compression": compression,
            "photometric": photometric,
            "room": place.name,
        }
        return place.take(_ask(path, question, _HEADER_MEMORY, SECONDS))


def pids() -> list[int]:
    """Process numbers of the decoders that wait."""
    return _pool.pids()


def close_all() -> None:
    """End the decoder processes that wait."""
    _pool.end()


def _ask(path: Path, question: dict[str, Any], memory: int, seconds: float) -> dict[str, Any]:
    full = {**question, "path": os.path.abspath(path), "memory": memory, "seconds": seconds}
    with _pool.slots:
        try:
            decoder = _pool.take()
            answer = decoder.ask(full)
        except Died as problem:
            raise EngineError(
                f"{path.name} could not be read as an image: {problem}. It may be damaged or made "
                "to do harm; save it again as PNG, JPEG or TIFF."
            ) from problem
        except OSError as problem:
            raise EngineError(
                f"{path.name} could not be opened: its decoder could not be started "
                f"({problem.strerror or problem}). Close other programs, then try again."
            ) from problem
        _pool.give(decoder)
    if "refused" in answer:
        raise EngineError(str(answer["refused"]))
    if "failed" in answer:
        raise EngineError(
            f"{path.name} could not be read as an image: {answer['failed']}. It may be damaged; "
            "save it again as PNG, JPEG or TIFF."
        )
    return answer

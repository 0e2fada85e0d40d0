"""The process in which decoders run that may take a process down (role "decoder").

It reads questions as lines of JSON and answers each with one line. Pixels go into a file that the
asking process made, never through the pipe. The end of the questions is the end of the process.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from engine.errors import EngineError
from engine.images.convert import Raw, bands
from engine.images.header import header_here, reading

_SPARE: Final = 256 << 20
"""Bytes of memory for any question, besides those it names."""


def main() -> int:
    """Answer until nobody asks any more."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800", encoding="ascii")
    for line in questions:
        answers.write(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        answers.flush()
    return 0


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    ways: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "header": _header,
        "decode": _decode,
        "tile": _tile,
    }
    _limit(int(question["memory"]), float(question["seconds"]))
    try:
        return ways[question["do"]](question)
    except EngineError as problem:
        if isinstance(problem.__cause__, MemoryError):
            return {"failed": "it needs more memory than a picture of its size"}
        return {"refused": str(problem)}
    except MemoryError:
        return {"failed": "it needs more memory than a picture of its size"}
    except Exception as problem:  # what reads answers makes a sentence of it
        return {"failed": f"its decoder failed ({type(problem).__name__})"}


def _limit(memory: int, seconds: float) -> None:
    """Let the system refuse memory beyond what a question may take, and end what runs on and on."""
    try:
        import resource
    except ImportError:  # Windows; the asking process watches as well
        return
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        room = pages * os.sysconf("SC_PAGE_SIZE") + _SPARE + memory
        resource.setrlimit(resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
    with contextlib.suppress(OSError, ValueError):
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime + 2 * seconds + 1)
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _header(question: dict[str, Any]) -> dict[str, Any]:
    found = header_here(Path(question["path"]), int(question["page"]))
    return {
        "size": found.size,
        "raw_size": found.raw_size,
        "orientation": found.orientation,
        "pages": found.pages,
        "bits": found.bits,
        "mode": found.mode,
        "kind": found.kind,
    }


def _decode(question: dict[str, Any]) -> dict[str, Any]:
    from engine.images.decoders import decode_here

    path, page = Path(question["path"]), int(question["page"])
    header = header_here(path, page)
    if list(header.size) != question["size"]:
        raise EngineError(f"{path.name} was changed while it was opened. Open it again.")
    pixels, alpha = decode_here(header, page)
    if pixels.shape[:2] != header.size:
        raise EngineError(f"{path.name} holds another picture than it says. Save it again.")
    return {**_write(question["room"], pixels), "alpha": bool(alpha)}


def _tile(question: dict[str, Any]) -> dict[str, Any]:
    from engine.images import tiff_codec

    room = Path(question["room"])
    with reading(Path(question["path"])):
        pixels = tiff_codec.picture(
            room.read_bytes()[: int(question["length"])],
            b"",
            int(question["compression"]),
            int(question["photometric"]),
        )
    return _write(question["room"], pixels)


def _write(room: str, pixels: Raw) -> dict[str, Any]:
    """Put pixels into the file, a part at a time: a turned picture is no block of memory."""
    with open(room, "r+b") as file:
        file.truncate(0)
        _write_rows(file, pixels)
    return {"shape": pixels.shape, "dtype": pixels.dtype.str}


def _write_rows(file: IO[bytes], pixels: Raw) -> None:
    if pixels.flags.c_contiguous:
        file.write(pixels.data.cast("B"))
        return
    for rows in bands(pixels):
        file.write(np.ascontiguousarray(pixels[rows]).tobytes())


if __name__ == "__main__":
    sys.exit(main())

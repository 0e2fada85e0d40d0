"""What a crash report says: where in the program, never where on the disk nor in which image.

It is shown to be copied; nothing here or elsewhere in the program sends it anywhere.
"""

from __future__ import annotations

import platform
import re
import sys
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import qVersion

from engine.images.folder import IMAGE_SUFFIXES

_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][^\\/\s'\"“”:;,()]+)+[\\/]?")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")
_ARRAY = re.compile(r"\[[\s\[\](){}.,:;+\-\deExXnaif]{24,}(?:\.\.\.)?[^\n\]]*\]*")
"""Rows of numbers, as arrays print themselves: pixels of somebody's image."""
_DATA = re.compile(r"[A-Za-z0-9+/=_\\-]{48,}")
"""Bytes in base64, hexadecimal or escapes."""
_LONGEST = 600
_OTHER_KINDS = (
    "json jsonl xml yaml yml csv txt toml zip gz tar maskwright onnx pt pth pt2 ckpt safetensors"
    " dcm dicom nii mha mhd nrrd svs ndpi mrxs czi lif nd2 vsi scn qptiff raw dng nef cr2 heic heif"
    " psd ico mpo npy npz h5 hdf5 mat db sqlite"
)
_SUFFIXES = {each.removeprefix(".") for each in IMAGE_SUFFIXES} | {*_OTHER_KINDS.split()}
_ENDINGS = rf"\.(?:{'|'.join(sorted(_SUFFIXES))})(?:\.gz)?(?![A-Za-z0-9])"
_PHRASE = r"[^\n'\"“”;,()<>|]*"
_WHOLE_PATH = re.compile(
    r"(?:\b[a-z][a-z+.-]*://|(?<![\w.])(?:[A-Za-z]:[\\/]|\\\\|/[^\s/]*/))"
    rf"(?:{_PHRASE}?{_ENDINGS}|{_PHRASE})",
    re.I,
)
"""An absolute path, a share or an address, whose folders may have spaces in them: to the ending of
a file, else to the end of the phrase."""
_FILE = re.compile(rf"[^\s\\/'\"“”]+{_ENDINGS}", re.I)


def report_text(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> str:
    """The report, ready to be copied.

    It names the program's own files and lines and the libraries' modules. Paths, names of files
    and what stands in quotation marks in the error's text are left out: they could tell of the
    user's images.
    """
    lines = [
        f"Maskwright {_version()}",
        f"{platform.system()} {platform.release()}, {platform.machine()}",
        f"Python {platform.python_version()}, Qt {qVersion()}",
        "",
        f"{kind.__name__}: {scrubbed(str(error))}",
        *_frames(trace),
    ]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        text = scrubbed(str(cause))
        lines += ["", f"Caused by {type(cause).__name__}: {text}", *_frames(cause.__traceback__)]
    return "\n".join(lines)


def scrubbed(text: str) -> str:
    """A text without paths, names of files, quoted words and values of pixels."""
    text = text if len(text) <= 2 * _LONGEST else text[: 2 * _LONGEST]
    text = _QUOTED.sub("'…'", text)
    text = _ARRAY.sub("[…]", text)
    text = _DATA.sub("…", text)
    text = _WHOLE_PATH.sub("…", text)
    text = _PATH.sub("…", text)
    text = _FILE.sub("…", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _frames(trace: TracebackType | None) -> list[str]:
    return [
        f"  {_module(frame.filename)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]


def _module(filename: str) -> str:
    """A source file as the part of its path that every installation has."""
    path = Path(filename)
    roots = [Path(each).resolve() for each in sys.path if each]
    for root in sorted(roots, key=lambda each: len(each.parts), reverse=True):
        try:
            return path.resolve().relative_to(root).as_posix()
        except (ValueError, OSError):
            continue
    return path.name


def _version() -> str:
    try:
        return version("maskwright")
    except PackageNotFoundError:
        return "(not installed)"

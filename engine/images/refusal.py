"""Why a file could not be read as an image, in one sentence with its name and the cause."""

import errno
from pathlib import Path
from typing import Final

from PIL import UnidentifiedImageError

from engine.errors import EngineError
from engine.images.folder import is_image
from engine.images.kinds import first_bytes, known_as

_SHORT: Final = (
    "truncated",
    "not enough",
    "cut short",
    "only got",
    "too short",
    "unexpected end",
    "could not create decoder object",
    "broken eof",
    "no more data",
)
_FORMS: Final = (
    "unsupported",
    "not supported",
    "imagecodecs",
    "unknown",
    "not implemented",
    "cannot decode",
)
_BOMB: Final = ("too large", "exceeds limit", "decompression bomb")
_LONGEST: Final = 80
_AN: Final = ("HDF", "Open", "SVG", "XML")  # how they are said


def refusal(path: Path, problem: Exception) -> EngineError:
    """The sentence for what a decoder, the disk or the memory raised."""
    if isinstance(problem, FileNotFoundError):
        return EngineError(f"{path.name} is no longer in {path.parent}. Put it back.")
    if isinstance(problem, PermissionError):
        return EngineError(
            f"{path.name} may not be read. Change its permissions, then open it again."
        )
    if isinstance(problem, MemoryError):
        return EngineError(
            f"There is not enough memory to open {path.name}. Close other programs, then try again."
        )
    if isinstance(problem, OSError) and problem.errno not in (None, errno.EINVAL):
        return EngineError(
            f"{path.name} could not be read from the disk: {problem.strerror}. Try it again."
        )
    return EngineError(f"{path.name} could not be read as an image: {_cause(path, problem)}")


def _cause(path: Path, problem: Exception) -> str:
    """What is wrong, and what to do about it."""
    try:
        head = first_bytes(path)
    except (OSError, EngineError):
        head = b""
    if not head:
        return "it is empty. Copy or download it again."
    name, read = known_as(head)
    if isinstance(problem, UnidentifiedImageError):
        return _not_identified(path, name, read)
    text = str(problem).lower()
    if isinstance(problem, EOFError) or any(each in text for each in _SHORT):
        return "it is cut short. Copy or download it again."
    if any(each in text for each in _BOMB):
        return "it unpacks into far more than a picture needs. Save it again."
    if isinstance(problem, NotImplementedError) or any(each in text for each in _FORMS):
        detail = " ".join(str(problem).split())[:_LONGEST].rstrip(".")
        return f"its form is not supported ({detail}). Save it again as PNG, JPEG or TIFF."
    return f"its {name + ' ' if name else ''}data are damaged. Save it again as PNG, JPEG or TIFF."


def _not_identified(path: Path, name: str, read: bool) -> str:
    if name and not read:
        which = f"{'an' if name.startswith(_AN) else 'a'} {name} file"
        return f"it is {which}, a kind that is not supported. Save it as PNG, JPEG or TIFF."
    if name:
        return f"its {name} header is damaged or cut off. Save it again as PNG, JPEG or TIFF."
    if is_image(path.name):
        kind = path.suffix[1:].upper()
        return f"its header is damaged or not that of a {kind} file. Save it again as PNG or JPEG."
    return "it is of no kind that is supported. Save it as PNG, JPEG or TIFF."

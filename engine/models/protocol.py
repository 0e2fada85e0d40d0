"""What both ends of the model process's pipe go by; see `engine.serve`."""

from typing import Final

VERSION: Final = 1

LONGEST_LINE: Final = 1 << 16
"""Bytes; what is larger goes by file."""

NO_ROOM: Final = 12
"""Exit code where the device's memory was too small to open the model."""

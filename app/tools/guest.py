"""Tools that sheets bring along."""

from typing import Protocol

from app.tools.base import Pointer, Tool


class Guest(Tool, Protocol):
    """A tool that a sheet brings along, for what the sheet shows on the picture.

    It takes the presses it wants from tools that do not paint, and Enter while no gesture runs:
    its gesture then begins, and ends, with an event of that kind.
    """

    def takes(self, press: Pointer) -> bool:
        """Whether what lies there is its own."""

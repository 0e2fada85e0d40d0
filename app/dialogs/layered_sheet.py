"""A sheet that draws on the picture, and takes clicks there, for as long as it can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent

from app.dialogs.sheet import Sheet

if TYPE_CHECKING:
    from app.canvas.sheet_layer import SheetLayer


class LayeredSheet(Sheet):
    """See the module.

    It is hidden and shown again where the window becomes narrow and the sheet goes over the
    canvas, so nothing ends for good by being hidden.
    """

    _layer: SheetLayer | None = None

    def begin_layer(self) -> SheetLayer:
        """Begin to draw on the picture."""
        raise NotImplementedError

    def end_layer(self) -> None:
        """Called when it is over, for what else was begun."""

    def showEvent(self, event: QShowEvent) -> None:
        """See QWidget."""
        super().showEvent(event)
        if self._layer is None:
            self._layer = self.begin_layer()

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever takes the sheet away: nothing of it stays on the picture."""
        if not event.spontaneous() and self._layer is not None:
            self._layer.leave()
            self._layer = None
            self.end_layer()
        super().hideEvent(event)

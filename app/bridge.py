"""Where the engine's plain callbacks become Qt signals; the only such place."""

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal


class Relay(QObject):
    """Carries values from any thread to the thread this object lives on, in order.

    The engine calls back on its own threads (the writer, decoders). ``send`` may be called from
    any of them; ``arrived`` is always emitted on the GUI thread.
    """

    arrived = Signal(object)
    _sent = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sent.connect(self.arrived, Qt.ConnectionType.QueuedConnection)

    def send(self, value: Any) -> None:
        """Hand over a value; returns at once."""
        self._sent.emit(value)

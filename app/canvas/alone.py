"""The classes as they show while one of them is shown alone."""

from dataclasses import replace

from engine.document.taxonomy import Taxonomy


class Alone:
    """Answers with the same taxonomy as long as nothing changes."""

    def __init__(self) -> None:
        self._last: tuple[Taxonomy, int, Taxonomy] | None = None

    def of(self, taxonomy: Taxonomy, only: int | None) -> Taxonomy:
        """The classes, all but ``only`` hidden; as they are where that is None."""
        if only is None:
            return taxonomy
        if self._last is None or self._last[0] is not taxonomy or self._last[1] != only:
            others = (each for each in taxonomy.everything if each.id != only)
            shown = taxonomy.with_(*(replace(each, visible=False) for each in others))
            self._last = taxonomy, only, shown
        return self._last[2]

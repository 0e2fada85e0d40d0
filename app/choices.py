"""What a person has chosen and what is being said to them: the half of the session without data."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.state import Banner, Level, ModelState, Place, ProposalFilter, ViewOptions
from engine.models.answer import Confidence


class Choices(QObject):
    """Attributes are read-only for views; the setters emit, and only when something changed."""

    class_changed = Signal()  # the current class
    selection_changed = Signal()
    hover_changed = Signal()
    tool_changed = Signal()  # tool, radius, or another option of the tool
    view_changed = Signal()
    filter_changed = Signal()
    model_changed = Signal()
    confidence_changed = Signal()
    place_changed = Signal()
    said = Signal(str, str)  # sentence, Level: status bar, left
    banners_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current_class: int | None = None
        self.selection: frozenset[int] = frozenset()
        self.hovered: int | None = None
        self.tool = "select"
        self.brush_radius = 12.0  # image pixels
        self.tool_options: dict[str, Any] = {}
        self.force_new = False  # N: the next press begins a new object
        self.view = ViewOptions()
        self.filter = ProposalFilter()
        self.model = ModelState()
        self.confidence: Confidence | None = None  # of the open image, when a model answered
        self.confidence_names: dict[int, str] = {}  # what that model calls its classes
        self.confidence_classes: dict[int, int] = {}  # class of the project for each of them
        self.only_class: int | None = None  # the one class that shows, or all
        self.place: Place = "start"
        self.banners: list[Banner] = []
        self.spell: Callable[[str], str] = lambda sentence: sentence  # puts keys into sentences

    def set_class(self, class_id: int | None) -> None:
        """Choose the class for the next stroke."""
        if class_id != self.current_class:
            self.current_class = class_id
            self.class_changed.emit()

    def set_selection(self, ids: Iterable[int]) -> None:
        """Choose objects (accepted ones or proposals) by id; none deselects."""
        chosen = frozenset(ids)
        if chosen != self.selection:
            self.selection = chosen
            self.force_new = False
            self.selection_changed.emit()

    def set_hovered(self, annotation_id: int | None) -> None:
        """The object under the pointer."""
        if annotation_id != self.hovered:
            self.hovered = annotation_id
            self.hover_changed.emit()

    def set_tool(self, name: str) -> None:
        """Choose a tool by its id (see app.tools.registry)."""
        if name != self.tool:
            self.tool = name
            self.tool_changed.emit()

    def set_radius(self, radius: float) -> None:
        """Brush radius in image pixels, held to 0.5..2000."""
        radius = min(2000.0, max(0.5, radius))
        if radius != self.brush_radius:
            self.brush_radius = radius
            self.tool_changed.emit()

    def set_tool_option(self, name: str, value: Any) -> None:
        """An option of the tool's strip, kept for the session."""
        if self.tool_options.get(name) != value:
            self.tool_options[name] = value
            self.tool_changed.emit()

    def set_force_new(self, on: bool) -> None:
        """Whether the next press begins a new object whatever is under it."""
        if on != self.force_new:
            self.force_new = on
            self.tool_changed.emit()

    def set_view(self, **changes: Any) -> None:
        """Change how the picture is drawn; see ViewOptions."""
        view = replace(self.view, **changes)
        if view != self.view:
            self.view = view
            self.view_changed.emit()

    def set_only_class(self, class_id: int | None) -> None:
        """Show one class alone, or all again."""
        if class_id != self.only_class:
            self.only_class = class_id
            self.view_changed.emit()
            self.filter_changed.emit()

    def set_filter(self, **changes: Any) -> None:
        """Change which proposals show; see ProposalFilter."""
        chosen = replace(self.filter, **changes)
        if chosen != self.filter:
            self.filter = chosen
            self.filter_changed.emit()

    def set_model(self, state: ModelState) -> None:
        """The model in use or its state changed."""
        if state != self.model:
            self.model = state
            self.model_changed.emit()

    def set_confidence(
        self,
        confidence: Confidence | None,
        names: dict[int, str] | None = None,
        classes: dict[int, int] | None = None,
    ) -> None:
        """What the model was sure of on the open image."""
        self.confidence, self.confidence_names = confidence, names or {}
        self.confidence_classes = classes or {}
        self.confidence_changed.emit()

    def set_place(self, place: Place) -> None:
        """Correct, Inspect, Models, or the first page."""
        if place != self.place:
            self.place = place
            self.place_changed.emit()

    # -- messages ----------------------------------------------------------------------------

    def say(self, sentence: str, level: Level = "info") -> None:
        """One sentence in the status bar; ``{edit.undo}`` in it becomes that action's key."""
        self.said.emit(self.spell(sentence), level)

    def raise_banner(self, banner: Banner) -> None:
        """Show a choice above the canvas; one with the same key replaces it."""
        self.banners = [each for each in self.banners if each.key != banner.key] + [banner]
        self.banners_changed.emit()

    def drop_banner(self, key: str) -> None:
        """Take a banner away."""
        kept = [each for each in self.banners if each.key != key]
        if len(kept) != len(self.banners):
            self.banners = kept
            self.banners_changed.emit()

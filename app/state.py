"""What the session holds, as values: how the picture is drawn, which proposals show, the model."""

from dataclasses import dataclass, field
from typing import Any, Literal

from engine.document.annotation import Annotation

Place = Literal["start", "correct", "inspect", "models"]
Level = Literal["info", "ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """How the picture is drawn. None of it is part of the data.

    Attributes:
        opacity: factor on the fills of SCREEN.md §10; 1.0 is as designed, 0..2.
        fills: False draws lines only.
        photo_alone: masks hidden while a key is held.
        masks_alone: photo hidden while a key is held.
        changes_alone: what changed since the proposal, alone, while a key is held.
        people: what people changed is shown over the bare photo.
        coverage: a veil lies over the parts that were not seen at working zoom.
        line_width: factor on line widths, 0.5..3.
        brightness: -1..1, 0 neutral. contrast: 0.2..5, 1 neutral.
    """

    opacity: float = 1.0
    fills: bool = True
    photo_alone: bool = False
    masks_alone: bool = False
    changes_alone: bool = False
    people: bool = False
    coverage: bool = False
    line_width: float = 1.0
    brightness: float = 0.0
    contrast: float = 1.0

    @property
    def bare(self) -> bool:
        """Whether the masks themselves are not drawn."""
        return self.photo_alone or self.people


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """Which proposals are shown and which "accept all" takes; acts live, never on the data.

    Attributes:
        show_above: smallest score shown, 0..1; a proposal without a score always shows.
        accept_above: smallest score that "accept all above" takes, and below which an object is
            drawn as doubtful.
        show_above_class: per class id, instead of ``show_above``.
        min_area: smallest object shown, pixels.
        min_area_class: per class id, instead of ``min_area``.
    """

    show_above: float = 0.30
    accept_above: float = 0.50
    show_above_class: dict[int, float] = field(default_factory=dict)
    min_area: int = 16
    min_area_class: dict[int, int] = field(default_factory=dict)

    def least_score(self, class_id: int) -> float:
        """Smallest score of a class that is shown."""
        return self.show_above_class.get(class_id, self.show_above)

    def least_area(self, class_id: int) -> int:
        """Smallest object of a class that is shown, pixels."""
        return self.min_area_class.get(class_id, self.min_area)

    def own_limits(self, class_id: int) -> bool:
        """Whether a class has limits of its own."""
        return class_id in self.show_above_class or class_id in self.min_area_class

    def shows(self, proposal: Annotation) -> bool:
        """Whether this proposal is on screen."""
        least = self.least_score(proposal.class_id)
        score_ok = proposal.score is None or proposal.score >= least
        return score_ok and proposal.mask.area >= self.least_area(proposal.class_id)

    def doubts(self, annotation: Annotation) -> bool:
        """Whether this object is drawn and listed as doubtful."""
        low = annotation.score is not None and annotation.score < self.accept_above
        return annotation.doubtful or (annotation.proposal and low)


LUMINANCE = -1
"""The channel of ``ValueRange`` that stands for brightness."""


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Stored values of the photo that may be painted on.

    Attributes:
        low, high: smallest and largest value, both included, as stored in the file.
        channel: index of a stored channel; ``LUMINANCE`` weighs the first three as ITU-R BT.601
            does, and is the one channel of a grey photo.
    """

    low: float
    high: float
    channel: int = LUMINANCE


@dataclass(frozen=True, slots=True)
class SureRange:
    """How probable the model must find a pixel for it to be painted on.

    Attributes:
        at: 0..1. above: allow what is at least as probable as that, else what is less probable.
        of_class: the probability of the class that is painted with, else of the likeliest class.
    """

    at: float = 0.5
    above: bool = True
    of_class: bool = True


@dataclass(frozen=True, slots=True)
class Within:
    """Objects to stay inside, or outside, of. They stay what they are when others are selected.

    Attributes:
        ids: of objects of one image.
        outside: paint only where none of them is.
    """

    ids: frozenset[int]
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What tools may touch; a pixel has to pass all of them. None of it is part of the data.

    Attributes:
        over: only pixels of these classes, 0 unlabelled and 1 background among them; empty is all.
        values: only these values of the photo.
        sure: only what the model finds so probable.
        within: only inside or outside of these objects.
    """

    over: frozenset[int] = frozenset()
    values: ValueRange | None = None
    sure: SureRange | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class ModelState:
    """The model in use, as the status bar and the chip show it.

    Attributes:
        id: catalog id; empty when there is none.
        state: "none" | "starting" | "ready" | "busy" | "failed".
        provider: what it really runs on, for people ("CPU · 2 threads").
        reason: why it is not what was asked for, or the failure; empty when all is well.
    """

    id: str = ""
    name: str = ""
    state: Literal["none", "starting", "ready", "busy", "failed"] = "none"
    provider: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Banner:
    """Something that needs a choice: one sentence, one action, stays until dealt with.

    A second action is for a choice of two ways on, neither of which is the usual one.
    """

    key: str
    text: str
    level: Level = "warning"
    action_text: str = ""
    action: Any = None  # Callable[[], None] | None
    second_text: str = ""
    second: Any = None  # Callable[[], None] | None

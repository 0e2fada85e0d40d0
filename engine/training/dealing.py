"""Which images are for training, validation and test: dealt once, alike on every machine.

Units that belong together (all images of a folder, of a patient) stay together. With labels the
shares hold for every label: the rarest is dealt first, each unit to the part that wants it most
(Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label data", algorithm 1).
Light: no torch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.training.split import HELD, TEST, TRAIN, rank

PARTS = (TRAIN, HELD, TEST)
"""In the order in which they get what is left over."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Images that stay together.

    Attributes:
        key: Names the unit for good.
        images: Their ids.
        labels: Label → images of the unit that have it.
    """

    key: str
    images: tuple[int, ...]
    labels: Mapping[int, int] = field(default_factory=dict)


def units_of(
    keys: Mapping[int, str], labels: Mapping[int, Collection[int]] | None = None
) -> list[Unit]:
    """Units from the key of each image, sorted by key.

    Args:
        keys: Image id → key; images of one key stay together.
        labels: Label → images that have it; none to deal by number alone.
    """
    together: dict[str, list[int]] = {}
    unit_of: dict[int, str] = {}
    for image, key in keys.items():
        together.setdefault(key, []).append(image)
        unit_of[image] = key
    counted: dict[str, Counter[int]] = {key: Counter() for key in together}
    for label, images in (labels or {}).items():
        for image in images:
            if image in unit_of:
                counted[unit_of[image]][label] += 1
    return [Unit(key, tuple(together[key]), counted[key]) for key in sorted(together)]


def deal(
    units: Sequence[Unit], shares: Mapping[str, float], seed: int, fixed: Mapping[int, str]
) -> dict[int, str]:
    """A part for every image that has none.

    Args:
        units: All images, those with a part included.
        shares: Part → share of all images, 0..1; what they lack to 1 goes to "train".
        seed: Another one deals otherwise.
        fixed: Image id → part, of those that have one; they keep it, and the rest of their unit
            follows them.

    Returns:
        Image id → part, of those that had none.
    """
    wish = _Wish(units, {**shares, TRAIN: max(0.0, 1 - sum(shares.values()))})
    found: dict[int, str] = {}

    def give(unit: Unit, part: str) -> None:
        wish.take(unit, part)
        found.update((each, part) for each in unit.images if each not in fixed)

    free: list[Unit] = []
    for unit in units:
        parts = Counter(fixed[each] for each in unit.images if fixed.get(each) in PARTS)
        if parts:
            give(unit, max(parts, key=lambda part: (parts[part], -PARTS.index(part))))
        else:
            free.append(unit)
    free.sort(key=lambda unit: (rank(unit.key, seed), unit.key))
    for unit, label in _in_turn(free):
        give(unit, wish.best(label))
    return found


def _in_turn(units: Iterable[Unit]) -> Iterable[tuple[Unit, int | None]]:
    """Each unit once, with the label for which it is dealt: units of the rarest labels first."""
    left = dict.fromkeys(range(len(listed := list(units))))
    totals: Counter[int] = Counter()
    of_label: dict[int, list[int]] = {}
    for place, unit in enumerate(listed):
        totals.update(unit.labels)
        for label in unit.labels:
            of_label.setdefault(label, []).append(place)
    while totals:
        rarest = min(totals, key=lambda label: (totals[label], label))
        for place in of_label[rarest]:
            if place in left:
                del left[place]
                totals.subtract(listed[place].labels)
                yield listed[place], rarest
        totals = Counter({label: n for label, n in totals.items() if n > 0 and label != rarest})
    for place in left:
        yield listed[place], None


class _Wish:
    """How many images, in all and of each label, every part still wants."""

    def __init__(self, units: Sequence[Unit], shares: Mapping[str, float]) -> None:
        self._parts = [part for part in PARTS if shares.get(part, 0) > 0] or [TRAIN]
        images = sum(len(unit.images) for unit in units)
        labels: Counter[int] = Counter()
        for unit in units:
            labels.update(unit.labels)
        self._all = {part: shares.get(part, 0.0) * images for part in PARTS}
        self._label = {
            (part, label): shares.get(part, 0.0) * count
            for part in PARTS
            for label, count in labels.items()
        }

    def best(self, label: int | None) -> str:
        """The part that wants a unit of this label most; of equals the one that wants most in all.

        Ties end in the order of `PARTS`.
        """

        def want(part: str) -> tuple[float, float]:
            total = self._all[part]
            return (total if label is None else self._label[part, label], total)

        return max(self._parts, key=want)

    def take(self, unit: Unit, part: str) -> None:
        """Count a unit as given."""
        self._all[part] -= len(unit.images)
        for label, count in unit.labels.items():
            self._label[part, label] -= count

"""The order of the images: a queue with a stated rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from engine.document.document import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.store.project import ImageRow

Rule = Literal["certain", "name", "newest", "hand"]
Only = Literal["all", "todo", "waiting", "corrected", "done"]

RULES: dict[Rule, str] = {
    "certain": "Least certain first",
    "name": "File name",
    "newest": "Newest first",
    "hand": "By hand",
}
FILTERS: dict[Only, str] = {
    "all": "All images",
    "todo": "Not done",
    "waiting": "With proposals waiting",
    "corrected": "Corrected, not done",
    "done": "Done",
}


def certainty(row: ImageRow) -> tuple[bool, bool, float, int]:
    """Done images first, as they lie behind; then the least certain; without a score last."""
    score = row.lowest_score
    return (row.status is not Status.DONE, score is None, score or 0.0, row.order)


_KEYS: dict[Rule, Callable[[ImageRow], Any]] = {
    "certain": certainty,
    "name": lambda row: (row.file_name.casefold(), row.id),
    "newest": lambda row: -row.id,
    "hand": lambda row: (row.order, row.id),
}
_TESTS: dict[Only, Callable[[ImageRow], bool]] = {
    "all": lambda row: True,
    "todo": lambda row: row.status is not Status.DONE,
    "waiting": lambda row: row.proposals > 0,
    "corrected": lambda row: row.status is Status.CORRECTED,
    "done": lambda row: row.status is Status.DONE,
}


def arrange(rows: Iterable[ImageRow], rule: Rule, only: Only, search: str) -> list[int]:
    """Ids of the images that pass, in the order of the rule."""
    test, wanted = _TESTS[only], search.strip().casefold()
    passed = (row for row in rows if test(row))
    if wanted:
        passed = (row for row in passed if wanted in row.file_name.casefold())
    return [row.id for row in sorted(passed, key=_KEYS[rule])]


def hand_orders(ids: list[int], orders: dict[int, int]) -> dict[int, int]:
    """The fewest new ``order`` numbers that put images into this order.

    Args:
        ids: images in the order wanted.
        orders: the number of each now.

    Returns:
        Only those that change; numbers stay whole and ascending.
    """
    sorted_now = sorted(orders[number] for number in ids)
    # The same numbers, dealt out anew, touch only what lies between old and new place. Equal
    # numbers cannot order anything, so then all are given out again.
    if len(set(sorted_now)) != len(sorted_now):
        sorted_now = list(range(len(ids)))
    pairs = zip(ids, sorted_now, strict=True)
    return {number: order for number, order in pairs if orders[number] != order}

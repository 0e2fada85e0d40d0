from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.panels.queue import arrange, hand_orders
from engine.document.document import Status
from engine.store import ImageRow, ImageRows


def row(number, name, score=None, status=Status.NEW, order=0, proposals=0):
    return ImageRow(number, name, Path("p"), name, None, status, order, score, proposals)


ROWS = ImageRows.of(
    [
        row(1, "b.png", 0.7, Status.PROPOSED, 0, 2),
        row(2, "A.png", None, order=1),
        row(3, "c.png", 0.4, Status.DONE, 2),
        row(4, "d10.png", 0.4, Status.PROPOSED, 3, 1),
        row(5, "d9.png", 0.2, Status.CORRECTED, 4),
    ]
)


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        ("certain", [3, 5, 4, 1, 2]),
        ("name", [2, 1, 3, 4, 5]),
        ("newest", [5, 4, 3, 2, 1]),
        ("hand", [1, 2, 3, 4, 5]),
    ],
)
def test_rules(rule, order):
    assert arrange(ROWS, rule, "all", "") == order


@pytest.mark.parametrize(
    ("only", "left"),
    [("todo", {1, 2, 4, 5}), ("waiting", {1, 4}), ("corrected", {5}), ("done", {3})],
)
def test_filters(only, left):
    assert set(arrange(ROWS, "hand", only, "")) == left


def test_search_looks_at_names_without_case():
    assert arrange(ROWS, "hand", "all", " D1 ") == [4]
    assert arrange(ROWS, "hand", "all", "zzz") == []


@given(st.permutations(range(6)), st.lists(st.integers(0, 20), min_size=6, max_size=6))
def test_hand_order_brings_about_what_was_asked_for(ids, orders):
    before = dict(enumerate(orders))
    changed = hand_orders(list(ids), before)
    after = before | changed
    assert sorted(ids, key=lambda number: (after[number], number)) == list(ids)
    assert all(before[number] != order for number, order in changed.items())


def test_moving_by_one_place_changes_two_numbers():
    assert hand_orders([0, 2, 1, 3], {0: 0, 1: 1, 2: 2, 3: 3}) == {2: 1, 1: 2}


def test_pages_of_a_file_stand_in_the_order_of_their_numbers():
    pages = [row(5 - n, f"stack.tif#{number}", order=1)._replace(page=number - 1)
             for n, number in enumerate((2, 10, 9))]  # fmt: skip
    rows = ImageRows.of([row(9, "stack.tif", order=1), row(8, "stack.tif.png"), *pages])
    assert arrange(rows, "name", "all", "") == [9, 5, 3, 4, 8]
    assert arrange(rows, "name", "all", "#10") == [4]
    assert arrange(rows, "hand", "all", "")[1:] == [9, 5, 3, 4]

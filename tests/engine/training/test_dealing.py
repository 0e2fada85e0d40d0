"""Train, validation and test: dealt once, in the shares that were asked for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.training.dealing import deal, units_of
from engine.training.split import HELD, TEST, TRAIN, assign

SHARES = {HELD: 0.2, TEST: 0.1}


def test_shares_hold_in_all_and_for_every_label():
    keys = {number: f"{number}.png" for number in range(1000)}
    labels = {2: range(0, 1000, 2), 3: range(0, 1000, 20), 4: range(0, 1000, 100)}
    found = deal(units_of(keys, labels), SHARES, 0, {})
    assert Counter(found.values()) == {TRAIN: 700, HELD: 200, TEST: 100}
    for images in labels.values():
        parts = Counter(found[each] for each in images)
        wish = len(images)
        assert abs(parts[TRAIN] - 0.7 * wish) <= 1.5
        assert abs(parts[HELD] - 0.2 * wish) <= 1.5
        assert abs(parts[TEST] - 0.1 * wish) <= 1.5


def test_another_seed_deals_otherwise_and_the_same_seed_alike():
    units = units_of({number: f"{number}.png" for number in range(50)})
    first, again, other = (deal(units, SHARES, seed, {}) for seed in (0, 0, 1))
    assert first == again != other


@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=30),
    labels=st.lists(st.sets(st.integers(0, 100)), max_size=4),
    fixed=st.dictionaries(st.integers(0, 60), st.sampled_from((TRAIN, HELD, TEST)), max_size=5),
    seed=st.integers(0, 3),
)
def test_groups_stay_together_and_what_is_dealt_stays(sizes, labels, fixed, seed):
    keys, number = {}, 0
    for group, size in enumerate(sizes):
        for _ in range(size):
            keys[number] = f"g{group}"
            number += 1
    fixed = {each: part for each, part in fixed.items() if each in keys}
    units = units_of(keys, dict(enumerate(labels)))
    found = deal(units, SHARES, seed, fixed)
    assert found.keys() == keys.keys() - fixed.keys()
    whole = {**fixed, **found}
    for unit in units:
        dealt = {found[each] for each in unit.images if each in found}
        assert len(dealt) <= 1
        given_parts = {fixed[each] for each in unit.images if each in fixed}
        if dealt and given_parts:
            assert dealt <= given_parts
    assert set(whole.values()) <= {TRAIN, HELD, TEST}


def test_learning_neither_learns_from_test_images_nor_measures_on_them():
    folds = {1: TEST, 2: "", 3: "", 4: TEST}
    found = assign(folds, {key: str(key) for key in folds}, 0)
    assert sorted(found.values()) == [HELD, TRAIN]
    assert set(found) == {2, 3}

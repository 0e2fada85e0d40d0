from hypothesis import given
from hypothesis import strategies as st

from engine.training.split import assign, rank


def keys(number):
    return {each: f"photo_{each:03}.jpg" for each in range(number)}


def fresh(number, seed=0, share=0.2):
    return assign(dict.fromkeys(range(number), ""), keys(number), seed, share)


def test_a_fifth_is_held_out():
    folds = fresh(100)
    assert sum(fold == "held" for fold in folds.values()) == 20


def test_one_image_is_learned_from_and_of_two_one_is_held_out():
    assert list(fresh(1).values()) == ["train"]
    assert sorted(fresh(2).values()) == ["held", "train"]


def test_the_split_follows_names_and_seed_not_the_order_they_came_in():
    backwards = assign({each: "" for each in reversed(range(50))}, keys(50), 0)
    assert backwards == fresh(50)
    assert fresh(50, seed=1) != fresh(50)


def test_the_rank_is_the_same_in_every_version():
    assert rank("photo_001.jpg", 0) == 4649261273114170436
    assert rank("photo_001.jpg", 1) != rank("photo_001.jpg", 0)


@given(st.integers(1, 40), st.lists(st.integers(1, 15), max_size=5), st.integers(0, 99))
def test_who_has_a_fold_keeps_it_and_both_stay_peopled(first, later, seed):
    folds: dict[int, str] = {}
    for number in [first, *later]:
        total = len(folds) + number
        known = {each: folds.get(each, "") for each in range(total)}
        new = assign(known, keys(total), seed)
        assert set(new) == set(range(total)) - set(folds)
        folds |= new
        held = sum(fold == "held" for fold in folds.values())
        assert total - held >= 1
        assert held >= (1 if total > 1 else 0)
        assert held == max(1, round(0.2 * total)) or total == 1


def test_a_project_that_holds_everything_learns_from_the_next():
    assert assign({0: "held", 1: ""}, keys(2), 0) == {1: "train"}

from app.canvas.tiles import Shelf, memory_budget, share


def test_the_least_recently_used_goes_first():
    shelf = Shelf(10, len)
    shelf.put("a", "xxxx")
    shelf.put("b", "xxxx")
    assert shelf.get("a") == "xxxx"
    shelf.put("c", "xxxx")
    assert "b" not in shelf
    assert list(shelf) == ["a", "c"]
    assert shelf.bytes == 8


def test_one_value_always_fits():
    shelf = Shelf(3, len)
    shelf.put("a", "xxxxxxx")
    assert shelf.get("a") == "xxxxxxx"
    shelf.put("b", "x")
    assert list(shelf) == ["b"]
    assert shelf.bytes == 1


def test_a_value_that_is_put_again_counts_once():
    shelf = Shelf(10, len)
    shelf.put("a", "xxxx")
    shelf.put("a", "xx")
    assert shelf.bytes == 2
    assert len(shelf) == 1
    shelf.drop("a")
    shelf.drop("a")
    assert shelf.bytes == 0
    assert shelf.get("a") is None


def test_it_can_be_changed_while_it_is_walked():
    shelf = Shelf(100, len)
    for name in "abc":
        shelf.put(name, "x")
    for name in shelf:
        shelf.get(name)
        shelf.drop(name)
    assert len(shelf) == 0


def test_the_budget_is_a_quarter_of_memory_at_most():
    import psutil

    assert memory_budget() <= psutil.virtual_memory().total / 4
    assert memory_budget() <= 2 << 30
    assert share(0.5) == memory_budget() // 2

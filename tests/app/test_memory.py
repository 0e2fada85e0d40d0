"""The ledger: every cache is in it while it lives, and says what it holds."""

import gc

from app import memory
from app.canvas.tiles import Shelf
from app.memory import LEDGER, Ledger


def shelf(name, budget=100):
    return Shelf(budget, len, name)


def test_a_cache_is_in_the_ledger_while_it_lives():
    mine = shelf("mine, alone")
    assert mine in list(LEDGER.caches())
    del mine
    gc.collect()
    assert "mine, alone" not in [each.name for each in LEDGER.caches()]


def test_caches_of_one_name_are_one_entry_and_the_largest_comes_first():
    ledger, small, one, two = Ledger(), shelf("b", 10), shelf("a", 60), shelf("a", 60)
    for each in (small, one, two):
        ledger.enter(each)
    one.put(1, "xxx")
    two.put(1, "xxxx")
    two.get(1)
    two.get(1)
    one.get(2)
    first, second = ledger.entries()
    assert (first.name, first.count, first.bytes, first.budget) == ("a", 2, 7, 120)
    assert (first.hits, first.misses) == (2, 1)
    assert first.rate == 2 / 3
    assert (second.name, second.rate) == ("b", None)
    assert ledger.bytes == 7


def test_emptying_lets_go_of_everything_and_says_how_much():
    ledger, one = Ledger(), shelf("a")
    ledger.enter(one)
    one.put(1, "xxx")
    assert ledger.clear() == 3
    assert len(one) == one.bytes == ledger.bytes == 0


def test_the_parts_of_the_budget_are_one_whole_at_most(qapp):
    from app.application import Application

    before = {id(each) for each in LEDGER.caches()}
    program = Application(qapp)
    mine = [each for each in LEDGER.caches() if id(each) not in before]
    names = {each.name for each in mine}
    assert {"Pictures, whole", "Pictures, in parts", "Masks as drawn", "Small pictures"} <= names
    assert "Other things" not in names, "each cache says what it keeps"
    assert sum(each.budget for each in mine) <= memory.memory_budget()
    program.close()
    program.window.deleteLater()
    qapp.processEvents()


def test_this_program_takes_memory():
    assert 10 << 20 < memory.resident() < 64 << 30

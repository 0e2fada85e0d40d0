import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tools.options import Choice, Number, Switch, amount, chosen, is_on

SIZE = Number("size", "Size", "How large.", 20, 1, 400, "px", even=True)
SHARE = Number("share", "Share", "How much.", 0.5, 0, 1, decimals=2)
KIND = Choice("kind", "Kind", "Which.", (("a", "First"), ("b", "Second")))


@given(st.sampled_from([SIZE, SHARE]), st.floats(0, 1))
def test_a_slider_goes_there_and_back(number, share):
    value = number.at(share)
    assert number.least <= value <= number.most
    assert number.at(number.share(value)) == pytest.approx(value, abs=10.0**-number.decimals)


@given(st.sampled_from([SIZE, SHARE]), st.floats(0, 400), st.integers(-3, 3).filter(bool))
def test_a_notch_always_moves_unless_at_the_end(number, value, notches):
    before, after = number.held(value), number.turned(value, notches)
    end = number.most if notches > 0 else number.least
    assert (after - before) * notches > 0 or before == after == end


def test_values_that_are_none_of_its_own_are_the_default_or_held():
    assert amount({}, SIZE) == 20
    assert amount({"size": 9999}, SIZE) == 400
    assert chosen({"kind": "x"}, KIND) == "a"
    assert chosen({"kind": "b"}, KIND) == "b"
    assert is_on({}, Switch("on", "On", "On.", default=True))
    assert SIZE.text(20) == "20 px"
    assert SHARE.text(0.5) == "0.50"

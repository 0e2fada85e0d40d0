"""What a project keeps of its linter, and what it makes of values that others wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.lint import RULES, Limits
from engine.store.lint_settings import LIMITS, RANGES, keep_limits, leave, left_of, limits_of

limits = st.builds(
    Limits,
    hole=st.integers(0, 100_000),
    island=st.integers(0, 100_000),
    duplicate=st.floats(0.5, 1),
    touch=st.floats(0.05, 1),
    overlap=st.integers(1, 100_000),
    rules=st.frozensets(st.sampled_from(sorted(RULES))),
)


class Kept(dict):
    """Settings as a project has them."""

    def setting(self, key, default=None):
        return self.get(key, default)

    def set_setting(self, key, value):
        if value is None:
            self.pop(key, None)
        else:
            self[key] = value


@given(limits)
def test_limits_come_back(chosen):
    kept = Kept()
    keep_limits(kept, chosen)
    assert limits_of(kept) == chosen
    keep_limits(kept, Limits())
    assert kept == {}, "the usual is not written down"


@given(
    st.one_of(
        st.none(),
        st.integers(),
        st.dictionaries(
            st.sampled_from([*RANGES, "off"]),
            st.one_of(
                st.none(), st.booleans(), st.floats(), st.integers(), st.lists(st.integers())
            ),
        ),
    )
)
def test_what_cannot_be_meant_counts_as_the_usual(said):
    found = limits_of(Kept({LIMITS: said}))
    for name, (least, most) in RANGES.items():
        assert least <= getattr(found, name) <= most
        assert type(getattr(found, name)) is type(getattr(Limits(), name))


@pytest.mark.parametrize("said", [None, 3, "hole", {"a": 1}, [3, None]])
def test_no_finding_is_left_by_what_is_not_a_list_of_keys(said):
    assert left_of(Kept({"lint.left/7": said}), 7) == frozenset()


def test_findings_are_left_by_image():
    kept = Kept()
    leave(kept, 7, {"hole:2:1:1", "spot:3::4"})
    assert left_of(kept, 7) == {"hole:2:1:1", "spot:3::4"}
    assert left_of(kept, 8) == frozenset()
    leave(kept, 7, ())
    assert kept == {}

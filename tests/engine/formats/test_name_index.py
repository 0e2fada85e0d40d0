"""Names of files are found however another program or system wrote them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formats.known_images import KnownImage, KnownImages
from engine.formats.name_index import NameIndex, folded

PART = st.text("aAbBzé\u0301ßİ%2 .-", min_size=1, max_size=6).filter(lambda text: text.strip(". "))
NAMES = st.lists(
    st.lists(PART, min_size=1, max_size=3).map("/".join), min_size=1, max_size=8, unique=True
)


@given(NAMES)
def test_what_is_called_exactly_so_is_found(names):
    index = NameIndex((name, number) for number, name in enumerate(names))
    for number, name in enumerate(names):
        hits = index.named(name)
        assert hits.only == number
        assert hits.agrees == name.count("/") + 1
        assert hits.names == (name,)


@given(NAMES, st.sampled_from(["NFC", "NFD"]), st.booleans())
def test_what_is_called_alike_is_among_what_is_found(names, form, upper):
    index = NameIndex((name, number) for number, name in enumerate(names))
    for number, name in enumerate(names):
        other = unicodedata.normalize(form, name.upper() if upper else name)
        if folded(other) == folded(name):
            alike = {n for n, each in enumerate(names) if folded(each) == folded(name)}
            hits = index.named(other)
            assert set(hits.values) <= alike
            assert number in hits.values or other in names or len(alike) > 1


@pytest.mark.parametrize(
    ("asked", "there", "found"),
    [
        ("data/a.png", ("a.png", "b/a.png"), ("a.png",)),
        ("b/a.png", ("a.png", "b/a.png"), ("b/a.png",)),
        ("a.png", ("c/a.png", "b/a.png"), ("c/a.png", "b/a.png")),
        ("A.PNG", ("a.png", "A.png", "A.PNG"), ("A.PNG",)),
        ("a%20b.png", ("a b.png",), ("a b.png",)),
        ("a%20b.png", ("a b.png", "a%20b.png"), ("a%20b.png",)),
        ("a.png", ("a.jpg",), ()),
        (".png", ("a.png",), ()),
        ("%2e%2e/a.png", ("../a.png",), ("../a.png",)),
    ],
)
def test_the_longest_way_in_common_counts(asked, there, found):
    hits = NameIndex((name, name) for name in there).named(asked)
    assert hits.values == found
    assert (hits.only is not None) == (len(found) == 1)


def test_a_stem_goes_without_its_ending():
    index = NameIndex((name, name) for name in ("x/a.png", "a.tar.gz", "B.JPG", ".hidden"))
    assert index.of_stem("a").values == ("x/a.png",)
    assert index.of_stem("x/b").values == ("B.JPG",)
    assert index.of_stem("a.tar").values == ("a.tar.gz",)


def test_a_size_tells_images_of_one_name_apart(tmp_path):
    one, two, unknown = (
        KnownImage(tmp_path / where / "x.png", 0, size, number)
        for number, (where, size) in enumerate((("a", (3, 4)), ("b", (5, 6)), ("c", None)), 1)
    )
    known = KnownImages({"a/x.png": one, "b/x.png": two})
    assert known.find("x.png", (3, 4)).image == one
    assert known.find("x.png", (6, 5)).image == two, "as stored and not as seen"
    assert known.find("x.png", (9, 9)).image is None
    assert known.find("x.png").several == (one, two)
    assert known.find("a/x.png", (9, 9)).image == one, "an export calls it so"
    more = KnownImages({"a/x.png": one, "c/x.png": unknown})
    assert more.find("x.png", (3, 4)).several == (one, unknown)
    assert (dict(known), len(known)) == ({"a/x.png": one.path, "b/x.png": two.path}, 2)

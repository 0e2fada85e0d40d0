from types import SimpleNamespace

import pytest

from engine.models.card import Card, CardClass
from engine.models.mapping import plain, propose, singular


def model(*names, background=None):
    classes = tuple(
        CardClass(index=index, name=name, background=name == background)
        for index, name in enumerate(names)
    )
    return Card(id="a", name="a", file="a", classes=classes)


def project(*names):
    classes = [SimpleNamespace(id=2 + at, name=name) for at, name in enumerate(names)]
    return SimpleNamespace(classes=classes)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("dog", "dog"),
        ("Dog", "dog"),
        ("traffic_light", "Traffic light"),
        ("cells", "cell"),
        ("cell", "Cells"),
        ("berries", "berry"),
        ("buses", "bus"),
        ("aeroplane", "airplane"),
        ("tvmonitor", "TV"),
        ("motorbike", "motorcycle"),
        ("pottedplant", "potted plant"),
        ("people", "person"),
        ("café", "Cafe"),
        ("nuclei", "nucleus"),
    ],
)
def test_names_that_mean_the_same(theirs, ours):
    assert propose(model(theirs), project("something", ours)) == {0: 3}


@pytest.mark.parametrize(("theirs", "ours"), [("cat", "car"), ("glass", "glas"), ("bus", "bu")])
def test_names_that_do_not(theirs, ours):
    assert propose(model(theirs), project(ours)) == {0: "new"}


def test_background_is_left_out_and_unknown_is_new():
    found = propose(model("bg", "dog", "yak", background="bg"), project("Dog"))
    assert found == {0: "ignore", 1: 2, 2: "new"}
    assert propose(model("Background", "void"), project("background")) == {0: "ignore", 1: "ignore"}


def test_the_strictest_match_wins():
    assert propose(model("dogs", "dog"), project("dog", "dogs")) == {0: 3, 1: 2}
    assert propose(model("Dog"), project("dogs", "dog")) == {0: 3}


def test_plain_and_singular():
    assert plain("Dog_01") == "dog"
    assert plain("7") == "7"
    assert singular("glass") == "glass"
    assert singular("virus") == "virus"
    assert singular("axis") == "axis"
    assert singular("boxes") == "box"

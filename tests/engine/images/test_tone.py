import json

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.images.look import Look
from engine.images.tone import NONE, RULES, Tone, tone_from
from engine.images.tone_edits import by_hand, is_apart, with_apart, with_channels, with_rule

number = st.floats(-1e9, 1e9)
window = st.tuples(number, st.floats(1e-3, 1e9)).map(lambda pair: (pair[0], pair[0] + pair[1] + 1))


@st.composite
def tones(draw):
    rule = draw(st.sampled_from(RULES))
    windows = ()
    if rule == "manual":
        windows = tuple(draw(st.lists(window, min_size=1, max_size=1)))
    channels = draw(st.sampled_from([(), (0,), (4,), (0, 1, 2), (3, NONE, 0)]))
    low = draw(st.floats(0, 49))
    return Tone(
        channels=channels,
        rule=rule,
        percent=(low, low + draw(st.floats(0.01, 50))),
        windows=windows,
        apart=draw(st.sampled_from([None, True, False])),
        gamma=draw(st.floats(0.1, 10)),
        invert=draw(st.booleans()),
    )


@given(tones())
def test_a_tone_comes_back_from_json_and_toml(tone):
    data = tone.as_json()
    assert tone_from(json.loads(json.dumps(data))) == tone
    tomli_w.dumps(data)  # a card holds it


def test_nothing_said_is_the_automatic_tone():
    assert tone_from(None) == tone_from({}) == Tone()
    assert Tone().as_json() == {"rule": "auto"}
    assert Tone().as_is
    assert not Tone(gamma=1.2).as_is


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rule": "guess"}, "guess"),
        ({"channels": [1, 2]}, "neither one channel nor three"),
        ({"channels": [-3]}, "negative"),
        ({"channels": [NONE, NONE, NONE]}, "no channel"),
        ({"rule": "manual"}, "no window"),
        ({"rule": "manual", "windows": [[5, 5]]}, "does not rise"),
        ({"rule": "manual", "windows": [[float("nan"), 5]]}, "does not rise"),
        ({"rule": "manual", "windows": [[0, float("inf")]]}, "does not rise"),
        ({"percent": [60, 40]}, "percentages"),
        ({"gamma": 0}, "gamma"),
        ({"gamma": float("nan")}, "gamma"),
        ({"invert": "yes"}, "inverted"),
        ({"windows": [[1]]}, "cannot be used"),
        ({"curve": 3}, "curve"),
    ],
)
def test_what_means_nothing_is_refused_in_words(given, words):
    with pytest.raises(EngineError, match=words):
        tone_from(given)


def test_a_tone_says_itself_in_a_few_words():
    assert Tone().words() == "automatic"
    tone = Tone(channels=(2,), rule="manual", windows=((0, 900),), gamma=1.5, invert=True)
    assert tone.words() == "channel 3, 0 to 900, gamma 1.5, inverted"
    assert Tone(channels=(0, NONE, 4)).words() == "channels 1, –, 5 as red, green, blue, automatic"


# -- what a hand makes of it ---------------------------------------------------------------------

THREE = Look((0, 1, 2), ((0.0, 10.0), (5.0, 50.0), (1.0, 99.0)), 1.0, False, 5)
ONE = Look((0,), ((3.0, 9.0),), 1.0, False, 1)


def test_a_window_set_by_hand_leaves_the_other_channels():
    tone = by_hand(Tone(), THREE, (6.0, 7.0), 1)
    assert tone.rule == "manual"
    assert tone.windows == ((0.0, 10.0), (6.0, 7.0), (1.0, 99.0))
    assert is_apart(tone, THREE, colour=True)


def test_a_window_of_all_is_one():
    tone = by_hand(Tone(), THREE, (6.0, 7.0))
    assert tone.windows == ((6.0, 7.0),)
    assert not is_apart(tone, THREE, colour=False)
    assert by_hand(Tone(gamma=2.0), ONE, (1.0, 2.0)) == Tone(
        rule="manual", windows=((1.0, 2.0),), gamma=2.0
    )


def test_by_hand_begins_where_the_window_is():
    assert with_rule(Tone(), THREE, "manual").windows == THREE.windows
    assert with_rule(Tone(), ONE, "manual").windows == ONE.windows
    back = with_rule(with_rule(Tone(), THREE, "manual"), THREE, "minmax")
    assert back == Tone(rule="minmax")


def test_one_window_for_all_holds_them_all():
    manual = with_rule(Tone(), THREE, "manual")
    assert with_apart(manual, THREE, False).windows == ((0.0, 99.0),)
    assert with_apart(Tone(), THREE, True) == Tone(apart=True)


def test_choosing_one_channel_keeps_one_window():
    manual = with_rule(Tone(), THREE, "manual")
    assert with_channels(manual, (1,)).windows == ((0.0, 10.0),)
    assert with_channels(manual, (2, 1, 0)).windows == manual.windows

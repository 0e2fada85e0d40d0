"""A model is given what is seen, or what it learned with; never something else in silence."""

from dataclasses import replace

import cv2
import msgspec
import numpy as np
import pytest

from engine.errors import EngineError
from engine.images.picture import Picture, page_name, picture_from, split_page
from engine.images.source import read_rgb
from engine.images.tone import Tone
from engine.models.card import load_card, parse_card, save_card
from engine.models.learned import tone_remark
from engine.models.predictor import Predictor
from engine.models.server import Server

LEARNED = Tone(rule="manual", windows=((0.0, 4000.0),))
SHOWN = Tone(rule="manual", windows=((500.0, 900.0),), gamma=2.0)


@pytest.fixture
def deep(tmp_path):
    """A 16-bit image of values up to 1,000."""
    path = tmp_path / "deep.png"
    pixels = np.random.default_rng(4).integers(0, 1000, (20, 30)).astype(np.uint16)
    cv2.imwrite(str(path), pixels)
    return path


@pytest.fixture
def asked(entry, monkeypatch):
    """A model whose card says what it learned with; answers it and what it was given."""
    given = []
    real = Predictor.predict
    monkeypatch.setattr(
        Predictor, "predict", lambda self, rgb, name="": given.append(rgb) or real(self, rgb, name)
    )

    def make(tone):
        made = entry()
        card = msgspec.structs.replace(made.card, tone={} if tone is None else tone.as_json())
        return Predictor(replace(made, card=card), "cpu", trusted=()), given

    return make


@pytest.mark.parametrize(
    ("learned", "picture", "expected"),
    [
        (None, {"tone": SHOWN}, SHOWN),
        (None, {}, Tone()),
        (LEARNED, {"tone": SHOWN}, LEARNED),
        (LEARNED, {"tone": SHOWN, "own": True}, SHOWN),
        (Tone(), {"tone": SHOWN}, Tone()),
    ],
    ids=["unknown: as shown", "nothing said", "as it learned", "the image's own", "automatic"],
)
def test_which_tone_reaches_a_model(asked, deep, learned, picture, expected):
    predictor, given = asked(learned)
    [(_, answer)] = predictor.predict_many([(1, Picture(deep, **picture))])
    assert not isinstance(answer, EngineError)
    assert np.array_equal(given[0], read_rgb(deep, 0, expected))
    assert not np.array_equal(read_rgb(deep, 0, SHOWN), read_rgb(deep, 0, LEARNED))


def test_a_page_reaches_a_model(asked, tmp_path):
    import tifffile

    path = tmp_path / "stack.tif"
    pages = np.random.default_rng(2).integers(0, 255, (3, 20, 30, 3)).astype(np.uint8)
    tifffile.imwrite(path, pages, photometric="rgb")
    predictor, given = asked(None)
    list(predictor.predict_many([(n, Picture(path, n)) for n in (2, 0)], ahead=1))
    assert np.array_equal(given[0], pages[2])
    assert np.array_equal(given[1], pages[0])


def test_the_model_process_asks_with_the_pictures_tone(asked, deep, tmp_path, monkeypatch):
    predictor, given = asked(None)
    server = Server("-", "cpu", 1, [])
    monkeypatch.setattr(server, "_main", predictor)
    server.answer({"op": "predict", **Picture(deep, 0, SHOWN).as_json()})
    server.answer({"op": "predict", "image": str(deep)})
    server.discard()
    assert np.array_equal(given[0], read_rgb(deep, 0, SHOWN))
    assert np.array_equal(given[1], read_rgb(deep))


def test_a_picture_comes_back_from_a_question(deep):
    picture = Picture(deep, 7, SHOWN, own=True)
    assert picture_from(msgspec.json.decode(msgspec.json.encode(picture.as_json()))) == picture
    assert picture_from({"image": str(deep)}) == Picture(deep)


def test_a_card_keeps_what_the_model_learned_with(entry, tmp_path):
    for tone in (Tone(), LEARNED, Tone(channels=(2,), invert=True)):
        card = msgspec.structs.replace(entry().card, tone=tone.as_json())
        save_card(card, tmp_path)
        assert load_card(tmp_path).learned_tone == tone
    assert entry().card.learned_tone is None


def test_a_card_with_a_tone_that_is_none_is_refused():
    with pytest.raises(EngineError, match=r"tone: .*guess"):
        parse_card('id = "a"\nname = "A"\nfile = "a.onnx"\n[tone]\nrule = "guess"\n')


def test_a_difference_is_said(entry):
    card = msgspec.structs.replace(entry().card, tone=LEARNED.as_json())
    words = tone_remark(card, SHOWN)
    assert "“0 to 4,000”" in words
    assert "“500 to 900, gamma 2”" in words
    assert tone_remark(card, LEARNED) == ""
    assert tone_remark(entry().card, SHOWN) == ""


@pytest.mark.parametrize(
    ("name", "file", "page"),
    [
        ("stack.tif#3", "stack.tif", 2),
        ("a/b#2/c.tif#10", "a/b#2/c.tif", 9),
        ("plain.png", "plain.png", 0),
        ("odd#name.png", "odd#name.png", 0),
        ("stack.tif#1", "stack.tif#1", 0),
        ("stack.tif#0", "stack.tif#0", 0),
        ("stack.tif#²", "stack.tif#²", 0),
        ("#3", "#3", 0),
    ],
)
def test_pages_have_names(name, file, page):
    assert split_page(name) == (file, page)
    if page:
        assert page_name(file, page) == name

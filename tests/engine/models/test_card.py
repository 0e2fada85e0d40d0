import msgspec
import pytest

from engine.errors import EngineError
from engine.models.card import (
    Card,
    CardClass,
    InputSpec,
    OutputSpec,
    card_text,
    check_card,
    load_card,
    make_id,
    parse_card,
    save_card,
)

SMALL = 'id = "a"\nname = "A"\nfile = "a.onnx"\n'


def card(**changes):
    return Card(**{"id": "a", "name": "A", "file": "a.onnx", **changes})


def test_a_card_comes_back_from_toml_as_it_was(tmp_path):
    before = card(
        sha256="0" * 64,
        input=InputSpec(name="x", layout="NHWC", height=257, width=257, mean=(1.5, 2, 3)),
        output=OutputSpec(name="y", meaning="sigmoid", threshold=0.25),
        classes=(CardClass(index=0, name="background", background=True, thing=False),
                 CardClass(index=1, name="cell “ü”\n")),
        training={"epochs": 12, "scores": {"miou": 0.83}},
    )  # fmt: skip
    save_card(before, tmp_path)
    assert load_card(tmp_path) == before
    assert load_card(tmp_path / "card.toml") == before
    assert [each.name for each in tmp_path.iterdir()] == ["card.toml"]


def test_defaults_need_not_be_written():
    assert parse_card(SMALL) == card()
    assert parse_card(card_text(card())) == card()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour = 3", "“colour” is not known"),
        ("[input]\nsize = 3", "“input.size” is not known"),
        ("[[classes]]\nindex = 0\nname = 'a'\nkind = 1", "kind"),
        ("schema = 'x'", "schema"),
        ("[input]\nheight = 'tall'", "input.height"),
        ("[output]\nmeaning = 'guess'", "output.meaning"),
        ("x =", "not a TOML file"),
    ],
)
def test_what_is_wrong_is_named(text, says):
    with pytest.raises(EngineError, match=r"card\.toml") as caught:
        parse_card(SMALL + text)
    assert says in str(caught.value)


def test_a_missing_key_is_named():
    with pytest.raises(EngineError, match="“file” is missing"):
        parse_card('id = "a"\nname = "A"')


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 99},
        {"id": "../up"},
        {"id": "A"},
        {"id": ""},
        {"file": "../a.onnx"},
        {"file": "sub/a.onnx"},
        {"file": "a\\b.onnx"},
        {"file": ".."},
        {"file": ""},
        {"sha256": "abc"},
        {"input": InputSpec(height=257)},
        {"input": InputSpec(height=-1, width=-1)},
        {"input": InputSpec(height=20000, width=20000)},
        {"input": InputSpec(multiple_of=0)},
        {"input": InputSpec(mean=(1, 2))},
        {"input": InputSpec(std=(0,))},
        {"input": InputSpec(color="gray", mean=(1, 2, 3))},
        {"output": OutputSpec(threshold=1)},
        {"output": OutputSpec(layout="NHW")},
        {"output": OutputSpec(meaning="minmax")},
        {"classes": (CardClass(index=1, name="a"), CardClass(index=1, name="b"))},
        {"classes": (CardClass(index=-1, name="a"),)},
        {"classes": (CardClass(index=0, name=" "),)},
        {"classes": (CardClass(index=0, name="a", background=True),
                     CardClass(index=1, name="b", background=True))},
        {"output": OutputSpec(meaning="minmax"), "input": InputSpec(resize="none"),
         "classes": (CardClass(index=1, name="a"),)},
    ],
)  # fmt: skip
def test_contradictions_are_refused(changes):
    with pytest.raises(EngineError):
        check_card(card(**changes))


def test_a_bad_card_is_not_written(tmp_path):
    with pytest.raises(EngineError):
        save_card(card(id="No"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_files_that_are_no_cards(tmp_path):
    with pytest.raises(EngineError, match="could not be read"):
        load_card(tmp_path)
    (tmp_path / "card.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EngineError, match="not a text file"):
        load_card(tmp_path)
    (tmp_path / "card.toml").write_bytes(b"#" * 5_000_000)
    with pytest.raises(EngineError, match="too large"):
        load_card(tmp_path)


def test_ids_are_made_from_names():
    assert make_id("U²-Net p (v2)") == "u2-net-p-v2"
    assert make_id("...") == "model"
    for text in ("Ünet/../x", "A" * 300, "日本"):
        check_card(card(id=make_id(text)))


def test_classes_are_found():
    found = card(classes=(CardClass(index=0, name="bg", background=True),
                          CardClass(index=7, name="cat")))  # fmt: skip
    assert found.background == 0
    assert [each.name for each in found.foreground] == ["cat"]
    assert found.class_named(7).name == "cat"
    assert found.class_named(1) is None
    assert card().background is None


def test_a_card_is_plain_data():
    assert msgspec.convert(msgspec.to_builtins(card()), Card) == card()

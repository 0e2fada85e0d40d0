"""Questions about objects: what they mean, what is said of wrong ones, how they go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.annotation import Annotation
from engine.document.query import Around, QueryError, parse
from engine.document.query_fields import NUMBERS, READY
from engine.document.query_help import MADE, complete
from engine.masks.mask import Mask

NAMES = {2: "cell", 3: "helmet, visor closed", 4: "not"}
AROUND = Around((100, 200), NAMES)


def thing(box=(10, 10, 20, 30), **fields):
    fields = {"id": 7, "class_id": 2} | fields
    return Annotation(mask=Mask.rectangle(box), **fields)


def asked(text, each, around=AROUND):
    return parse(text, NAMES.values()).matches(each, around)


@pytest.mark.parametrize(
    ("text", "fields", "answer"),
    [
        ("score < 0.6", {"score": 0.5}, True),
        ("score < 0.6", {"score": 0.6}, False),
        ("score<=60 %", {"score": 0.6}, True),
        ("score < 0.6", {}, False),
        ("score > 0.6", {}, False),
        ("without a score", {}, True),
        ("area = 200", {}, True),
        ("area > .2k px", {}, False),
        ("area ≥ 0.2k", {}, True),
        ("area > 1,000", {}, False),
        ("width = 10 and height = 20", {}, True),
        ("number = 7", {}, True),
        ("id != 7", {}, False),
        ("added > 10 or removed > 10", {"removed": 11}, True),
        ("seconds > 30 s", {"seconds": 31.0}, True),
        ("class = CELL", {}, True),
        ("class is not cell", {}, False),
        ("class = helmet, visor closed and edited", {"class_id": 3, "edited": True}, True),
        ("class contains visor", {"class_id": 3}, True),
        ('class = "not"', {"class_id": 4}, True),
        ("note contains Blur", {"note": "a bit blurry"}, True),
        ("note = blurry", {"note": "a bit blurry"}, False),
        ("source = person", {}, True),
        ("from a model", {"source": "deeplab"}, True),
        ("drawn by hand", {"source": "deeplab"}, False),
        ("touching the border", {}, False),
        ("proposal", {"proposal": True}, True),
        ("accepted", {"proposal": True}, False),
        ("doubtful", {"doubtful": True}, True),
        ("locked or hidden", {"hidden": True}, True),
        ("crowd", {"crowd": True}, True),
        ("with a note", {"note": "x"}, True),
        ("not edited", {}, True),
        ("not (edited or locked) and not hidden", {}, True),
        ("cell not edited", {"edited": True}, False),
        ("edited or locked and hidden", {"edited": True}, True),
        ("(edited or locked) and hidden", {"edited": True}, False),
        ("not not edited", {"edited": True}, True),
        ("cell", {}, True),
        ("CEL", {}, True),
        ("#7", {}, True),
        ("7", {}, True),
        ("71", {}, False),
        ("“edited”", {"edited": True}, False),
        ("blur", {"note": "blurry"}, True),
    ],
)
def test_answers(text, fields, answer):
    assert asked(text, thing(**fields)) is answer


@pytest.mark.parametrize(
    ("box", "answer"),
    [
        ((0, 10, 5, 20), True),
        ((1, 10, 5, 20), False),
        ((10, 0, 20, 5), True),
        ((190, 10, 200, 20), True),
        ((190, 10, 199, 20), False),
        ((10, 90, 20, 100), True),
    ],
)
def test_touching_the_border(box, answer):
    assert asked("touching the border", thing(box)) is answer
    assert asked("border", thing(box)) is answer


def test_doubt_is_what_the_limits_say():
    doubts = Around((100, 200), NAMES, lambda each: each.id == 7)
    assert asked("doubtful", thing(), doubts)
    assert not asked("doubtful", thing(id=8), doubts)


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_nothing_is_asked(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "sentence", "at"),
    [
        ("scroe < 1", "“scroe” cannot be compared. Did you mean “score”?", 0),
        ("xyzzy = 1", "“xyzzy” cannot be compared. Try score, area, class or note.", 0),
        ("score <", "After “score <” a number is missing, such as 0.6.", None),
        ("area > big", "“area” is compared with a number, such as 500; “big” is none.", 7),
        ("score < 60", "Scores lie between 0 and 1. For 60 % write 0.6.", 8),
        ("class < 3", "“class” is compared with = or contains, not with <.", 0),
        ("class =", "After “class =” a name is missing.", None),
        ("class = cel", "There is no class “cel”. The nearest is “cell”.", 0),
        (
            "class = qqqq",
            "There is no class “qqqq”. There are “cell”, “helmet, visor closed”, “not”.",
            0,
        ),
        ("(edited", "A closing parenthesis is missing.", 7),
        ("edited)", "There is a closing parenthesis too many.", 6),
        (
            "edited and",
            "Something is missing after “and”, such as “edited” or “score < 0.6”.",
            10,
        ),
        (
            "or edited",
            "Something is missing at the beginning, such as “edited” or “score < 0.6”.",
            0,
        ),
        ("score < 0.6 edited", "Put “and” or “or” before “edited”.", 12),
        ('note = "half', "A closing quotation mark is missing.", 7),
        ("(" * 70 + "edited" + ")" * 70, "This is nested too deeply. Leave out some", None),
        ("not " * 70 + "edited", "This is nested too deeply. Leave out some", None),
    ],
)
def test_one_clear_sentence_on_what_is_wrong(text, sentence, at):
    with pytest.raises(QueryError) as caught:
        parse(text, NAMES.values())
    assert str(caught.value).startswith(sentence)
    if at is not None:
        assert caught.value.at == at


def test_an_ordinary_search_is_known_as_one():
    assert parse("helmet").is_text
    assert not parse("edited").is_text
    assert not parse("helmet and edited").is_text


WORDS = ["and", "or", "not", "(", ")", "<", "=", "≥", '"', "“", "%", "px", "1.5k", "0.3", "is"]
WORDS += ["contains", *NUMBERS, "class", "note", *READY, "cell", "ünïcode", "\u200b"]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=14).map(" ".join))
def test_any_text_is_understood_or_refused_with_a_sentence(text):
    found = outcome(text)
    if isinstance(found, QueryError):
        assert str(found).endswith((".", "?"))
        assert 0 <= found.at <= len(text)
    else:
        assert found in (None, True, False)


def outcome(text):
    """The answer for one object, None for no question, or what is wrong with it."""
    try:
        query = parse(text, NAMES.values())
    except QueryError as problem:
        return problem
    return None if query is None else query.matches(thing(), AROUND)


@st.composite
def questions(draw, depth=3):
    """A question and what it answers for one object, made side by side."""
    kind = draw(st.sampled_from(["flag", "area"] if depth == 0 else ["flag", "area", "not", "&"]))
    if kind == "flag":
        name = draw(st.sampled_from(["edited", "locked", "hidden", "crowd"]))
        return name, lambda each, name=name: getattr(each, name)
    if kind == "area":
        sign, least = draw(st.sampled_from("<>=")), draw(st.integers(150, 250))
        compare = {"<": int.__lt__, ">": int.__gt__, "=": int.__eq__}[sign]
        return f"area {sign} {least}", lambda each: compare(each.mask.area, least)
    text, test = draw(questions(depth - 1))
    if kind == "not":
        return f"not ({text})", lambda each: not test(each)
    other, second = draw(questions(depth - 1))
    if draw(st.booleans()):
        return f"({text}) and ({other})", lambda each: test(each) and second(each)
    return f"({text}) or ({other})", lambda each: test(each) or second(each)


@given(questions(), st.tuples(*[st.booleans()] * 4))
def test_made_questions_mean_what_they_say(made, flags):
    text, test = made
    each = thing(**dict(zip(("edited", "locked", "hidden", "crowd"), flags, strict=True)))
    assert asked(text, each) is bool(test(each))


# -- going on --------------------------------------------------------------------------------


def offered(text):
    return [offer for _, offer in complete(text, ["cell", "helmet, visor closed"])]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sc", "score "),
        ("score ", "< "),
        ("score <", "< "),
        ("score < ", "0.6"),
        ("class = ", "cell"),
        ("class = hel", "helmet, visor closed"),
        ("touching the b", "touching the border"),
        ("edited ", "and "),
        ("edited and lo", "locked"),
        ("not dr", "drawn by hand"),
        ("(ed", "edited"),
    ],
)
def test_offers(text, first):
    whole, offer = complete(text, ["cell", "helmet, visor closed"])[0]
    assert offer == first
    assert whole.startswith(text)


@pytest.mark.parametrize("text", ["edited", "area > 50", "xyz", '"half'])
def test_nothing_is_offered_where_all_is_said_or_unknown(text):
    assert offered(text) == []


def test_a_class_named_like_a_word_of_the_grammar_is_offered_with_all_its_words():
    assert offered("class = helmet, v") == ["helmet, visor closed"]


def test_ready_questions_can_be_asked():
    for text in MADE:
        assert parse(text) is not None


@given(st.text(max_size=20))
def test_offers_never_fail(text):
    for whole, offer in complete(text, ["cell"]):
        assert whole.endswith(offer)

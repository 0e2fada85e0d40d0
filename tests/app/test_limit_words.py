import pytest

from app.limit_words import in_words, number, refusal
from app.state import Limits, SureRange, ValueRange, Within
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND, UNLABELLED, LabelClass, Taxonomy
from engine.masks.raster import disc

SIZE = (50, 60)
CELL, SKY = 2, 3
CLASSES = Taxonomy(
    [
        LabelClass(id=CELL, name="cell", color="#2070EF", order=1),
        LabelClass(id=SKY, name="sky", color="#00EF9F", order=0, thing=False, locked=True),
    ]
)
FREE = Taxonomy([LabelClass(id=CELL, name="cell", color="#2070EF")])


def said(limits, taxonomy=FREE, document=None, channels=()):
    return [each.words for each in in_words(limits, taxonomy, document, channels)]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(), []),
        (Limits(over=frozenset({UNLABELLED})), ["Only over unlabelled"]),
        (
            Limits(over=frozenset({UNLABELLED, BACKGROUND, CELL})),
            ["Only over cell, background and unlabelled"],
        ),
        (Limits(values=ValueRange(3, 70)), ["Only brightness 3 to 70"]),
        (Limits(values=ValueRange(0.125, 0.5, 1)), ["Only channel 2 0.125 to 0.5"]),
        (Limits(sure=SureRange(0.35, above=False)), ["Model below 0.35"]),
        (Limits(within=Within(frozenset({1, 2}), outside=True)), ["Only outside 2 objects"]),
    ],
)
def test_each_limit_has_words(limits, words):
    assert said(limits) == words


def test_one_object_is_named_by_its_class_and_number():
    document = Document(
        1, SIZE, annotations=[Annotation(id=7, class_id=CELL, mask=disc((9, 9), 5, SIZE), order=0)]
    )
    assert said(Limits(within=Within(frozenset({7}))), document=document) == ["Only inside cell #7"]


def test_channels_are_called_as_the_photo_calls_them():
    limits = Limits(values=ValueRange(1, 2, 0))
    assert said(limits, channels=("DAPI",)) == ["Only DAPI 1 to 2"]


def test_locked_classes_stand_last_and_are_said_to_be_unlocked():
    texts = in_words(Limits(sure=SureRange()), CLASSES)
    assert [each.name for each in texts] == ["sure", "locked"]
    assert refusal(texts[1:], erasing=False) == (
        "Nothing here may be painted: locked: sky. Unlock it in the list first."
    )


def test_a_refusal_says_which_and_how_to_go_on():
    texts = in_words(Limits(over=frozenset({CELL}), values=ValueRange(1, 9)), FREE)
    assert refusal(texts[:1], erasing=True) == (
        "Nothing here may be erased: only over cell. Hold {limits.lift} to erase anyway."
    )
    assert refusal(texts, erasing=False).startswith(
        "Nothing here may be painted: only over cell and only brightness 1 to 9. "
    )


def test_numbers_are_read_easily():
    assert [number(each) for each in (0.0, 1234567.0, 0.5, 1234.56)] == [
        "0",
        "1,234,567",
        "0.5",
        "1,235",
    ]

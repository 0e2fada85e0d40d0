"""What the linter's sheet says of a finding, and of what mending did."""

import pytest

from app.lint_mending import mendable, why_left
from app.lint_words import about, by_rule, mended_words, mending
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.lint import RULES, Finding, lint
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.masks.mask import Mask

CELL = LabelClass(id=2, name="cell", color="#00EF9F", order=0)
PERSON = LabelClass(id=3, name="person", color="#1967FF", order=1)
TAXONOMY = Taxonomy((CELL, PERSON))
BOX = Mask.rectangle((2, 2, 12, 12))


def finding(rule, objects=(), count=1, whole=False):
    return Finding(rule=rule, class_id=2, objects=objects, pixels=BOX, count=count, whole=whole)


def document(*masks, classes=(2, 2, 2), **fields):
    return Document(
        1,
        (40, 40),
        annotations=[
            Annotation(id=n + 1, class_id=classes[n], mask=mask, order=n, **fields)
            for n, mask in enumerate(masks)
        ],
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (finding("hole", (3,)), "Mending fills it."),
        (finding("hole", (3,), 2), "Mending fills them."),
        (finding("island", (3,), 2), "Mending takes them off #3."),
        (finding("sliver", (3,)), "Mending takes it off #3."),
        (finding("sliver", (3, 4), whole=True), "Mending deletes #3."),
        (finding("speck", (3,), whole=True), "Mending deletes #3."),
        (finding("duplicate", (3, 4), whole=True), "Mending deletes #3 and keeps #4."),
        (finding("pieces", (3, 4), whole=True), "Mending joins them: #4 takes in #3."),
        (
            finding("overlap", (3, 4)),
            "Mending gives the shared pixels to #4, which lies above #3.",
        ),
        (finding("spot"), "Mending gives it to what lies around."),
    ],
)
def test_what_mending_does_is_said(found, words):
    assert mending(found) == words


def test_no_rule_is_without_words():
    assert all(mending(finding(rule, (3, 4))).endswith(".") for rule in RULES)


def test_a_finding_is_named_by_class_and_number():
    both = document(BOX, BOX, classes=(2, 3))
    assert about(finding("clash", (1, 2)), TAXONOMY, both) == "cell #1 and person #2"
    same = document(BOX, BOX)
    assert about(finding("pieces", (1, 2)), TAXONOMY, same) == "cell #1 and #2"
    assert about(finding("spot"), TAXONOMY, same) == "area of cell"


def test_counts_are_said_by_rule():
    assert by_rule({"island": 3, "hole": 1200}) == "Tiny holes 1,200 · Islands 3"
    assert by_rule({}) == ""
    assert mendable({"clash": 2, "hole": 1}) == 1


def test_what_was_done_and_what_was_left_is_said():
    assert mended_words(0, {}) == "Nothing was mended."
    assert mended_words(1, {"decide": 2}) == "1 fault mended. 2 left for you to decide."
    assert (
        mended_words(1, {"came": 1})
        == "1 fault mended. 1 that came of mending left for you to look at."
    )
    assert mended_words(3, {"locked": 1, "covered": 1}) == (
        "3 faults mended. 1 locked and left. 1 left where an object would lose all of its pixels: "
        "raise or delete it."
    )


def test_why_something_is_left():
    inner = document(Mask.rectangle((4, 4, 8, 8)), BOX)
    (covered,) = (each for each in lint(inner, TAXONOMY) if each.rule == "overlap")
    assert why_left(inner, TAXONOMY, covered) == "covered"
    locked = document(Mask.rectangle((1, 1, 3, 3)), locked=True)
    (speck,) = lint(locked, TAXONOMY)
    assert why_left(locked, TAXONOMY, speck) == "locked"
    assert why_left(document(), TAXONOMY, speck) == ""
    assert why_left(inner, TAXONOMY, finding("clash", (1, 2))) == "decide"

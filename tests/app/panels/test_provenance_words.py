"""Who made and changed what, in words."""

import time

from app.canvas.people import Counts, counts
from app.panels.provenance_words import (
    counts_words,
    made_words,
    origin_words,
    share_words,
    work_words,
)
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.provenance import Total
from engine.masks.mask import Mask
from engine.store.origins import Origin

NOW = time.mktime((2026, 11, 20, 14, 7, 0, 0, 0, -1))
BOX = Mask.rectangle((0, 0, 5, 5))


def name(model_id):
    return {"unet": "U-Net"}.get(model_id, model_id)


def thing(number=1, **fields):
    return Annotation(id=number, class_id=2, mask=BOX, **fields)


def test_what_became_of_the_objects():
    assert (
        counts_words(Counts(7, 3, 2, 1, 0)) == "7 as proposed · 3 changed · 2 drawn · 1 taken away"
    )
    assert counts_words(Counts(0, 0, 0, 0, 0)) == "No objects yet."


def test_objects_are_counted_by_what_became_of_them():
    document = Document(
        1,
        (10, 10),
        annotations=[
            thing(1, source="unet"),
            thing(2, source="unet", edited=True),
            thing(3),
            thing(4, source="unet", proposal=True),
            thing(6, source="unet"),  # another class now: a copy was kept
        ],
    )
    origins = [Origin(2, 2, BOX), Origin(5, 2, BOX), Origin(6, 3, BOX)]
    assert counts(document.state, origins) == Counts(kept=1, changed=2, drawn=1, gone=1, waiting=1)


def test_shares():
    assert share_words(Total("kept", "unet", 1_200, None), name) == "1,200 px kept from U-Net"
    said = share_words(Total("added", "Ana", 5, NOW), name, NOW)
    assert said == "5 px added by Ana, today 14:07"
    assert share_words(Total("erased", "", 5, NOW), name, NOW).startswith("5 px erased by a person")
    unknown = share_words(Total("erased", "", 5, None), name)
    assert unknown == "5 px erased; who did is no longer known"


def test_origin_made_and_work():
    assert origin_words(thing(), name, "") == "Drawn by you"
    assert origin_words(thing(person="Ben"), name, "Ana") == "Drawn by Ben"
    accepted = thing(source="unet", person="Ana")
    assert origin_words(accepted, name, "Ana") == "U-Net, accepted"
    assert origin_words(accepted, name, "Ben") == "U-Net, accepted by Ana"
    edited = thing(source="unet", edited=True, person="Ana")
    assert origin_words(edited, name, "Ana") == "U-Net, edited by you"
    waiting = thing(source="unet", proposal=True, score=0.5)
    assert origin_words(waiting, name, "Ana") == "U-Net, score 0.50"
    assert made_words(thing(created=NOW)) == "2026-11-20 14:07"
    assert made_words(thing()) == "not known"
    assert work_words(waiting) == "nobody yet"
    assert work_words(thing()) == "not known"
    worked = thing(person="Ana", seconds=3.24, modified=NOW)
    assert work_words(worked) == "Ana, 3.2 s, 2026-11-20 14:07"
    assert work_words(thing(seconds=75, modified=NOW)) == "1 min 15 s, 2026-11-20 14:07"

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
from engine.document.annotation import Annotation, imported
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
        counts_words(Counts(7, 4, 3, 2, 1, 0))
        == "7 as proposed · 4 as imported · 3 changed · 2 drawn · 1 taken away"
    )
    assert counts_words(Counts(0, 0, 0, 0, 0, 0)) == "No objects yet."


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
            thing(7, source=imported("a.json")),
            thing(8, source=imported("a.json"), edited=True),
            thing(9, source="unet"),  # changed and changed back: a copy was kept
        ],
    )
    small = Mask.rectangle((0, 0, 4, 5))
    origins = [Origin(2, 2, small), Origin(5, 2, BOX), Origin(6, 3, BOX), Origin(9, 2, BOX)]
    assert counts(document.state, origins) == Counts(
        kept=2, imported=1, changed=3, drawn=1, gone=1, waiting=1
    )


def test_shares():
    assert share_words(Total("kept", "unet", 1_200, None), name) == "1,200 px kept from U-Net"
    came = Total("kept", imported("a.json"), 7, None)
    assert share_words(came, name) == "7 px kept from a.json"
    assert share_words(came._replace(who=imported("")), name) == "7 px kept from an import"
    said = share_words(Total("added", "Ana", 5, NOW), name, NOW)
    assert said == "5 px added by Ana, today 14:07"
    assert share_words(Total("erased", "", 5, NOW), name, NOW).startswith("5 px erased by a person")
    odd = share_words(Total("added", "Ana", 5, 1e20), name)
    assert odd == "5 px added by Ana, at no known time"
    unknown = share_words(Total("erased", "", 5, None), name)
    assert unknown == "5 px erased; who did is no longer known"


def test_origin_made_and_work():
    assert origin_words(thing(), name, "") == "Drawn by you"
    assert origin_words(thing(person="Ben"), name, "Ana") == "Drawn by Ben"
    assert origin_words(thing(), name, "Ana") == "Drawn by a person", "nobody says it was Ana"
    assert origin_words(thing(source=imported("a.json")), name, "Ana") == "a.json, imported"
    assert origin_words(thing(source=imported("")), name, "Ana") == "Imported"
    edited = thing(source=imported("a.json"), person="Ben", edited=True)
    assert origin_words(edited, name, "Ana") == "a.json, edited by Ben"
    nameless = thing(source=imported(""), person="Ana", edited=True)
    assert origin_words(nameless, name, "Ana") == "Imported, edited by you"
    came = thing(source=imported("a.json"), created=NOW, modified=NOW)
    assert made_words(came) == "imported 2026-11-20 14:07"
    assert work_words(came) == "nobody yet"
    accepted = thing(source="unet", person="Ana")
    assert origin_words(accepted, name, "Ana") == "U-Net, accepted"
    assert origin_words(accepted, name, "Ben") == "U-Net, accepted by Ana"
    edited = thing(source="unet", edited=True, person="Ana")
    assert origin_words(edited, name, "Ana") == "U-Net, edited by you"
    waiting = thing(source="unet", proposal=True, score=0.5)
    assert origin_words(waiting, name, "Ana") == "U-Net, score 0.50"
    assert made_words(thing(created=NOW)) == "2026-11-20 14:07"
    assert made_words(thing()) == "not known"
    assert made_words(thing(created=1e20)) == made_words(thing(created=-1e300)) == "not known"
    assert work_words(waiting) == "nobody yet"
    assert work_words(thing()) == "not known"
    worked = thing(person="Ana", seconds=3.24, modified=NOW)
    assert work_words(worked) == "Ana, 3.2 s, 2026-11-20 14:07"
    assert work_words(thing(seconds=75, modified=NOW)) == "1 min 15 s, 2026-11-20 14:07"

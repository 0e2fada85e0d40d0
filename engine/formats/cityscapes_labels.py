"""The classes of Cityscapes: id, number in training, and whether they have objects.

Facts of the data set's description: https://www.cityscapes-dataset.com/dataset-overview/.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CityLabel:
    """One class.

    Attributes:
        name: As Cityscapes writes it.
        id: Value in `labelIds`; thousands of `instanceIds`.
        train: Value in `labelTrainIds`, 255 for none.
        color: "#RRGGBB".
        thing: Whether it has objects.
        group: Its category.
        void: Whether it counts as unlabelled.
    """

    name: str
    id: int
    train: int
    color: str
    thing: bool = False
    group: str = ""
    void: bool = False


_TABLE = """
unlabeled 0 255 000000 - void
ego_vehicle 1 255 000000 - void
rectification_border 2 255 000000 - void
out_of_roi 3 255 000000 - void
static 4 255 000000 - void
dynamic 5 255 6F4A00 - void
ground 6 255 510051 - void
road 7 0 804080 - flat
sidewalk 8 1 F423E8 - flat
parking 9 255 FAAAA0 - flat
rail_track 10 255 E6968C - flat
building 11 2 464646 - construction
wall 12 3 66669C - construction
fence 13 4 BE9999 - construction
guard_rail 14 255 B4A5B4 - construction
bridge 15 255 966464 - construction
tunnel 16 255 96785A - construction
pole 17 5 999999 - object
polegroup 18 255 999999 - object
traffic_light 19 6 FAAA1E - object
traffic_sign 20 7 DCDC00 - object
vegetation 21 8 6B8E23 - nature
terrain 22 9 98FB98 - nature
sky 23 10 4682B4 - sky
person 24 11 DC143C + human
rider 25 12 FF0000 + human
car 26 13 00008E + vehicle
truck 27 14 000046 + vehicle
bus 28 15 003C64 + vehicle
caravan 29 255 00005A + vehicle
trailer 30 255 00006E + vehicle
train 31 16 005064 + vehicle
motorcycle 32 17 0000E6 + vehicle
bicycle 33 18 770B20 + vehicle
"""


def _labels() -> list[CityLabel]:
    found = []
    for line in _TABLE.split("\n"):
        parts = line.split()
        if parts:
            name, number, train, color, thing, group = parts
            nothing = int(number) in (0, 2, 3)
            found.append(
                CityLabel(
                    name.replace("_", " "),
                    int(number),
                    int(train),
                    f"#{color}",
                    thing == "+",
                    group,
                    nothing,
                )
            )
    return found


LABELS: tuple[CityLabel, ...] = tuple(_labels())
BY_NAME = {each.name: each for each in LABELS}
BY_ID = {each.id: each for each in LABELS}
BY_TRAIN = {each.train: each for each in LABELS if each.train != 255}
OWN = len(LABELS)
"""The first id for classes that Cityscapes does not have."""

LAST = 64
"""The last id whose thousands fit into 16 bits with every number of an object."""

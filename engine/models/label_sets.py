"""Class names of well-known datasets, for models that do not name their classes."""

from __future__ import annotations

from dataclasses import dataclass

from engine.models.card import CardClass


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Names in the order of their indices.

    Attributes:
        title: For people.
        names: One per index.
        background: Index of the background, None where there is none.
        stuff: Names of classes that are not countable objects.
    """

    title: str
    names: tuple[str, ...]
    background: int | None = None
    stuff: frozenset[str] = frozenset()

    def classes(self) -> tuple[CardClass, ...]:
        """As a card has them."""
        return tuple(
            CardClass(
                index=index,
                name=name,
                thing=index != self.background and name not in self.stuff,
                background=index == self.background,
            )
            for index, name in enumerate(self.names)
        )


# Everingham et al., The PASCAL Visual Object Classes Challenge 2012.
VOC = LabelSet(
    "Pascal VOC",
    (
        "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat",
        "chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant",
        "sheep", "sofa", "train", "tvmonitor",
    ),
    background=0,
)  # fmt: skip
# Cordts et al., The Cityscapes Dataset, 2016: the 19 training classes.
CITYSCAPES = LabelSet(
    "Cityscapes",
    (
        "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign",
        "vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus", "train",
        "motorcycle", "bicycle",
    ),
    stuff=frozenset(
        ("road", "sidewalk", "building", "wall", "fence", "vegetation", "terrain", "sky")
    ),
)  # fmt: skip
_COCO = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,"
    "stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,"
    "backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,"
    "baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,"
    "banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,"
    "potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,"
    "oven,toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush"
)
# Lin et al., Microsoft COCO, 2014: the 80 object classes.
COCO = LabelSet("COCO", tuple(_COCO.split(",")))
COCO_BACKGROUND = LabelSet("COCO", ("background", *COCO.names), background=0)
# Brostow et al., CamVid, 2008, in the order of the SegNet release (11 classes).
CAMVID = LabelSet(
    "CamVid",
    (
        "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car",
        "pedestrian", "bicyclist",
    ),
    stuff=frozenset(("sky", "building", "road", "pavement", "tree", "fence")),
)  # fmt: skip
KNOWN = {len(each.names): each for each in (VOC, CITYSCAPES, COCO, COCO_BACKGROUND, CAMVID)}


def numbered(count: int, background: int | None) -> LabelSet:
    """Names for classes nobody named: "class 1", "class 2" and so on."""
    names = tuple(
        "background" if index == background else f"class {index}" for index in range(count)
    )
    return LabelSet(f"{count} numbered classes", names, background)

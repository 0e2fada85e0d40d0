"""Projects in miniature for the writers' tests."""

from engine.document.annotation import Annotation
from engine.document.taxonomy import Taxonomy
from engine.formats.base import Sheet, SheetImage
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

SIZE = (30, 40)


def taxonomy(*classes):
    """A taxonomy of classes given as (name, fields)."""
    made = Taxonomy()
    for name, fields in classes or (("cat", {}),):
        made = made.with_(made.new_class(name, **fields))
    return made


def sheet(*masks, key=1, name="a.png", size=SIZE, layer=None, first=1, **fields):
    """An image with one object of class 2 for each mask."""
    objects = [
        Annotation(id=at, class_id=2, mask=mask, order=at, **fields)
        for at, mask in enumerate(masks, first)
    ]
    image = SheetImage(key=key, file_name=name, size=size)
    return Sheet(image=image, objects=objects, layer=layer or ClassMap(size))


BLOB = Mask.rectangle((5, 5, 20, 15))

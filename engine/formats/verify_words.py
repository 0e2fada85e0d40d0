"""What can be wrong with a file of masks, in sentences."""

from __future__ import annotations

from typing import Literal

Sentence = tuple[Literal["info", "warning"], str, str]

SENTENCES: dict[str, Sentence] = {
    "twice image": (
        "warning",
        "1 image number is used twice: {where}.",
        "{n} image numbers are used twice: {where}.",
    ),
    "twice name": (
        "info",
        "1 file name is used twice: {where}.",
        "{n} file names are used twice: {where}.",
    ),
    "twice annotation": (
        "warning",
        "1 annotation number is used twice: {where}.",
        "{n} annotation numbers are used twice: {where}.",
    ),
    "nameless image": (
        "warning",
        "1 image names no file: {where}.",
        "{n} images name no files: {where}.",
    ),
    "outside": (
        "warning",
        "1 file name leads out of the folder of images: {where}.",
        "{n} file names lead out of the folder of images: {where}.",
    ),
    "no file": (
        "warning",
        "1 image file is missing or cannot be read: {where}.",
        "{n} image files are missing or cannot be read: {where}.",
    ),
    "file size": (
        "warning",
        "1 image file has another size than the file says: {where}.",
        "{n} image files have other sizes than the file says: {where}.",
    ),
    "nameless class": (
        "warning",
        "1 class has no name: {where}.",
        "{n} classes have no names: {where}.",
    ),
    "twice class name": (
        "info",
        "1 class name is used twice: {where}.",
        "{n} class names are used twice: {where}.",
    ),
    "text for number": (
        "warning",
        "1 annotation names its image or class by a text, not by a number: {where}.",
        "{n} annotations name their images or classes by texts, not by numbers: {where}.",
    ),
    "frequency": (
        "warning",
        "1 class has a frequency that is none of r, c and f: {where}.",
        "{n} classes have frequencies that are none of r, c and f: {where}.",
    ),
    "class count": (
        "warning",
        "1 list of classes has another length than it says: {where}.",
        "{n} lists of classes have other lengths than they say: {where}.",
    ),
    "outlines": (
        "warning",
        "1 file of outlines holds other masks than the pictures beside it: {where}.",
        "{n} files of outlines hold other masks than the pictures beside them: {where}.",
    ),
    "not alike": (
        "warning",
        "1 picture gives a class another training number than the others do: {where}.",
        "{n} pictures give classes other training numbers than the others do: {where}.",
    ),
    "dangling list": (
        "warning",
        "1 list of an image names a class that is not listed: {where}.",
        "{n} times lists of images name classes that are not listed: {where}.",
    ),
    "negative class": (
        "warning",
        "1 object is of a class that its image is said not to hold: {where}.",
        "{n} objects are of classes that their images are said not to hold: {where}.",
    ),
    "score": (
        "warning",
        "1 score is no number: {where}.",
        "{n} scores are no numbers: {where}.",
    ),
    "twice class": (
        "warning",
        "1 class number is used twice: {where}.",
        "{n} class numbers are used twice: {where}.",
    ),
    "id": (
        "warning",
        "1 number is missing or is no whole number: {where}.",
        "{n} numbers are missing or are no whole numbers: {where}.",
    ),
    "size": (
        "warning",
        "1 image has no usable height and width: {where}.",
        "{n} images have no usable height and width: {where}.",
    ),
    "dangling image": (
        "warning",
        "1 annotation names an image that is not listed: {where}.",
        "{n} annotations name images that are not listed: {where}.",
    ),
    "dangling class": (
        "warning",
        "1 annotation names a class that is not listed: {where}.",
        "{n} annotations name classes that are not listed: {where}.",
    ),
    "damaged": (
        "warning",
        "1 mask is damaged: {where}.",
        "{n} masks are damaged: {where}.",
    ),
    "not canonical": (
        "warning",
        "1 mask is written in an unusual way that other readers may refuse: {where}.",
        "{n} masks are written in an unusual way that other readers may refuse: {where}.",
    ),
    "other size": (
        "warning",
        "1 mask has another size than its image: {where}.",
        "{n} masks have other sizes than their images: {where}.",
    ),
    "shape": (
        "warning",
        "1 mask has an unusual or broken shape: {where}.",
        "{n} masks have unusual or broken shapes: {where}.",
    ),
    "empty": (
        "warning",
        "1 mask covers no pixel: {where}.",
        "{n} masks cover no pixel: {where}.",
    ),
    "no mask": (
        "warning",
        "1 annotation has no mask: {where}.",
        "{n} annotations have no masks: {where}.",
    ),
    "area": (
        "warning",
        "1 area is not that of its mask: {where}.",
        "{n} areas are not those of their masks: {where}.",
    ),
    "box": (
        "warning",
        "1 box is not that of its mask: {where}.",
        "{n} boxes are not those of their masks: {where}.",
    ),
    "loose area": (
        "info",
        "1 area is near that of its mask, but not it: {where}.",
        "{n} areas are near those of their masks, but not them: {where}.",
    ),
    "bounds": (
        "warning",
        "1 outline or box leaves its image: {where}.",
        "{n} outlines or boxes leave their images: {where}.",
    ),
    "crowd": (
        "warning",
        "1 iscrowd is neither 0 nor 1: {where}.",
        "{n} iscrowd are neither 0 nor 1: {where}.",
    ),
    "crowds": (
        "warning",
        "1 crowd is not the only one of its class in its image, and evaluation knows one: {where}.",
        "{n} crowds are not the only ones of their class in their image, and evaluation knows one: "
        "{where}.",
    ),
    "decoded": (
        "warning",
        "1 mask decodes to other pixels than its figures say: {where}.",
        "{n} masks decode to other pixels than their figures say: {where}.",
    ),
    "segment id": (
        "warning",
        "1 segment has no id from 1 to 16,777,215: {where}.",
        "{n} segments have no ids from 1 to 16,777,215: {where}.",
    ),
    "no segments": (
        "warning",
        "1 annotation lists no segments: {where}.",
        "{n} annotations list no segments: {where}.",
    ),
    "twice marked": (
        "warning",
        "1 image has several annotations: {where}.",
        "{n} images have several annotations: {where}.",
    ),
    "unmarked": (
        "info",
        "1 image has no annotation: {where}.",
        "{n} images have no annotations: {where}.",
    ),
    "isthing": (
        "warning",
        "1 class does not say whether it is of things (isthing): {where}.",
        "{n} classes do not say whether they are of things (isthing): {where}.",
    ),
    "twice segment": (
        "warning",
        "1 segment is listed twice: {where}.",
        "{n} segments are listed twice: {where}.",
    ),
    "unlisted": (
        "warning",
        "1 segment of a PNG is not listed: {where}.",
        "{n} segments of PNGs are not listed: {where}.",
    ),
    "no png": (
        "warning",
        "1 PNG is missing or cannot be read: {where}.",
        "{n} PNGs are missing or cannot be read: {where}.",
    ),
    "png size": (
        "warning",
        "1 PNG has another size than its image: {where}.",
        "{n} PNGs have other sizes than their images: {where}.",
    ),
    "same mask": (
        "warning",
        "1 mask is there twice, with the same class: {where}.",
        "{n} masks are there twice, with the same class: {where}.",
    ),
    "no pair": (
        "warning",
        "1 mask file lacks the one that belongs to it: {where}.",
        "{n} mask files lack those that belong to them: {where}.",
    ),
    "disagree": (
        "warning",
        "1 picture of objects has other classes than that of classes: {where}.",
        "{n} pictures of objects have other classes than those of classes: {where}.",
    ),
    "mixed": (
        "warning",
        "1 object has pixels of several classes, or of none: {where}.",
        "{n} objects have pixels of several classes, or of none: {where}.",
    ),
    "only listed": (
        "warning",
        "1 name is listed and has no mask: {where}.",
        "{n} names are listed and have no masks: {where}.",
    ),
    "gaps": (
        "info",
        "1 file numbers its objects with gaps: {where}.",
        "{n} files number their objects with gaps: {where}.",
    ),
    "unnamed value": (
        "info",
        "1 value has no name; name it with --map to check it: {where}.",
        "{n} values have no names; name them with --map to check them: {where}.",
    ),
    "no classes": (
        "warning",
        "1 source has no classes: {where}.",
        "{n} sources have no classes: {where}.",
    ),
    "class gap": (
        "info",
        "1 class number is left out between others: {where}.",
        "{n} class numbers are left out between others: {where}.",
    ),
}

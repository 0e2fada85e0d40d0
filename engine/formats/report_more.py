"""Sentences of the readers of formats other than COCO; see `report`."""

from __future__ import annotations

from typing import Literal

MORE: dict[str, tuple[Literal["info", "warning"], str, str]] = {
    "linked": (
        "warning",
        "1 file is a link that leads out of its folder and was not followed ({where}).",
        "{n} files are links that lead out of their folder and were not followed ({where}).",
    ),
    "named alike": (
        "warning",
        "1 image has only a part of its name in common with a file that another one is; it was "
        "taken in by itself ({where}).",
        "{n} images have only parts of their names in common with files that others are; they were "
        "taken in by themselves ({where}).",
    ),
    "elsewhere": (
        "warning",
        "1 image lies outside of the folder that is imported and was left out ({where}). Name its "
        "folder with --images.",
        "{n} images lie outside of the folder that is imported and were left out ({where}). Name "
        "their folder with --images.",
    ),
    "other content": (
        "warning",
        "1 image has the name and size of an image of the project but is another picture; it was "
        "taken in by itself ({where}). Import by name (--by-name) to put its masks on the "
        "project's.",
        "{n} images have names and sizes of images of the project but are other pictures; they "
        "were taken in by themselves ({where}). Import by name (--by-name) to put their masks on "
        "the project's.",
    ),
    "several": (
        "warning",
        "1 image could be any of several images of the project by its name; it was taken in by "
        "itself ({where}). Name it with its folders to tell them apart.",
        "{n} images could be any of several images of the project by their names; they were taken "
        "in by themselves ({where}). Name them with their folders to tell them apart.",
    ),
    "changed size": (
        "warning",
        "1 image file holds a picture of another size than the project knows it with; its masks "
        "were left out ({where}). Look under “Image files” what became of it.",
        "{n} image files hold pictures of other sizes than the project knows them with; their "
        "masks were left out ({where}). Look under “Image files” what became of them.",
    ),
    "mask box": (
        "info",
        "1 mask is larger or smaller than its box says; it was put at its upper left corner "
        "({where}).",
        "{n} masks are larger or smaller than their boxes say; they were put at their upper left "
        "corners ({where}).",
    ),
    "thin": (
        "info",
        "1 outline goes round the centre of no pixel; the pixels it runs through are its mask "
        "({where}).",
        "{n} outlines go round the centre of no pixel; the pixels they run through are their masks "
        "({where}).",
    ),
    "no area": (
        "warning",
        "1 shape has no area (points, a line, a skeleton) and was left out ({where}).",
        "{n} shapes have no area (points, lines, skeletons) and were left out ({where}).",
    ),
    "bad shape": (
        "warning",
        "1 shape is damaged and was left out ({where}).",
        "{n} shapes are damaged and were left out ({where}).",
    ),
    "bad entry": (
        "warning",
        "1 entry cannot be read and was left out ({where}).",
        "{n} entries cannot be read and were left out ({where}).",
    ),
    "bad file": (
        "warning",
        "1 file cannot be read and was left out ({where}).",
        "{n} files cannot be read and were left out ({where}).",
    ),
    "no labels": (
        "warning",
        "1 mask file is no picture of labels, but like a photo, and was left out ({where}).",
        "{n} mask files are no pictures of labels, but like photos, and were left out ({where}).",
    ),
    "mask size": (
        "warning",
        "1 mask file has another size than its image; it was left out ({where}).",
        "{n} mask files have other sizes than their images; they were left out ({where}).",
    ),
    "no mask file": (
        "warning",
        "1 mask file is missing; its image was left out ({where}).",
        "{n} mask files are missing; their images were left out ({where}).",
    ),
    "unknown value": (
        "info",
        "1 value has no name in the list of classes; a class was made for it ({where}).",
        "{n} values have no names in the list of classes; classes were made for them ({where}).",
    ),
    "mixed object": (
        "info",
        "1 object has pixels of several classes; each class became an object ({where}).",
        "{n} objects have pixels of several classes; each class became an object ({where}).",
    ),
    "unlisted segment": (
        "warning",
        "1 segment of a mask file is not listed; its pixels stay unlabelled ({where}).",
        "{n} segments of mask files are not listed; their pixels stay unlabelled ({where}).",
    ),
    "joined segment": (
        "info",
        "1 segment became one with another of its class, which the file says has no objects "
        "({where}). Set its “isthing” to 1 to keep them apart.",
        "{n} segments became one with others of their classes, which the file says have no objects "
        "({where}). Set their “isthing” to 1 to keep them apart.",
    ),
    "no segment": (
        "warning",
        "1 listed segment has no pixel and was left out ({where}).",
        "{n} listed segments have no pixels and were left out ({where}).",
    ),
    "twice mask": (
        "info",
        "1 image has several answers; the first was read ({where}).",
        "{n} images have several answers; the first of each was read ({where}).",
    ),
    "nested polygon": (
        "info",
        "1 outline stood inside a list too many; it was read as if it did not ({where}).",
        "{n} outlines stood inside lists too many; they were read as if they did not ({where}).",
    ),
    "named class": (
        "info",
        "1 class has a name instead of a number; it will get a number ({where}).",
        "{n} classes have names instead of numbers; they will get numbers ({where}).",
    ),
    "twice class number": (
        "warning",
        "1 class has the number of another; its masks went to the one listed first ({where}).",
        "{n} classes have numbers of others; their masks went to those listed first ({where}).",
    ),
    "no answer": (
        "warning",
        "1 image has proposals of a model but no answer of a person; they were left out ({where}).",
        "{n} images have proposals of a model but no answers of a person; they were left out "
        "({where}).",
    ),
    "image tag": (
        "info",
        "1 label of a whole image has no mask and was left out ({where}).",
        "{n} labels of whole images have no masks and were left out ({where}).",
    ),
    "deleted shape": (
        "info",
        "1 shape is marked as deleted and was left out ({where}).",
        "{n} shapes are marked as deleted and were left out ({where}).",
    ),
    "kept rle": (
        "info",
        "1 mask cannot be drawn exactly from outlines and stays RLE ({where}).",
        "{n} masks cannot be drawn exactly from outlines and stay RLE ({where}).",
    ),
    "beyond": (
        "info",
        "1 shape reaches beyond its image and was cut at the edge ({where}).",
        "{n} shapes reach beyond their images and were cut at the edge ({where}).",
    ),
}

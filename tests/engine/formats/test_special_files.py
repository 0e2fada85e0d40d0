"""A pipe, a device, a folder or a circle of links where a file is expected is refused at once."""

import os
import signal
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from engine.document.taxonomy import Taxonomy
from engine.errors import EngineError
from engine.formats import registry
from engine.formats.format import ReadOptions

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")

FILES = {
    "coco": ("a.json",),
    "coco-panoptic": ("panoptic_a.json",),
    "coco-stuff": ("stuff_a.json",),
    "voc": ("SegmentationClass/a.png", "labelmap.txt"),
    "cityscapes": ("gtFine/default/x/a_gtFine_labelIds.png",),
    "yolo-seg": ("data.yaml", "labels/a.txt"),
    "labelme": ("a.json",),
    "cvat": ("a.xml",),
    "png": ("a.png", "classes.json"),
    "png-instances": ("a.png", "instances.json"),
    "camvid": ("annot/a.png", "label_colors.txt"),
    "ade20k": ("a_seg.png",),
    "datumaro": ("annotations/a.json",),
    "label-studio": ("a.json",),
    "supervisely": ("ann/a.json", "meta.json"),
}
TEXT = {
    "classes.json": "{}",
    "data.yaml": "names: [a]\n",
    "labels/a.txt": "0 0 0 1 0 1 1\n",
    "meta.json": '{"classes": []}',
    "instances.json": '{"classes": [], "images": {}}',
}


def pipe(path):
    os.mkfifo(path)


def endless(path):
    path.symlink_to("/dev/zero")


def folder(path):
    path.mkdir()


def circle(path):
    path.symlink_to(path)


@pytest.fixture
def in_time():
    """What waits for ever is ended."""

    def late(*_):
        raise AssertionError("it is waited for")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 20)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", [pipe, endless, folder, circle])
@pytest.mark.parametrize(("form", "odd"), [(form, one) for form in FILES for one in FILES[form]])
def test_it_is_refused_or_passed_over(tmp_path, in_time, form, odd, kind):
    for name in FILES[form]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == odd:
            kind(path)
        elif name.endswith("png"):
            Image.fromarray(np.ones((9, 9), np.uint8)).save(path)
        else:
            path.write_text(TEXT.get(name, "a\n"))
    source = tmp_path if registry.get(form).folder else tmp_path / FILES[form][0]
    for work in (
        lambda: registry.detect(tmp_path),
        lambda: registry.detect(tmp_path / odd),
        lambda: [*registry.get(form).read(source, ReadOptions(taxonomy=Taxonomy())).images()],
    ):
        with suppress(EngineError):
            work()


def test_a_folder_that_may_not_be_listed_is_of_no_format(tmp_path, monkeypatch):
    """Nobody is kept from anything as an administrator, so the formats are told that they are."""

    def kept_out(*_):
        raise PermissionError(13, "Permission denied")

    for form in registry.readable():
        monkeypatch.setattr(type(form), "detect", kept_out)
    with pytest.raises(EngineError, match="cannot be told"):
        registry.detect(tmp_path)

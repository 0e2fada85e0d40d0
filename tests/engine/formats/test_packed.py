"""Archives in place of what is in them."""

import gzip
import lzma
import re
import tarfile
import zipfile

import pytest

from engine.errors import EngineError
from engine.formats import registry


def zipped(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("annotations.xml", "<annotations/>")


def tarred(path):
    with tarfile.open(path, "w:gz") as file:
        file.add(path.parent, "set", recursive=False)


MAKERS = {
    "set.zip": zipped,
    "set.tar.gz": tarred,
    "a.json.gz": lambda path: path.write_bytes(gzip.compress(b'{"images": []}')),
    "a.json.xz": lambda path: path.write_bytes(lzma.compress(b'{"images": []}')),
}


@pytest.mark.parametrize("name", MAKERS)
def test_archives_are_named_as_such(tmp_path, name):
    MAKERS[name](tmp_path / name)
    with pytest.raises(EngineError, match=re.escape(f"{name} is packed. Unpack it")):
        registry.detect(tmp_path / name)

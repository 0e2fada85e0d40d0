"""Nothing that binds the whole program may be shipped with it."""

import importlib.util
import sys
from email.message import Message

import pytest


@pytest.fixture(scope="module")
def licences(root):
    spec = importlib.util.spec_from_file_location("licences", root / "packaging/licences.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Package:
    """As importlib.metadata answers; "License :: …" stands for a classifier."""

    version = "1.0"

    def __init__(self, stated):
        self.metadata = Message()
        self.metadata["Name"] = "something"
        key = "Classifier" if stated.startswith("License ::") else "License-Expression"
        if stated:
            self.metadata[key] = stated


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("MIT", 0),
        ("LGPL-3.0-only", 0),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", 0),
        ("GPL-3.0-or-later", 1),
        ("AGPL-3.0", 1),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", 1),
        ("License :: OSI Approved :: GNU Affero General Public License v3", 1),
        ("", 1),
    ],
)
def test_what_may_not_ship_fails_the_check(licences, monkeypatch, capsys, stated, code):
    monkeypatch.setattr(licences, "shipped", lambda: [Package(stated)])
    assert licences.main(["--check"]) == code
    assert ("something" in capsys.readouterr().err) == bool(code)


def test_all_that_is_reached_is_listed(licences, root):
    """The list in the repository has every package of this environment."""
    listed = (root / "packaging/THIRD_PARTY.md").read_text("utf-8")
    found = [dist.metadata["Name"] for dist in licences.shipped()]
    assert len(found) > 40
    missing = [name for name in found if f"| {name} |" not in listed]
    if sys.platform == "linux":
        assert missing == []

"""The tool and key reference is made from the program's tables, and is up to date."""

import importlib.util

import pytest

from app.action_table import ACTIONS
from app.tools.registry import TOOLS


@pytest.fixture(scope="module")
def reference(root):
    spec = importlib.util.spec_from_file_location("reference", root / "packaging/reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_up_to_date(root, reference):
    kept = (root / "packaging/REFERENCE.md").read_text(encoding="utf-8")
    assert kept == reference.page(), "run make reference"


def test_every_tool_and_every_command_has_one_line(reference):
    lines = reference.page().splitlines()
    for action in ACTIONS:
        [line] = [each for each in lines if each.endswith(f"| `{action.id}` |")]
        assert action.text.rstrip("…") in line
    tools = reference.tools()
    for info in TOOLS.values():
        [line] = [each for each in tools if each.startswith(f"| {info.name} | ")]
        assert "{" not in line, "keys are named, not their places"


def test_check_tells_a_stale_page(reference, monkeypatch, tmp_path):
    monkeypatch.setattr(reference, "PAGE", tmp_path / "REFERENCE.md")
    assert reference.main(["--check"]) == 1
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0

"""What is installed where, and that nothing is imported that is not asked for."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain

import pytest
from packaging.requirements import Requirement

OWN = {"app", "engine", "resources"}
BROUGHT = {"shiboken6": "pyside6-essentials", "google": "onnx"}  # parts of what is asked for
RUNTIMES = {"onnxruntime", "onnxruntime-gpu"}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def about(root):
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]


def names(texts):
    return {canonical(Requirement(text).name) for text in texts}


@pytest.mark.parametrize(
    ("system", "machine", "runtime"),
    [
        ("linux", "x86_64", "onnxruntime-gpu"),
        ("win32", "AMD64", "onnxruntime-gpu"),
        ("linux", "aarch64", "onnxruntime"),
        ("win32", "ARM64", "onnxruntime"),
        ("darwin", "arm64", "onnxruntime"),
        ("darwin", "x86_64", "onnxruntime"),
    ],
)
def test_every_platform_gets_one_onnx_runtime(about, system, machine, runtime):
    environment = {"sys_platform": system, "platform_machine": machine}
    needs = [Requirement(text) for text in about["dependencies"]]
    chosen = {
        need.name for need in needs if need.name in RUNTIMES and need.marker.evaluate(environment)
    }
    assert chosen == {runtime}


def test_qt_stays_below_the_version_that_aborts(about):
    (qt,) = [n for n in map(Requirement, about["dependencies"]) if n.name == "PySide6-Essentials"]
    assert "6.11.9" in qt.specifier
    assert "6.12.0" not in qt.specifier


def test_what_is_imported_is_asked_for(about, root):
    asked = names(about["dependencies"])
    asked |= names(
        about["optional-dependencies"]["train"] + about["optional-dependencies"]["sample"]
    )
    homes = packages_distributions()
    strange = {}
    for file in [*root.glob("app/**/*.py"), *root.glob("engine/**/*.py")]:
        for module in imported(ast.parse(file.read_text("utf-8"))):
            if module in OWN or module in sys.stdlib_module_names:
                continue
            known = {canonical(each) for each in homes.get(module, [])} | {BROUGHT.get(module)}
            if not asked & known:
                strange.setdefault(module, file.name)
    assert strange == {}


def imported(tree):
    """Top-level names a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def test_every_library_is_pinned_exactly(about, root):
    lines = (root / "packaging/constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"==[^*]+", str(pin.specifier)) for pin in pins)
    texts = about["dependencies"] + [*chain(*about["optional-dependencies"].values())]
    wanted = names(texts) - {"onnxruntime"}  # the other name of onnxruntime-gpu elsewhere
    assert wanted - {canonical(pin.name) for pin in pins} == set()
    for need in map(Requirement, texts):
        pin = next((p for p in pins if canonical(p.name) == canonical(need.name)), None)
        if pin is not None:
            assert str(pin.specifier)[2:] in need.specifier, need


def test_the_notice_names_what_is_bundled(root):
    notice = (root / "NOTICE").read_text("utf-8")
    for word in ("DeepLabV3-MobileNetV2", "Inter", "SIL Open", "OFL.txt", "Phosphor", "MIT"):
        assert word in notice
    for name in ("resources/fonts/OFL.txt", "resources/models/deeplabv3_mnv2_voc_257/LICENSE.txt"):
        assert (root / name).stat().st_size > 1000

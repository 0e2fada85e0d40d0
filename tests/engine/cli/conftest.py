import json
import sys

import numpy as np
import pytest
from PIL import Image

from engine.cli import main

SIZE = (30, 40)


@pytest.fixture
def cli(capsys):
    """Run a command; answers (exit code, stdout, stderr)."""

    def run(*words):
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def machine(cli):
    """Run a command with --json; answers (exit code, its lines as data)."""

    def run(*words):
        code, out, _ = cli(*words, "--json")
        return code, [json.loads(line) for line in out.splitlines()]

    return run


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in "abc":
        pixels = np.random.default_rng(ord(name)).integers(0, 255, (*SIZE, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def masks(tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    for at, name in enumerate("abc"):
        array = np.zeros(SIZE, np.uint8)
        array[:10] = 128
        array[12 + at : 20, 5:30] = 200
        Image.fromarray(array).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def project(cli, photos, masks, tmp_path):
    """A project of three done images with the regions water and grass."""
    path = tmp_path / "p.maskwright"
    assert cli("init", path, photos)[0] == 0
    code, _, err = cli("import", path, masks, "--map", "0=background,128=water,200=grass")
    assert code == 0, err
    return path


@pytest.fixture
def fresh_python():
    return [sys.executable, "-P", "-m", "app"]

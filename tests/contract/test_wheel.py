"""The wheel holds all it needs and works without the checkout."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_wheel_is_whole_and_works_away_from_the_checkout(root):
    command = [sys.executable, "packaging/smoke.py"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "everything works" in done.stdout

"""What the program's one entry does with words that open no window."""

import os
import subprocess
import sys

import pytest


def maskwright(*words, **changes):
    environment = {k: v for k, v in (os.environ | changes).items() if v}
    command = [sys.executable, "-P", "-m", "app", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["exprot", "p.maskwright"], "Did you mean the command export?"),
        (["nowhere/photos"], "There is no file or folder “nowhere/photos”"),
        (["--bogus"], "--bogus is not known"),
        (["--role", "cook"], "own child processes"),
    ],
)
def test_words_that_are_nothing_are_wrong_usage(words, said):
    done = maskwright(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others always have a display")
def test_without_a_display_it_says_so():
    done = maskwright(DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert done.returncode == 1
    assert "no display" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_version_is_said():
    from importlib.metadata import version

    assert maskwright("--version").stdout == f"maskwright {version('maskwright')}\n"

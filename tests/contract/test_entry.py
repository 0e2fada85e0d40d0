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
        (["--json"], "--json is not known"),
        (["--role", "cook"], "own child processes"),
    ],
)
@pytest.mark.parametrize("display", ["offscreen", ""])
def test_words_that_are_nothing_are_wrong_usage(words, said, display):
    done = maskwright(*words, DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM=display)
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


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("maskwright", "ver"), ["verify", "versions"]),
        (("maskwright", "export", "p", "o", "--spl"), ["--splits"]),
        (("maskwright", "export", "p", "o", "--format", "coco-"), ["coco-panoptic", "coco-stuff"]),
        (("maskwright", "import", "p", "f", "--format", "ade"), ["ade20k"]),
        (("maskwright", "photos"), []),
    ],
)
def test_the_tab_key_completes_commands_options_and_their_words(words, offered):
    done = maskwright(
        _MASKWRIGHT_COMPLETE="complete_bash",
        COMP_WORDS=" ".join(words),
        COMP_CWORD=str(len(words) - 1),
    )
    assert (done.stdout.split(), done.stderr) == (offered, "")


def test_ctrl_c_while_a_command_is_still_starting_is_one_word():
    code = (
        "import sys, types\n"
        "def main(words): raise KeyboardInterrupt\n"
        "sys.modules['engine.cli'] = types.SimpleNamespace(main=main)\n"
        "from app.__main__ import main\n"
        "sys.exit(main(['verify', 'o.json']))"
    )
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Stopped.\n")

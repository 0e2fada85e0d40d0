"""The set-up on machines that are played by a folder of false commands."""

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
TOOLS = ("sh", "dirname", "grep", "env", "cat")


@pytest.fixture
def machine(root, tmp_path):
    """Run a script where only the basic tools exist, and commands given as shell text.

    Answers (exit code, stdout, stderr, what apt-get was asked to install).
    """
    place = tmp_path / "bin"
    place.mkdir()
    for tool in TOOLS:
        (place / tool).symlink_to(shutil.which(tool))

    def run(script, *words, commands=None, **environment):
        asked = tmp_path / "asked"
        for name, text in (commands or {}).items():
            (place / name).write_text(f"#!/bin/sh\n{text.replace('ASKED', str(asked))}\n")
            (place / name).chmod(0o755)
        done = subprocess.run(
            ["sh", str(root / "packaging" / script), *words],
            env={"PATH": str(place), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        installed = asked.read_text().split() if asked.exists() else []
        return done.returncode, done.stdout, done.stderr, installed

    return run


ALL_THERE = 'echo "install ok installed"'
NOTHING_THERE = "exit 1"
APT = 'case "$1" in install) shift; echo "$@" >>ASKED;; esac'


def test_nothing_is_done_where_all_is_there(machine):
    commands = {"dpkg-query": ALL_THERE, "id": "echo 1000"}
    assert machine("system.sh", commands=commands) == (0, "", "", [])


def test_root_installs_what_is_missing_even_with_a_source_that_is_down(machine):
    apt = f'case "$1" in update) exit 100;; esac\n{APT}'
    commands = {"dpkg-query": NOTHING_THERE, "id": "echo 0", "apt-get": apt}
    code, out, _, asked = machine("system.sh", "python3.11-venv", commands=commands)
    assert code == 0
    assert {"libegl1", "libglib2.0-0", "python3.11-venv"} <= set(asked)
    assert "Installing system packages" in out


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "neither root nor sudo is at hand"),
        ({"sudo": "exit 1"}, "could not be installed"),
    ],
)
def test_who_may_not_install_is_told_what_to_ask_for(machine, more, sentence):
    commands = {"dpkg-query": NOTHING_THERE, "id": "echo 1000", **more}
    code, _, err, _ = machine("system.sh", commands=commands)
    assert code == 1
    assert sentence in err
    assert "Ask an administrator to run: apt-get install libglib2.0-0" in err


def test_the_newer_name_of_a_library_counts(machine):
    """Debian 13 calls one libglib2.0-0t64."""
    query = 'for name; do case "$name" in *t64) echo "install ok installed";; esac; done'
    commands = {"dpkg-query": query, "id": "echo 1000"}
    assert machine("system.sh", commands=commands)[0] == 0


def test_another_system_is_told_and_goes_on(machine):
    code, _, err, _ = machine("system.sh")
    assert code == 0
    assert "not a Debian system" in err


@pytest.mark.parametrize("commands", [{}, {"python3": "exit 1"}])
def test_without_a_python_that_is_new_enough_it_says_so(machine, commands):
    code, _, err, _ = machine("setup.sh", commands=commands, PYTHON="", VENV="nowhere")
    assert code == 1
    assert "Python 3.11 or newer was not found" in err


def test_python_is_installed_where_there_is_none(machine):
    commands = {"dpkg-query": NOTHING_THERE, "id": "echo 0", "apt-get": APT}
    code, _, err, asked = machine("setup.sh", commands=commands, PYTHON="", VENV="nowhere")
    assert {"python3", "python3-venv"} <= set(asked)
    assert code == 1  # here it still is not there afterwards
    assert "was not found" in err


def test_the_scripts_can_be_run(root):
    for name in ("setup.sh", "system.sh"):
        assert os.access(root / "packaging" / name, os.X_OK)

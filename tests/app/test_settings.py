"""Settings where they cannot be kept, and what they name where nobody may look."""

import os

import pytest

from app.settings import Settings, settings_path
from tests.ordinary import ordinarily

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@pytest.fixture
def home(tmp_path, monkeypatch):
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place))
    yield place
    place.chmod(0o755)


def kept(key):
    """What is read back of a value in another object, as after a new start, and why not."""
    first = Settings()
    first.set(key, 3)
    first.sync()
    return Settings().value(key, 0), first.problem


def test_settings_are_kept(home):
    assert kept("a") == (3, "")


def test_without_a_home_there_are_settings_until_the_end(home):
    home.chmod(0o555)
    _, problem = ordinarily(lambda: kept("a"))
    assert problem == f"{home / 'maskwright'} cannot be made (Permission denied)"
    settings = ordinarily(Settings)
    settings.set("b", 4)
    assert settings.value("b", 0) == 4


@pytest.mark.parametrize("name", ["/dev/null", "/proc/nobody"])
def test_a_home_that_is_none_is_said(monkeypatch, name):
    monkeypatch.setenv("XDG_CONFIG_HOME", name)
    assert f"{name}/maskwright cannot be made" in Settings().problem


def test_a_file_of_settings_that_is_protected_is_said(home):
    settings_path().parent.mkdir()
    settings_path().write_text("[General]\na=1\n")
    settings_path().chmod(0o444)
    problem = ordinarily(lambda: Settings().problem)
    assert problem == f"{settings_path()} may not be read and written"


def test_a_recent_project_where_nobody_may_look_is_not_there(home, tmp_path):
    shut = tmp_path / "shut"
    shut.mkdir()
    (shut / "a.maskwright").touch()
    (tmp_path / "b.maskwright").touch()
    settings = Settings()
    settings.add_recent(shut / "a.maskwright")
    settings.add_recent(tmp_path / "b.maskwright")
    shut.chmod(0)
    try:
        assert ordinarily(settings.recent) == [str(tmp_path / "b.maskwright")]
    finally:
        shut.chmod(0o755)
    assert len(settings.recent()) == 2

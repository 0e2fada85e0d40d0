"""Fixtures every test may use. The environment is set before Qt is imported anywhere."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# One home for the whole run (each xdist worker its own), so that no test sees the user's settings.
_HOME = tempfile.mkdtemp(prefix="maskwright-test-")
for _name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = _HOME
os.environ["XDG_RUNTIME_DIR"] = _HOME
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("house")


def _assets() -> Path | None:
    named = os.environ.get("MASKWRIGHT_ASSETS")
    path = Path(named) if named else Path(__file__).parents[2] / "shared" / "assets"
    return path if path.is_dir() else None


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of real models, datasets and odd files; the test is skipped without it."""
    path = _assets()
    if path is None:
        pytest.skip("the shared real models and datasets are not beside this checkout")
    return path


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return Path(__file__).parents[1]

"""Build the wheel, install it where nothing of the checkout can be seen, and use it.

    python packaging/smoke.py

The wheel is built from a copy of the tree without isolation and put into a virtual environment of
its own, which borrows only the libraries of the running Python. Ends with 1 and a sentence when a
file is missing from the wheel or a step fails.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "engine", "resources")
BESIDE = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")
MODEL = "deeplabv3_mnv2_voc_257"

WINDOW = """
import sys
from pathlib import Path
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication
import app
from app.application import Application

qt = QApplication(["maskwright"])
program = Application(qt)
program.show([sys.argv[1]])
while program.session.image is None:
    qt.processEvents()
program.window.canvas.settle()
assert "Inter" in " ".join(QFontDatabase.families()), "the window's own typeface did not load"
picture = program.window.grab()
assert picture.save(sys.argv[2]), "the window could not be saved"
program.close()
print(Path(app.__file__).resolve().parents[1])
"""


class Failed(Exception):
    """A step did not do what it should; the text says which and why."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say how long something took."""
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:6.1f} s  {name}", flush=True)


def run(*command: object, code: int = 0, **environment: str) -> str:
    """Run a command; what it said on stdout."""
    words = [str(each) for each in command]
    done = subprocess.run(
        words, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode != code:
        said = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}".strip()
        raise Failed(f"{' '.join(words)[:200]} ended with {done.returncode}, not {code}:\n{said}")
    return done.stdout


def tree(folder: Path) -> set[str]:
    """The files the packages consist of, by their path in the wheel."""
    return {
        each.relative_to(folder).as_posix()
        for package in PACKAGES
        for each in (folder / package).rglob("*")
        if each.is_file() and "__pycache__" not in each.parts
    }


def build(place: Path) -> Path:
    """The wheel, built from a copy so that neither reads what an earlier build left."""
    source = place / "source"
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in BESIDE:
        shutil.copy(ROOT / name, source)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
    run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", place, source)
    (wheel,) = place.glob("*.whl")
    return wheel


def check_content(wheel: Path) -> None:
    """Everything of the packages is there, licences too, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = tree(ROOT)
    about = {each for each in names if ".dist-info/" in each}
    licences = {each.rsplit("/", 1)[1] for each in about if "/licenses/" in each}
    if missing := sorted(wanted - names):
        raise Failed(f"{len(missing)} files are not in the wheel: {', '.join(missing[:5])}")
    if strange := sorted(names - wanted - about):
        raise Failed(f"{len(strange)} files should not be in the wheel: {', '.join(strange[:5])}")
    if licences != {"LICENSE", "NOTICE"}:
        raise Failed(f"The wheel's licence files are {sorted(licences)}, not LICENSE and NOTICE.")
    model = f"resources/models/{MODEL}/"
    for name in (
        *(model + each for each in ("model.onnx", "card.toml", "LICENSE.txt", "NOTICE")),
        *(f"resources/themes/{each}.json" for each in ("tokens", "palette", "keymap")),
        *(f"resources/fonts/{each}" for each in ("Inter-Regular.otf", "OFL.txt")),
    ):
        if name not in names:
            raise Failed(f"{name} is not in the wheel.")


def install(wheel: Path, place: Path) -> Path:
    """A virtual environment with the wheel and, of this Python, the libraries alone.

    A line in a .pth file adds a folder but reads no .pth files there, so that an editable install
    of the checkout stays invisible.
    """
    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel)
    paths = json.loads(
        run(python, "-c", "import json, sysconfig; print(json.dumps(sysconfig.get_paths()))")
    )
    borrowed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    Path(paths["purelib"], "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return python


def photos(folder: Path) -> None:
    """Two photos, and for the second an index PNG with two regions."""
    rng = np.random.default_rng(7)
    yy, xx = np.mgrid[:240, :320]
    disc = (yy - 120) ** 2 + (xx - 160) ** 2 < 70**2
    for name in ("first", "second"):
        noise = rng.normal(0, 12, (240, 320, 3))
        pixels = np.stack([yy * 0.6, xx * 0.5, 200 - yy * 0.5], 2) + noise + disc[..., None] * 60
        (folder / "photos").mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        picture.save(folder / "photos" / f"{name}.jpg", quality=92)
    (folder / "masks").mkdir()
    Image.fromarray(disc.astype(np.uint8) * 200).save(folder / "masks" / "second.png")


def use(python: Path, place: Path) -> None:
    """The commands and the window, as they were installed."""
    home = {f"XDG_{name}_HOME": str(place / "home") for name in ("CONFIG", "DATA", "CACHE")}
    away = home | {"PYTHONPATH": "", "QT_QPA_PLATFORM": "offscreen"}
    program = python.with_name("maskwright" + (".exe" if os.name == "nt" else ""))
    project, target = place / "smoke.maskwright", place / "out" / "instances.json"
    photos(place)

    def maskwright(*words: object) -> dict:
        """The last line a command says to machines."""
        return json.loads(run(program, *words, "--json", **away).splitlines()[-1])

    with step("maskwright --version"):
        about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        said = run(program, "--version", **away).strip()
        if said != f"maskwright {about['version']}":
            raise Failed(f"--version says “{said}”.")
    with step("maskwright models list"):
        models = maskwright("models", "list")["result"]["models"]
        if MODEL not in [each["id"] for each in models]:
            raise Failed("The built-in model is not listed.")
    with step("maskwright doctor"):
        maskwright("doctor")
    with step("maskwright init, import, predict"):
        maskwright("init", project, place / "photos")
        maskwright("import", project, place / "masks", "--map", "0=background,200=disc")
        predicted = maskwright("predict", project, "--model", MODEL, "--accept", "--device", "cpu")
        if predicted["result"]["images"] != 1:  # the other one is done
            raise Failed(f"predict answered {predicted['result']}.")
    with step("maskwright export, verify"):
        exported = maskwright("export", project, target)["result"]
        verified = maskwright("verify", target, "--project", project, "--deep")["result"]
        if not exported["masks"] or verified["compared"] != exported["masks"]:
            raise Failed(f"export answered {exported}, verify {verified}.")
    with step("the window, offscreen"):
        ran = run(python, "-P", "-c", WINDOW, project, place / "window.png", **away).split()[-1]
        if not Path(ran).is_relative_to(python.parents[1]):
            raise Failed(f"The window ran from {ran}, not from the wheel.")


def main() -> int:
    """Run every step; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="maskwright-smoke-") as folder:
        place = Path(folder).resolve()
        try:
            with step("wheel built"):
                wheel = build(place)
            with step("content"):
                check_content(wheel)
            with step("installed"):
                python = install(wheel, place / "venv")
            use(python, place)
        except Failed as problem:
            print(problem, file=sys.stderr)
            return 1
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, everything works.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

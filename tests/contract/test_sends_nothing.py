"""Nothing is sent anywhere: the program imports nothing that could, and has no place for logs."""

import ast
import functools
from pathlib import Path

import pytest

SENDERS = {
    "aiohttp", "ftplib", "http", "httpx", "imaplib", "nntplib", "poplib", "requests", "smtplib",
    "socket", "socketserver", "ssl", "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc",
}  # fmt: skip
ALLOWED = {
    # The name of the computer, for "somebody else has this project open".
    ("engine/store/lock.py", "socket"),
    # Addresses in files are taken apart, never asked for.
    ("engine/formats/label_studio_tasks.py", "urllib.parse"),
    ("engine/formats/name_index.py", "urllib.parse"),
}


def sources(root):
    return [*(root / "app").rglob("*.py"), *(root / "engine").rglob("*.py")]


@functools.cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_nothing_that_could_send_is_imported(root):
    found = set()
    for path in sources(root):
        for name in imported(parsed(path)):
            network = name == "PySide6.QtNetwork" or name.partition(".")[0] in SENDERS
            if network:
                found.add((path.relative_to(root).as_posix(), name))
    found = {each for each in found if not each[1].startswith("urllib.parse.")}
    assert found == ALLOWED


def test_of_sockets_only_the_computers_name_is_asked(root):
    tree = ast.parse((root / "engine/store/lock.py").read_text(encoding="utf-8"))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "socket"
    }
    assert used == {"gethostname"}


@pytest.mark.parametrize(
    "word", ["FileHandler", "HTTPHandler", "SMTPHandler", "SysLogHandler", "sentry"]
)
def test_logs_go_to_the_terminal_and_nowhere_else(root, word):
    assert [path for path in sources(root) if word in path.read_text(encoding="utf-8")] == []


def test_no_pickle_is_read_anywhere(root):
    """`torch.load` reads weights only; nothing else unpickles."""
    loose = set()
    for path in sources(root):
        tree = parsed(path)
        names = {name.partition(".")[0] for name in imported(tree)}
        if names & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}:
            loose.add((Path(path).name, "import"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                loose |= _loading(path, node)
    assert loose == set()


def _loading(path, node):
    whose = ast.unparse(node.func)
    given = {each.arg: each.value for each in node.keywords}
    if whose == "torch.load":
        only = given.get("weights_only")
        return (
            set() if isinstance(only, ast.Constant) and only.value is True else {(path.name, whose)}
        )
    allowed = given.get("allow_pickle")
    if whose in ("np.load", "numpy.load") and allowed is not None:
        return {(path.name, whose)}
    return set()

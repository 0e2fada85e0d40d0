"""Whether a folder can be trusted with what SQLite asks of it: locks, and memory shared by a file.

Write-ahead logging needs both, and folders of other computers often give neither: two machines do
not share memory, and locks are lost or not passed on. There a project keeps a rollback journal
instead, and jobs read a copy of it.
"""

import contextlib
import os
import sqlite3
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

NETWORK: Final = frozenset(
    {"nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "afpfs", "coda"}
    | {"9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "ceph", "glusterfs", "lustre"}
    | {"beegfs", "gpfs", "gfs2", "ocfs2", "orangefs", "davfs", "webdav", "remote"}
)
"""Kinds of file systems that lie on another computer, or behind one's back on the same."""

LOCAL: Final = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "reiserfs"}
    | {"tmpfs", "ramfs", "overlay", "apfs", "hfs", "ntfs", "ntfs3", "vfat", "exfat", "fixed"}
)
"""Kinds that are known to keep their word; what is in neither list is tried."""

_FUSE: Final = ("fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.gvfsd-fuse")


@dataclass(frozen=True, slots=True)
class Place:
    """What a folder can be trusted with.

    Attributes:
        kind: of its file system, as the system calls it; "" where that is not known.
        shared: memory shared by a file works, so that write-ahead logging does.
        locks: locks are kept.
    """

    kind: str
    shared: bool = True
    locks: bool = True

    @property
    def trusted(self) -> bool:
        """Whether a project can be kept there as anywhere."""
        return self.shared and self.locks

    @property
    def words(self) -> str:
        """What is said about it, once; empty where it can be trusted."""
        if self.trusted:
            return ""
        what = f"a network folder ({self.kind})" if is_network(self.kind) else "a special folder"
        locks = (
            ""
            if self.locks
            else " Locks are not kept there, so see to it that nobody else opens the project."
        )
        return (
            f"This project lies in {what}. Each step is written in the safe, slower way, and jobs "
            f"read a copy.{locks} A project on this computer's own disk is faster."
        )


def place_of(folder: Path) -> Place:
    """What a folder can be trusted with; looked at once for each folder and file system."""
    kind = kind_of(folder)
    if kind in LOCAL:
        return Place(kind)
    if is_network(kind):
        return Place(kind, shared=False, locks=_probed(folder, kind).locks)
    return _probed(folder, kind)


def is_network(kind: str) -> bool:
    """Whether a kind of file system lies on another computer."""
    return kind in NETWORK or kind in _FUSE


def kind_of(folder: Path) -> str:
    """The kind of file system a folder is in; "" where the system does not say."""
    with contextlib.suppress(OSError, ValueError):
        if sys.platform.startswith("linux"):
            return _of_mounts(folder, Path("/proc/self/mountinfo").read_text("utf-8", "replace"))
        if sys.platform == "win32":  # pragma: no cover
            return _of_drive(folder)
        if sys.platform == "darwin":  # pragma: no cover
            return _of_statfs(folder)
    return ""


def _of_mounts(folder: Path, mounts: str) -> str:
    """The kind of the deepest mount that holds the folder; of two at one point the later.

    The format is that of proc_pid_mountinfo(5): the mount point is the fifth field, and the kind
    the first after the lone dash.
    """
    here = os.path.realpath(folder)
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = fields[4].encode().decode("unicode_escape") if "\\" in fields[4] else fields[4]
        inside = here == point or here.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:
            best, kind = len(point), after.split(" ")[0]
    return kind


def _of_drive(folder: Path) -> str:  # pragma: no cover - Windows
    if sys.platform != "win32":
        return ""
    import ctypes

    drive = os.path.splitdrive(os.path.abspath(folder))[0]
    if drive.startswith("\\\\"):
        return "remote"
    kinds = {3: "fixed", 4: "remote", 6: "ramfs"}
    return kinds.get(ctypes.windll.kernel32.GetDriveTypeW(drive + "\\"), "")


def _of_statfs(folder: Path) -> str:  # pragma: no cover - macOS
    """``f_fstypename`` of statfs(2): 16 bytes that begin at byte 72 of the 64-bit structure."""
    import ctypes

    found = ctypes.create_string_buffer(4096)
    if ctypes.CDLL(None).statfs(os.fsencode(folder), found) != 0:
        return ""
    return found.raw[72:88].split(b"\0")[0].decode()


@lru_cache(maxsize=64)
def _probed(folder: Path, kind: str) -> Place:
    """Try it, with a small database that is removed again.

    A folder that cannot be written is taken to be as its kind is: nothing is kept in it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".maskwright-probe-", dir=folder) as place:
            return Place(kind, _shares(Path(place) / "probe"), _locks(Path(place) / "lock"))
    except OSError:
        return Place(kind, shared=not is_network(kind))


def _shares(file: Path) -> bool:
    """Whether one connection sees what another has just written to the log."""
    writer = sqlite3.connect(file, isolation_level=None)
    try:
        if writer.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            return False
        writer.execute("CREATE TABLE t (n INTEGER)")
        reader = sqlite3.connect(file)
        try:
            writer.execute("INSERT INTO t VALUES (1)")
            return bool(reader.execute("SELECT n FROM t").fetchall() == [(1,)])
        finally:
            reader.close()
    except sqlite3.Error:
        return False
    finally:
        writer.close()


def _locks(file: Path) -> bool:
    """Whether a second opening of a file is kept from the lock of the first."""
    from engine.store.lock import take

    first = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    second = os.open(file, os.O_RDWR)
    try:
        return take(first) and not take(second)
    except OSError:
        return False
    finally:
        os.close(second)
        os.close(first)

"""The cache folder for compiled kernels: one folder for each location and version of the engine's sources."""

import hashlib
import os
import shutil
import stat
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from server.telemetry.logs import print_line

ENGINE = Path(__file__).resolve().parents[2] / "engine"
_COMPLETE_MARK = "complete"


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home()))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))


def _folder_name() -> str:
    """Return a hash of all that the machine code depends on: engine, Python, Numba, processor.

    It includes the path of the engine, since Numba caches each location separately.
    """
    digest = hashlib.sha256(f"{sys.version} {ENGINE}".encode())
    try:
        from llvmlite import binding
    except ImportError:  # without Numba there is nothing to compile
        pass
    else:
        digest.update(f"{version('numba')} {binding.get_host_cpu_name()}".encode())
        digest.update(binding.get_host_cpu_features().flatten().encode())
    for source in sorted(ENGINE.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def use_kernel_cache() -> None:
    """Tell Numba which cache folder to use. Call this before anything imports the engine.

    Numba only checks the file of an entry point to decide whether its cache is fresh, but entry points contain
    functions from many files. So the folder's name is a hash of them all. If no folder is usable, Numba is told
    nothing and `kernel_cache` returns None.
    """
    name = Path("neural-playground") / _folder_name()
    requested = os.environ.pop("NUMBA_CACHE_DIR", None)
    bases = [_user_cache(), Path(tempfile.gettempdir())]
    if requested:
        bases.insert(0, Path(str(requested).removesuffix(str(name))))
    for base in bases:
        folder = base / name
        try:
            for each in (folder.parent, folder):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
                _keep_to_ourselves(each, holds_code=each is folder)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except ForeignFolder as error:
            print_line(f"{error}: not used for compiled kernels.")
            continue
        except OSError:
            continue
        os.environ["NUMBA_CACHE_DIR"] = str(folder)
        return


class ForeignFolder(Exception):
    """Others could have put files into a folder, which would run as this user."""


def _keep_to_ourselves(folder: Path, holds_code: bool) -> None:
    """Close a folder of this user to others; raise ForeignFolder if they own it or could already write code into it."""
    if not hasattr(os, "getuid"):  # Windows keeps each user's temporary files apart
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise ForeignFolder(f"{folder} is a link or no folder")
    if found.st_uid != os.getuid():
        raise ForeignFolder(f"{folder} belongs to another user")
    if holds_code and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ForeignFolder(f"other users may write to {folder}")
    folder.chmod(0o700)


def kernel_cache() -> Path | None:
    """Return the folder chosen by `use_kernel_cache`, or None."""
    folder = os.environ.get("NUMBA_CACHE_DIR")
    return Path(folder) if folder else None


def is_complete() -> bool:
    """Say whether the folder holds all compiled kernels."""
    return completed_at() is not None


def completed_at() -> int | None:
    """Return when the folder was completed, in nanoseconds, or None: another compilation has another time."""
    folder = kernel_cache()
    try:
        return None if folder is None else (folder / _COMPLETE_MARK).stat().st_mtime_ns
    except OSError:
        return None


def mark_complete() -> None:
    """Mark the folder as holding all compiled kernels."""
    folder = kernel_cache()
    assert folder is not None
    (folder / _COMPLETE_MARK).touch()


def clear_kernel_cache() -> None:
    """Empty the folder."""
    folder = kernel_cache()
    assert folder is not None
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)

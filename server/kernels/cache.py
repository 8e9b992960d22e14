"""Where compiled kernels are kept between runs: a folder for each place and state of the engine's sources."""

import hashlib
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ENGINE = Path(__file__).resolve().parents[2] / "engine"
_MARK = "complete"


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home()))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))


def _folder_name() -> str:
    """Return a hash of all that the machine code depends on: engine, Python, Numba, processor.

    Also of where the engine is, since Numba keeps what each place has compiled apart.
    """
    digest = hashlib.sha256(f"{sys.version} {ENGINE}".encode())
    try:
        from llvmlite import binding
    except ImportError:  # without Numba nothing is compiled
        pass
    else:
        digest.update(f"{version('numba')} {binding.get_host_cpu_name()}".encode())
        digest.update(binding.get_host_cpu_features().flatten().encode())
    for source in sorted(ENGINE.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def use_kernel_cache() -> None:
    """Name the folder to Numba; call this before anything imports the engine.

    Numba looks only at the file of an entry point when it decides whether its cache is fresh, but the entry points
    contain functions from many files. Hence a folder named by the contents of them all. Where none can be written
    to, no folder is named and `kernel_cache` returns None.
    """
    name = Path("neural-playground") / _folder_name()
    asked = os.environ.pop("NUMBA_CACHE_DIR", None)
    bases = [_user_cache(), Path(tempfile.gettempdir())]
    if asked:
        bases.insert(0, Path(str(asked).removesuffix(str(name))))
    for base in bases:
        folder = base / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            continue
        os.environ["NUMBA_CACHE_DIR"] = str(folder)
        return


def kernel_cache() -> Path | None:
    """Return the folder that `use_kernel_cache` named."""
    folder = os.environ.get("NUMBA_CACHE_DIR")
    return Path(folder) if folder else None


def is_complete() -> bool:
    """Say whether every kernel has been compiled into the folder."""
    folder = kernel_cache()
    return folder is not None and (folder / _MARK).exists()


def mark_complete() -> None:
    """Note that every kernel is there."""
    folder = kernel_cache()
    assert folder is not None
    (folder / _MARK).touch()


def forget_all() -> None:
    """Empty the folder."""
    folder = kernel_cache()
    assert folder is not None
    shutil.rmtree(folder)
    folder.mkdir()

"""Where compiled kernels are kept between runs: one folder for each state of the engine's sources."""

import hashlib
import os
import sys
import tempfile
from pathlib import Path


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home()))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))


def use_kernel_cache() -> None:
    """Name the folder to Numba; call this before anything imports the engine.

    Numba looks only at the file of an entry point when it decides whether its cache is fresh, but the entry points
    contain functions from many files. Hence a folder named by the contents of them all.
    """
    engine = Path(__file__).resolve().parent.parent / "engine"
    digest = hashlib.sha256(sys.version.encode())
    for source in sorted(engine.glob("*.py")):
        digest.update(source.read_bytes())
    name = Path("neural-playground") / digest.hexdigest()[:16]
    for base in (_user_cache(), Path(tempfile.gettempdir())):
        try:
            (base / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(base / name, os.W_OK):
            os.environ.setdefault("NUMBA_CACHE_DIR", str(base / name))
            return

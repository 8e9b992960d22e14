"""Locate templates, static files and other resources: `server/files` in a wheel, the top folder in a checkout."""

import hashlib
from pathlib import Path


def resource(name: str) -> Path:
    """Return the folder `static`, `templates`, `locales` or `lessons`."""
    server = Path(__file__).resolve().parents[1]
    installed = server / "files" / name
    return installed if installed.is_dir() else server.parent / name


def fingerprint(folder: Path, *others: bytes) -> str:
    """Return a short hash of a folder's files and of others, so that URLs that contain it can be cached forever."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    for content in others:
        digest.update(content)
    return digest.hexdigest()[:12]

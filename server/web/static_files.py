"""Static files: the page's bundle, libraries and fonts, from memory and compressed once; or, with --dev, as on disk."""

import functools
import gzip
import hashlib
import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

COMPRESSIBLE = ("text/", "application/json", "image/svg")
PIECE_BYTES = 64 * 1024
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}

mimetypes.add_type("text/javascript", ".js")  # Windows may have another type registered
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("application/json", ".map")


class HashedFiles:
    """Serve a folder's files as they were at the start, under a URL with their hash, so that caches may keep them."""

    def __init__(self, folder: Path, made: Mapping[str, bytes]) -> None:
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self._files = {name: _File(name, content) for name, content in {**found, **made}.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for one file."""
        file = self._files.get(scope["path"].removeprefix(scope["root_path"] + "/"))
        if file is None:
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET"})
        response = file.answer("gzip" in Headers(scope=scope).get("accept-encoding", ""))
        await send({"type": "http.response.start", "status": 200, "headers": response.raw_headers})
        body = memoryview(response.body)
        for start in range(0, len(body), PIECE_BYTES):  # so that a client that doesn't read costs little memory
            await send({"type": "http.response.body", "body": body[start : start + PIECE_BYTES], "more_body": True})
        await send({"type": "http.response.body"})


class _File:
    def __init__(self, name: str, body: bytes) -> None:
        self._type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._body = body
        self._headers = FOREVER | ({"Vary": "Accept-Encoding"} if self._is_compressible else {})

    @property
    def _is_compressible(self) -> bool:
        return self._type.startswith(COMPRESSIBLE)

    @functools.cached_property
    def _compressed(self) -> bytes:
        return gzip.compress(self._body, mtime=0)

    def answer(self, accepts_gzip: bool) -> Response:
        if accepts_gzip and self._is_compressible:
            return Response(
                self._compressed, headers=self._headers | {"Content-Encoding": "gzip"}, media_type=self._type
            )
        return Response(self._body, headers=self._headers, media_type=self._type)


class ChangingFiles(StaticFiles):
    """Serve a folder's files as they are now; the browser asks each time whether they have changed."""

    def __init__(self, folder: Path, made: Mapping[str, bytes]) -> None:
        super().__init__(directory=folder)
        self._made = {name: _File(name, content) for name, content in made.items()}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file that the browser must check before it uses its copy."""
        made = self._made.get(path)
        response = made.answer(accepts_gzip=False) if made else await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def opening_script(static: Path, dev: bool) -> str:
    """Return the script that the page holds in its head."""
    return (static / ("js" if dev else "dist") / "opening.js").read_text(encoding="utf-8")


def preloaded_scripts(static: Path) -> list[str]:
    """Return the names of the bundle's scripts that its main script imports."""
    names: list[str] = _manifest(static)["preload"]
    return names


def stale_sources(static: Path) -> list[str]:
    """Return the sources that have changed since the bundle was made; a wheel leaves out those outside `static`."""
    sources: dict[str, str] = _manifest(static)["sources"]
    return [
        name
        for name, checksum in sources.items()
        if name.startswith("static/") and _checksum(static.parent / name) != checksum
    ]


def _manifest(static: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((static / "dist" / "manifest.json").read_bytes())
    return manifest


def _checksum(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

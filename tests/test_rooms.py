"""Rooms: imports run one way between rooms, never in a circle, and the engine touches nothing outside."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
SERVER = sorted((ROOT / "server").rglob("*.py"))

# What the engine may import beside itself; no input or output, no clock, no thread.
ENGINE_MAY = {
    "numpy", "pydantic", "pydantic_core", "numba",
    "ast", "base64", "collections", "csv", "dataclasses", "decimal", "functools", "gettext", "hashlib", "itertools",
    "json", "math", "re", "statistics", "types", "typing", "urllib",
}  # fmt: skip
IDS = {"ids": lambda path: path.relative_to(ROOT).as_posix()}

# A room of the engine may import the rooms before it, a room of the server those after it.
ENGINE_ROOMS = ("numerics", "text", "data", "nn", "optim", "training", "analysis", "sweeps", "interchange")
SERVER_ROOMS = (
    "app", "process", "net", "web", "sessions", "lessons", "protocol", "kernels", "i18n", "telemetry", "config"
)  # fmt: skip
MAY = {
    **{f"engine.{it}": {f"engine.{other}" for other in ENGINE_ROOMS[: at + 1]} for at, it in enumerate(ENGINE_ROOMS)},
    **{f"server.{it}": {f"server.{other}" for other in SERVER_ROOMS[at:]} for at, it in enumerate(SERVER_ROOMS)},
}

PAGE = ROOT / "static" / "js"
MODULES = sorted(PAGE.rglob("*.js"))
SHARED = ("core", "wire", "state", "draw")


def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", ENGINE, **IDS)
def test_the_engine_imports_only_allowed_packages(path: Path) -> None:
    assert roots(path) <= ENGINE_MAY | {"engine"}


@pytest.mark.parametrize("path", ENGINE, **IDS)
def test_the_engine_does_no_input_or_output(path: Path) -> None:
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "open", "input", "exec", "eval", "compile", "__import__"}


@pytest.mark.parametrize("path", [path for path in SERVER if path.name != "frames.py"], **IDS)
def test_only_frames_import_numpy(path: Path) -> None:
    assert "numpy" not in roots(path)
    assert "engine.numerics.types" not in imports(path)


@pytest.mark.parametrize("path", SERVER, **IDS)
def test_sessions_import_no_web_framework(path: Path) -> None:
    web = {"fastapi", "starlette", "uvicorn"}
    if path.name in ("session.py", "loop.py", "training.py", "protocol.py", "wire.py", "kernels.py", "texts.py"):
        assert not roots(path) & web
    assert not roots(path) & {"tests", "scripts", "benchmarks"}


@pytest.mark.parametrize("module", ["engine", "server.app.application"])
def test_importing_prints_nothing_and_starts_no_thread(module: str) -> None:
    code = f"import threading, {module}; print(threading.active_count())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_the_engine_works_without_the_web_and_without_numba() -> None:
    code = """
import sys
sys.modules.update(dict.fromkeys(["fastapi", "starlette", "uvicorn", "msgpack", "jinja2", "numba", "llvmlite"]))
from engine import Experiment, Trainer
trainer = Trainer(Experiment(seed="0.5"))
trainer.run(2)
assert not trainer.kernels.compiled
assert "server" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def module(path: Path) -> str:
    """Return a file's dotted name, a package's being its folder's."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PYTHON = {module(path): path for path in (*ENGINE, *SERVER)}


def room(name: str) -> str:
    """Return the room of a module, `engine.nn` of `engine.nn.losses`; a package's own face is its top."""
    parts = name.split(".")
    return ".".join(parts[:2]) if len(parts) > 2 or name in MAY else parts[0]


def test_every_folder_is_a_room_with_a_docstring() -> None:
    folders = {path.parent for path in (*ENGINE, *SERVER) if path.parent.name not in ("engine", "server")}
    assert {module(folder / "__init__.py") for folder in folders} <= MAY.keys()
    for folder in folders:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [*ENGINE, *SERVER], **IDS)
def test_rooms_import_only_allowed_rooms(path: Path) -> None:
    here = room(module(path))
    if here not in MAY:  # the engine's face and `python -m server`
        return
    there = {room(name) for name in imports(path) if name in PYTHON and name.startswith(here.partition(".")[0])}
    there -= {"engine", "server"}
    assert there <= MAY[here], f"{here} may not import {sorted(there - MAY[here])}"


def circle(needs: dict[str, set[str]]) -> list[str]:
    """Return the names that lie on a cycle or depend on one: take away what needs no other name until none is left."""
    while free := [name for name, needed in needs.items() if not needed & needs.keys()]:
        needs = {name: needed for name, needed in needs.items() if name not in free}
    return sorted(needs)


def test_python_modules_have_no_import_cycle() -> None:
    packages = {name for name, path in PYTHON.items() if path.name == "__init__.py"}
    assert not circle({name: imports(path) & PYTHON.keys() - packages for name, path in PYTHON.items()})
    assert circle({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == ["a", "b", "c"]


def page_imports(path: Path, types: bool) -> set[Path]:
    """Return the modules that a module of the page imports, with `types` also those that it takes types from."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r'(?:^|\n)(?:import|export)[^;]*?from\s+"(\.[^"]+)"', text)
    if types:
        found += re.findall(r'import\("(\.[^"]+)"\)', text)
    return {(path.parent / name).resolve() for name in found}


@pytest.mark.parametrize("path", MODULES, **IDS)
def test_page_features_import_no_other_feature(path: Path) -> None:
    place = path.relative_to(PAGE).parts
    if place == ("main.js",):
        return
    for other in page_imports(path, types=True):
        if not other.is_relative_to(PAGE):
            continue
        there = other.relative_to(PAGE).parts
        assert there[0] in SHARED or there[:2] == place[:2], f"{'/'.join(place)} imports {'/'.join(there)}"


def test_page_modules_have_no_import_cycle() -> None:
    assert MODULES
    assert not circle({str(path): {str(other) for other in page_imports(path, types=False)} for path in MODULES})

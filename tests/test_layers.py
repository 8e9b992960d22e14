"""The layers: imports run one way, the engine touches nothing outside, and files stay small."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = sorted((ROOT / "engine").glob("*.py"))
SERVER = sorted((ROOT / "server").glob("*.py"))

# What the engine may import beside itself; no input or output, no clock, no thread.
ENGINE_MAY = {
    "numpy", "pydantic", "pydantic_core", "numba",
    "base64", "binascii", "collections", "csv", "dataclasses", "decimal", "functools", "hashlib", "itertools", "json",
    "math", "re", "statistics", "types", "typing", "urllib",
}  # fmt: skip
IDS = {"ids": lambda path: path.name}


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
def test_the_engine_imports_numpy_pydantic_and_itself(path: Path) -> None:
    assert roots(path) <= ENGINE_MAY | {"engine"}


@pytest.mark.parametrize("path", ENGINE, **IDS)
def test_the_engine_prints_nothing_and_opens_nothing(path: Path) -> None:
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "open", "input", "exec", "eval", "compile", "__import__"}


@pytest.mark.parametrize("path", [path for path in SERVER if path.name != "wire.py"], **IDS)
def test_only_one_file_of_the_server_sees_arrays(path: Path) -> None:
    assert "numpy" not in roots(path)
    assert "engine.numerics.types" not in imports(path)


@pytest.mark.parametrize("path", SERVER, **IDS)
def test_the_session_and_its_loop_know_no_web(path: Path) -> None:
    web = {"fastapi", "starlette", "uvicorn"}
    if path.name in ("session.py", "loop.py", "training.py", "protocol.py", "wire.py", "kernels.py", "texts.py"):
        assert not roots(path) & web
    assert not roots(path) & {"tests", "scripts", "benchmarks"}


@pytest.mark.parametrize("package", ["engine", "server"])
def test_no_two_modules_import_each_other_at_the_top(package: str) -> None:
    files = {f"{package}.{path.stem}": path for path in (ENGINE if package == "engine" else SERVER)}
    above = {
        name: {
            found
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ImportFrom)
            for found in (str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names))
            if found in files
        }
        for name, path in files.items()
    }
    while above:
        free = [name for name, needs in above.items() if not needs & above.keys()]
        assert free, f"a circle among {sorted(above)}"
        above = {name: needs for name, needs in above.items() if name not in free}


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


@pytest.mark.parametrize("path", [*ENGINE, *SERVER], **IDS)
def test_a_file_holds_one_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 350
    assert path.name == "__main__.py" or ast.get_docstring(ast.parse(text))

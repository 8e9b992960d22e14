"""Test the engine's purity: no I/O, no clock, no threads, no unseeded randomness, nothing from the server."""

import ast
from pathlib import Path

import pytest

import engine

SOURCES = sorted(Path(engine.__file__).parent.rglob("*.py"))
PACKAGES = {"engine", "numpy", "numba", "pydantic", "pydantic_core"}
# Modules of the standard library that compute or describe types, and do not touch the outside world.
STANDARD = {
    "ast",
    "base64",
    "collections",
    "csv",
    "dataclasses",
    "decimal",
    "enum",
    "functools",
    "gettext",  # NullTranslations alone, for English plurals; it reads no file
    "hashlib",
    "itertools",
    "json",
    "math",
    "re",
    "statistics",
    "types",
    "typing",
    "urllib.parse",
}
SIDE_EFFECTS = {"print", "open", "input", "exec", "eval", "breakpoint", "__import__"}
# NumPy can read files and has a global generator.
SIDE_EFFECTS_OF_NUMPY = {"load", "save", "savetxt", "loadtxt", "genfromtxt", "fromfile", "tofile", "memmap", "random"}


def tree_of(source):
    return ast.parse(source.read_text(encoding="utf-8"))


def imports(tree):
    """Return the full names of all imported modules."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package they come from"
            names.append(node.module)
    return names


def is_allowed(module):
    return module.partition(".")[0] in PACKAGES or any(
        module == name or module.startswith(f"{name}.") for name in STANDARD
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_modules_import_only_allowed_packages(source):
    assert [module for module in imports(tree_of(source)) if not is_allowed(module)] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_modules_import_nothing_from_the_server(source):
    assert [module for module in imports(tree_of(source)) if module.partition(".")[0] == "server"] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_modules_call_nothing_that_reads_or_writes(source):
    found = []
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Name) and node.id in SIDE_EFFECTS:
            found.append(node.id)
        elif isinstance(node, ast.Attribute) and node.attr in SIDE_EFFECTS_OF_NUMPY:
            owner = node.value
            if isinstance(owner, ast.Name) and owner.id in {"np", "numpy"}:
                found.append(f"np.{node.attr}")
    assert found == []


def test_every_module_has_a_docstring():
    assert len(SOURCES) > 15  # the glob finds the engine
    assert [source.name for source in SOURCES if not ast.get_docstring(tree_of(source))] == []


@pytest.mark.parametrize(
    "line",
    ["import os", "import sys", "import time", "from threading import Thread", "import random", "import logging"],
)
def test_a_forbidden_import_is_noticed(line):
    assert not all(is_allowed(module) for module in imports(ast.parse(line)))

"""Check dependencies: locked by hash, without addresses of registries or machines."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
FILES = [*LOCKS, ROOT / "package-lock.json", ROOT / "package.json", ROOT / "pyproject.toml", ROOT / ".npmrc"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_names_a_registry_or_a_local_path(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?://(?!opencollective|github\.com)", text)
    assert not re.search(r"--(extra-)?index|--find-links|--trusted-host|file:", text)
    assert not re.search(r'["\s=](/[a-z]+){2,}', text)
    assert '"resolved"' not in text


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_with_hashes(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    assert lines
    for line in lines:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,-]+\])?==[^ ]+( ;[^-]*)?( +--hash=sha256:[0-9a-f]{64})+ *$", line), line


def test_locks_contain_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {
        "run.txt": [*project["dependencies"], *extras["fast"]],
        "test.txt": [*project["dependencies"], *extras["fast"], *extras["test"]],
    }
    for name, dependencies in wanted.items():
        lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
        locked = {line.partition("==")[0].partition("[")[0] for line in lines if "==" in line}
        assert {re.split("[<>=]", dependency)[0] for dependency in dependencies} <= locked


def test_every_npm_package_has_a_checksum() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_vendored_files_match_their_manifest() -> None:
    done = subprocess.run([sys.executable, "scripts/vendor.py", "--check"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
    manifest = json.loads((ROOT / "static" / "vendor" / "manifest.json").read_text(encoding="utf-8"))
    for folder, entry in manifest.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
        assert entry["licence"]
        assert "LICENSE" in entry["sha256"], folder

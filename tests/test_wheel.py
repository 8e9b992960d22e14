"""Build the wheel, install it into an empty environment without the extra `fast`, and start it in another folder."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from live import ROOT, ServerProcess

FAST = ("numba==", "llvmlite==", "isal==")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel and its locked dependencies into a new environment; return its folder of programs."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", lock.strip())
    kept = [entry for entry in entries if not entry.startswith(FAST)]
    assert len(kept) == len(entries) - len(FAST)
    (folder / "requirements.txt").write_text("\n".join(kept) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", *(["--without-pip"] if UV else []), folder / "venv"], check=True)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    install = [UV, "pip", "install", "-q", "--python", python] if UV else [python, "-m", "pip", "install", "-q"]
    subprocess.run([*install, "--require-hashes", "-r", folder / "requirements.txt"], check=True)
    subprocess.run([*install, "--no-deps", wheel], check=True)
    return programs


UV = shutil.which("uv")


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.status == 200
        text: str = answer.read().decode()
        return text


def test_the_installed_command_serves_the_page_from_any_folder(installed: Path, tmp_path: Path) -> None:
    with ServerProcess(0, command=(str(installed / "neural-playground"),), folder=tmp_path) as server:
        server.wait_ready(kernels="plain")
        assert "Numba is not installed" in server.output()
        page = fetched(server.url + "/")
        assert "<h1>Neural network playground</h1>" in page
        address = re.search(r'"(/static/[0-9a-f]+/dist/main\.js)"', page)
        assert address
        assert fetched(server.url + address[1]) == (ROOT / "static" / "dist" / "main.js").read_text(encoding="utf-8")
        assert "stale" not in server.output()
    assert list(tmp_path.iterdir()) == []


def test_the_installed_engine_trains(installed: Path, tmp_path: Path) -> None:
    code = (
        "from engine import Experiment, Trainer; t = Trainer(Experiment()); t.run(3); print(t.epoch, t.losses()[0] < 1)"
    )
    done = subprocess.run(
        [installed / "python", "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )  # fmt: skip
    assert done.stdout == "3 True\n"

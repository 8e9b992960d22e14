"""Check the README: its snippet prints the figures shown, and its files and folders exist."""

import contextlib
import io
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_snippet_prints_the_figures_shown() -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (said,) = re.findall(r"# \(([\d.]+), ([\d.]+)\)", snippet)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(snippet, "README.md", "exec"), {})
    losses = re.findall(r"[\d.]+(?:e-\d+)?", printed.getvalue())
    assert [f"{float(loss):.5f}" for loss in losses] == list(said)


def test_linked_files_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert len(links) >= 4
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_named_folders_exist() -> None:
    folders = re.findall(r"^\| `(\w+)/`", TEXT, re.MULTILINE)
    assert {"engine", "server", "tests"} <= set(folders)
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []

"""Check documents: the README's snippet, files and folders, and the labels that README and lessons quote."""

import contextlib
import io
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

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


def test_the_readme_is_short() -> None:
    assert len(TEXT.splitlines()) <= 120


@pytest.mark.parametrize(
    ("pattern", "translated"),
    [("README.md", False), ("docs/teaching.md", False), ("lessons/*.md", False), ("lessons/ru/*.md", True)],
)
def test_quoted_labels_are_on_the_page(pattern: str, translated: bool) -> None:
    """Labels stand in italics and begin with a capital; a message may be quoted without its end."""
    with (ROOT / "locales" / "ru" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        entries = [entry.string if translated else entry.id for entry in read_po(file) if entry.id]
    labels = [text for entry in entries for text in ([entry] if isinstance(entry, str) else entry)]
    for path in ROOT.glob(pattern):
        quoted = re.findall(r"(?<!\*)\*([^\s*][^*]*)\*(?!\*)", path.read_text(encoding="utf-8"))
        for label in [" ".join(text.split()) for text in quoted if text[0].isupper()]:
            assert any(known.startswith(label) for known in labels), f"{path.name}: {label}"

"""Check that docs/security.md names a test for each promise, and that the tests exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_named_tests_exist() -> None:
    existing = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
    }
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT))
    assert len(named) > 30
    assert named <= existing


def test_every_promise_names_a_test() -> None:
    rows = DOCUMENT.partition("## Promised")[2].partition("\n\nLearners")[0].splitlines()[4:]
    assert len(rows) > 10
    assert all("`test_" in row for row in rows), [row for row in rows if "`test_" not in row]

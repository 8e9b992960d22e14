"""Check docs/engine.md: its code prints the results shown, and the names that it mentions exist."""

import contextlib
import io
import re
from pathlib import Path

import engine
from engine import Trainer

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "engine.md").read_text(encoding="utf-8")


def test_the_code_prints_the_results_shown() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    assert len(code.splitlines()) <= 25
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "engine.md", "exec"), {})
    assert printed.getvalue() == shown


def test_every_name_of_the_face_exists_and_is_described() -> None:
    described = set(re.findall(r"\w+", TEXT))
    for name in engine.__all__:
        assert hasattr(engine, name)
        assert name in described, f"docs/engine.md does not mention {name}"
    for name in re.findall(r"`trainer\.(\w+)", TEXT):
        assert hasattr(Trainer(engine.Experiment()), name)


def test_no_name_of_the_face_hides_a_module() -> None:
    folder = Path(engine.__file__).parent
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not modules & set(engine.__all__)
    assert callable(engine.explain)
    assert callable(engine.export)

"""Check CONTRIBUTING.md: every diff applies to a copy of the checkout, and the copy then does what the text says."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from live import ServerProcess

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DIFFS = dict(re.findall(r"^### ([^\n]+)\n.*?^```diff\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE))
FOLDERS = ("engine", "lessons", "locales", "requirements", "scripts", "server", "static", "templates", "tests")
CLUTTER = shutil.ignore_patterns("__pycache__", "screenshots", ".*")


def apply(diff: str, folder: Path, *options: str) -> None:
    """Apply a diff with git, or only check it with `--check`."""
    done = subprocess.run(["git", "apply", *options, "-"], cwd=folder, input=diff.encode(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def python(folder: Path, *arguments: str) -> str:
    """Run Python in a checkout and return its output."""
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_tests(folder: Path, path: str, names: str) -> None:
    """Run some of a checkout's tests without Numba, which would compile; fail if one fails or none is selected."""
    code = "import sys; sys.modules['numba'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    python(folder, "-c", code, "-p", "no:cacheprovider", path, "-k", names)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout with every diff applied and the texts collected."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=CLUTTER)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for diff in DIFFS.values():
        apply(diff, folder)
    python(folder, "scripts/texts.py")
    return folder


@pytest.fixture(scope="module")
def server(checkout: Path) -> Iterator[ServerProcess]:
    """Start the changed checkout's server. Its bundle is stale, so the server serves the modules."""
    with ServerProcess(0, "--plain", "--dev", folder=checkout) as process:
        yield process.wait_ready()


def test_there_is_a_diff_for_each_example() -> None:
    assert list(DIFFS) == ["Add an activation", "Add a dataset", "Add a lesson", "Add a panel", "Add a language"]
    assert len(DIFFS) == TEXT.count("```diff")


@pytest.mark.parametrize("example", DIFFS)
def test_each_diff_applies_alone(example: str) -> None:
    apply(DIFFS[example], ROOT, "--check")


@pytest.mark.parametrize(
    "changes", [{"activation": "mish"}, {"dataset": "stripes", "hidden_layers": [8, 8]}], ids=["activation", "dataset"]
)
def test_the_new_entry_trains_and_its_gradient_agrees_with_finite_differences(
    checkout: Path, changes: dict[str, object]
) -> None:
    code = f"""
import json
from engine import Experiment, Trainer, check_gradient, experiment_from_link, link_to
from engine.training.kernels import PLAIN
trainer = Trainer(Experiment(seed="0.5", **{changes}), PLAIN)
before = trainer.losses()[0]
trainer.run(60)
check = check_gradient(trainer)
assert experiment_from_link(link_to(trainer.experiment)) == trainer.experiment
print(json.dumps([before, trainer.losses()[0], float(max(check.difference))]))
"""
    before, after, error = json.loads(python(checkout, "-c", code))
    assert after < 0.7 * before
    assert error < 1e-6


def test_the_new_activation_and_lesson_pass_the_tests_of_all_activations_and_lessons(checkout: Path) -> None:
    run_tests(checkout, "tests/test_engine_nn_activations.py", "mish and not compiled")
    run_tests(checkout, "tests/test_server_lessons.py", "momentum")


def test_the_page_offers_the_new_entries_panel_and_lesson(server: ServerProcess) -> None:
    page = httpx2.get(server.url + "/").text
    assert 'value="mish"' in page
    assert 'data-dataset="stripes"' in page
    assert 'data-root="size"' in page
    main = re.search(r'"(/static/[^"]+/js/)main\.js"', page)
    assert main
    assert "features/size/size.js" in httpx2.get(server.url + main[1] + "main.js").text
    assert "createSize" in httpx2.get(server.url + main[1] + "features/size/size.js").text
    assert "<h2" in httpx2.get(server.url + "/", params={"lesson": "momentum"}).text


def test_the_new_panel_keeps_the_rules_of_imports(checkout: Path) -> None:
    run_tests(checkout, "tests/test_rooms.py", "features/size/size.js or main.js")


def test_the_server_offers_the_new_language(server: ServerProcess) -> None:
    page = httpx2.get(server.url + "/", params={"lang": "de"}).text
    assert '<html lang="de">' in page
    assert "Spielplatz für neuronale Netze" in page
    assert "Deutsch" in httpx2.get(server.url + "/", params={"lang": "en"}).text

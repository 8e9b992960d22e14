"""The bundle of the page's scripts and styles: checked in, up to date, and replaced by the modules with --dev."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from live import ROOT, LiveServer, ServerProcess

from server.config.resources import resource
from server.config.settings import Settings
from server.web.static_files import stale_sources

STATIC = resource("static")


def bundle(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the bundler in a checkout."""
    return subprocess.run(["node", "scripts/bundle.mjs", *options], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the bundler reads and writes."""
    for name in ("scripts", "static"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def test_the_bundle_is_what_the_sources_give() -> None:
    assert stale_sources(STATIC) == [], "run make bundle"
    done = bundle(ROOT, "--check")
    assert done.returncode == 0, done.stderr


def test_a_changed_source_makes_the_bundle_stale_until_it_is_made_again(checkout: Path) -> None:
    source = checkout / "static" / "js" / "core" / "store.js"
    source.write_text(source.read_text(encoding="utf-8") + "\nexport const changed = true;\n", encoding="utf-8")
    assert stale_sources(checkout / "static") == ["static/js/core/store.js"]
    done = bundle(checkout, "--check")
    assert done.returncode == 1
    assert 'run "make bundle"' in done.stderr
    assert bundle(checkout).returncode == 0
    assert stale_sources(checkout / "static") == []
    assert bundle(checkout, "--check").returncode == 0


def test_an_edited_or_forgotten_file_of_the_bundle_is_found(checkout: Path) -> None:
    (checkout / "static" / "dist" / "main.js").write_text("edited", encoding="utf-8")
    (checkout / "static" / "dist" / "old.js").write_text("old", encoding="utf-8")
    done = bundle(checkout, "--check")
    assert done.returncode == 1
    assert "(main.js, old.js)" in done.stderr


def test_a_server_with_a_stale_bundle_says_so(checkout: Path) -> None:
    for name in ("engine", "lessons", "locales", "server", "templates"):
        (checkout / name).symlink_to(ROOT / name)
    (checkout / "static" / "js" / "main.js").write_text("", encoding="utf-8")
    server = checkout / "server"
    server.unlink()  # a copy, because a checkout finds its files beside its modules
    shutil.copytree(ROOT / "server", server, ignore=shutil.ignore_patterns("__pycache__"))
    with ServerProcess(0, "--plain", folder=checkout) as process:
        process.wait_ready()
        assert 'static/dist is stale (static/js/main.js): run "make bundle", or start with --dev' in process.output()


# --dev


@pytest.fixture(scope="module")
def dev() -> Iterator[LiveServer]:
    """Start a server that serves the modules."""
    with LiveServer(Settings(port=0, plain=True, dev=True)) as server:
        yield server


def test_dev_serves_the_modules_as_they_are_now(dev: LiveServer) -> None:
    page = httpx2.get(dev.url + "/").text
    assert "/dist/" not in page
    main = re.search(r'src="(/static/dev/js/main\.js)"', page)
    assert main
    answer = httpx2.get(dev.url + main[1])
    assert answer.text == (STATIC / "js" / "main.js").read_text(encoding="utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    again = httpx2.get(dev.url + main[1], headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


# What a browser gets


def test_everything_that_can_be_compressed_is(live_server: LiveServer) -> None:
    page = httpx2.get(live_server.url + "/")
    links = {link.partition("#")[0] for link in re.findall(r'"(/static/[^"]+)"', page.text)}
    answers = [page, *(httpx2.get(live_server.url + link) for link in links)]
    assert len(answers) > 4
    for answer in answers:
        assert answer.headers["content-encoding"] == "gzip", answer.url
        assert "Accept-Encoding" in answer.headers["vary"]
        assert int(answer.headers["content-length"]) < len(answer.content)


def test_a_client_without_gzip_gets_plain_files(live_server: LiveServer) -> None:
    link = re.search(r'"(/static/[^"]+main\.js)"', httpx2.get(live_server.url + "/").text)
    assert link
    answer = httpx2.get(live_server.url + link[1], headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == (STATIC / "dist" / "main.js").read_bytes()


def test_static_files_are_compressed_once(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    page = httpx2.get(live_server.url + "/").text
    links = {link.partition("#")[0] for link in re.findall(r'"(/static/[^"]+)"', page)}
    for link in links:
        httpx2.get(live_server.url + link)
    monkeypatch.setattr("server.web.static_files.gzip.compress", None)
    for link in links:
        assert httpx2.get(live_server.url + link).status_code == 200


def test_static_files_answer_only_get_and_head(live_server: LiveServer) -> None:
    link = re.search(r'"(/static/[^"]+main\.js)"', httpx2.get(live_server.url + "/").text)
    assert link
    assert httpx2.head(live_server.url + link[1]).content == b""
    refused = httpx2.post(live_server.url + link[1])
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")

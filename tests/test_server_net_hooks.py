"""Undocumented members of uvicorn and websockets that the server uses: checked at start, and pinned to a range."""

import sys
import tomllib
from importlib.metadata import version
from typing import Any

import pytest
from live import ROOT
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate

from server.app import cli
from server.net.hooks import MissingHook, check_hooks


def test_the_installed_versions_have_every_member() -> None:
    check_hooks()


def test_a_missing_method_stops_the_start_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(WebSocketsSansIOProtocol, "keepalive_timeout")
    monkeypatch.setattr(sys, "argv", ["neural-playground", "--plain"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"neural-playground: uvicorn {version('uvicorn')} has no WebSocketsSansIOProtocol.keepalive_timeout, "
    )


def test_a_missing_attribute_of_an_instance_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    original = PerMessageDeflate.__init__

    def without_encoder(self: PerMessageDeflate, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        del self.encoder

    monkeypatch.setattr(PerMessageDeflate, "__init__", without_encoder)
    with pytest.raises(MissingHook, match=r"^websockets [\d.]+ has no PerMessageDeflate\.encoder, "):
        check_hooks()


@pytest.mark.parametrize("package", ["uvicorn", "websockets"])
def test_both_packages_are_pinned_to_a_tested_range(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (pinned,) = [each for each in project["dependencies"] if each.startswith(package)]
    least, below = pinned.removeprefix(f"{package}>=").split(",<")

    def parts(text: str) -> tuple[int, ...]:
        return tuple(map(int, text.split(".")))

    assert parts(least) <= parts(version(package)) < parts(below)

"""The command line: options, environment, output and exit codes."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from live import ROOT, ServerProcess
from server_helpers import Socket

from server.process import serving


def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command until it ends."""
    command = [sys.executable, "-m", "server", *args]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--prot", "9000"], "--prot"),
        (["--port", "many"], "--port 'many'"),
        (["--port", "70000"], "--port '70000'"),
        (["--port"], "--port"),
        (["extra"], "extra"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(args: list[str], said: str) -> None:
    done = run(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("neural-playground: ")
    assert said in done.stderr


def test_a_wrong_environment_variable_is_one_line_and_exit_code_2() -> None:
    done = run(PLAYGROUND_PORT="many")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "port" in done.stderr
    assert "many" in done.stderr


def test_help_lists_every_option() -> None:
    done = run("--help")
    assert done.returncode == 0
    for option in ("--host", "--port", "--open", "--plain"):
        assert option in done.stdout


def test_a_port_in_use_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port), "--plain")
    assert done.returncode not in (0, 2)
    assert len(done.stderr.splitlines()) == 1
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


def test_port_0_picks_a_free_port_and_prints_the_url() -> None:
    with ServerProcess(0, "--plain") as server:
        server.wait_ready()
        assert re.fullmatch(
            r"The playground is at http://127\.0\.0\.1:\d+/ \(stop it with Ctrl\+C\)\n", server.output()
        )
        with urllib.request.urlopen(server.url + "/", timeout=10) as answer:
            assert "<h1>" in answer.read().decode()
        with urllib.request.urlopen(server.url + "/healthz", timeout=10) as answer:
            assert b'"plain"' in answer.read()
        assert server.stop(signal.SIGINT) == 0


def test_options_come_from_the_environment_and_flags_win() -> None:
    environment = {**os.environ, "PLAYGROUND_PLAIN": "true", "PLAYGROUND_PORT": "1", "PLAYGROUND_HOST": "localhost"}
    with ServerProcess(0, environment=environment) as server:  # its flag --port 0 wins over the environment
        server.wait_ready(kernels="plain")
        assert not server.url.endswith(":1")


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_server_stops_within_seconds_while_pages_train(how: signal.Signals, code: int) -> None:
    with ServerProcess(0, "--plain") as server:
        server.wait_ready()
        with Socket(server.url) as page:
            page.hello(playing=True, speed="max")
            began = time.monotonic()
            assert server.stop(how) == code
            assert time.monotonic() - began < 4
        assert "Traceback" not in server.output()


@pytest.mark.parametrize(
    ("host", "network", "said"),
    [
        ("127.0.0.1", None, "at http://127.0.0.1:80/ (stop"),
        ("0.0.0.0", "192.168.1.5", "at http://127.0.0.1:80/, for others at http://192.168.1.5:80/ (stop"),
        ("::", None, "at http://127.0.0.1:80/ (stop"),
        ("2001:db8::1", None, "at http://[2001:db8::1]:80/ (stop"),
    ],
)
def test_the_announced_address_can_be_opened(
    host: str, network: str | None, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Listener:
        def getsockname(self) -> tuple[str, int]:
            return host, 80

    monkeypatch.setattr(serving, "network_address", lambda: network)
    serving.announce(Listener(), opens_browser=False)
    assert said in capsys.readouterr().out

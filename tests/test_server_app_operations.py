"""Operations: health, readiness, metrics, logs, options, and the deployment files."""

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from live import ROOT, LiveServer, ServerProcess, metrics_of, wait_until
from server_helpers import Socket

from server.config.settings import Settings

DEPLOY = ROOT / "docs" / "deploy"


def test_metrics_count_learners_epochs_frames_lags_and_refusals(plain_server: LiveServer) -> None:
    before = metrics_of(plain_server.url)
    with Socket(plain_server.url) as page:
        page.hello(playing=True)
        while page.next("frame")["epoch"] < 20:
            pass
        page.say("speed", speed="17")
        while page.receive()["type"] != "refused":
            pass
        during = metrics_of(plain_server.url)
        assert during["playground_learners"] == 1
    with pytest.raises(Exception, match="403"), Socket(plain_server.url, origin="http://evil.example"):
        pass
    wait_until(lambda: not plain_server.left_over(), 5, "the session is over")
    after = metrics_of(plain_server.url)
    assert after["playground_learners"] == 0
    for name, least in (
        ("sessions_total", 1), ("epochs_total", 20), ("frames_total", 20), ("send_lag_seconds_count", 20),
        ('refusals_total{reason="origin"}', 1), ('refusals_total{reason="message"}', 1),
    ):  # fmt: skip
        assert after[f"playground_{name}"] - before.get(f"playground_{name}", 0) >= least, name
        assert after[f"playground_{name}"] >= during.get(f"playground_{name}", 0), name  # a counter never decreases
    assert after['playground_kernels{state="plain"}'] == 1
    for name in ("playground_send_lag_seconds", "playground_loop_lag_seconds"):
        buckets = [after[each] for each in after if each.startswith(f"{name}_bucket")]
        assert buckets == sorted(buckets)
        assert buckets[-1] == after[f"{name}_count"] > 0


def test_metrics_have_help_and_type_for_each_name(plain_server: LiveServer) -> None:
    lines = httpx2.get(plain_server.url + "/metrics").text.splitlines()
    for kind in ("HELP", "TYPE"):
        named = {line.split()[2] for line in lines if line.startswith(f"# {kind} ")}
        assert {re.sub(r"(_bucket|_sum|_count)?(\{.*)? .*", "", line) for line in lines if line[0] != "#"} <= named


def test_the_server_is_ready_until_it_is_full() -> None:
    with LiveServer(Settings(port=0, plain=True, max_learners=1)) as server:
        answer = httpx2.get(server.url + "/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready", "kernels": "plain"})
        with Socket(server.url) as page:
            page.hello()
            answer = httpx2.get(server.url + "/readyz")
            assert (answer.status_code, answer.json()["status"]) == (503, "full")
            assert httpx2.get(server.url + "/healthz").status_code == 200  # a full server is still healthy
        wait_until(lambda: not server.left_over(), 5, "the session is over")


# Logs


def lines_of(server: ServerProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.output().splitlines() if line.startswith("{")]


def test_logs_are_json_lines_with_session_names_and_no_addresses() -> None:
    options = ("--log-level", "info", "--log-format", "json", "--trusted-proxies", "127.0.0.1")
    with ServerProcess(0, "--plain", *options) as server:
        server.wait_ready()
        for ended in (2, 4):
            with Socket(server.url, additional_headers={"X-Forwarded-For": "10.1.2.3"}, user_agent_header="Me") as page:
                page.hello("seed=0.1234", playing=True)
                page.next("frame")
                page.say("pause")  # otherwise a frame may be on its way when the page leaves: "lost"
                while page.next("frame")["mode"] != "paused":
                    pass
            wait_until(lambda ended=ended: len(lines_of(server)) == ended, 5, "the session is written down")
        with pytest.raises(Exception, match="403"), Socket(server.url, origin="http://evil.example"):
            pass
        wait_until(lambda: len(lines_of(server)) == 5, 5, "both sessions and the refusal are written down")
        lines = lines_of(server)
        assert [line["event"] for line in lines] == [
            "session started", "session ended", "session started", "session ended", "session refused",
        ]  # fmt: skip
        names = [line["session"] for line in lines[:4]]
        assert names[0] == names[1] != names[2] == names[3]
        assert all(re.fullmatch("[0-9a-f]{8}", name) for name in names)
        assert lines[1]["why"] == "left"
        assert lines[1]["frames"] >= 2
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line["time"]) for line in lines)
        wrong = ("10.1.2.3", "127.0.0.1", "Me", "0.1234", "evil")
        assert not [part for part in wrong for line in lines if part in json.dumps(line)]


def test_by_default_only_faults_are_logged() -> None:
    with ServerProcess(0, "--plain") as server:
        server.wait_ready()
        with Socket(server.url) as page:
            page.hello()
        upgrade = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
        for nonsense in (b"nonsense\r\n\r\n", upgrade):  # otherwise a stranger could fill the disk
            with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), 10) as connection:
                connection.sendall(nonsense)
                assert connection.recv(100)
        server.stop()
        assert len(server.output().splitlines()) == 1


# Options


def test_help_describes_every_setting() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    said = " ".join(done.stdout.split())
    for name, field in Settings.model_fields.items():
        assert f"--{name.replace('_', '-')}" in said
        assert str(field.description) in said


def test_the_documented_settings_match_the_code() -> None:
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `--([a-z-]+)` \| `(PLAYGROUND_[A-Z_]+)` \| (.*?) \| (.+) \|$", text, re.M)
    wanted = [
        (name.replace("_", "-"), "PLAYGROUND_" + name.upper(), shown(field.default), str(field.description))
        for name, field in Settings.model_fields.items()
    ]
    assert sorted(rows) == sorted(wanted)


def shown(default: object) -> str:
    return "" if default in (None, "", False) else f"`{default}`"


# Deployment files


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "neural-playground.service").read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=(\S+)", text, re.M)
    assert command
    (tmp_path / "neural-playground.service").write_text(text.replace(command[1], sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "neural-playground.service"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("neural-playground.service", "PLAYGROUND_([A-Z_]+)"),
        ("Containerfile", "PLAYGROUND_([A-Z_]+)"),
        ("nginx-prefix.conf", "`--([a-z-]+)"),
    ],
)
def test_deployment_files_use_existing_settings(name: str, pattern: str) -> None:
    named = re.findall(pattern, (DEPLOY / name).read_text(encoding="utf-8"))
    assert named
    assert {option.lower().replace("-", "_") for option in named} <= Settings.model_fields.keys()


def test_the_container_is_built_from_existing_files() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M)
    assert copied
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
    assert "--require-hashes" in text
    assert re.search(r"^USER (?!root|0)", text, re.M)

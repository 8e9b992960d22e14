"""Run real servers for tests: in a thread of this process, or in a process that can be killed."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

import httpx2
import uvicorn

from server.app.application import create_app
from server.config.settings import Settings
from server.net.state import server_state
from server.process.serving import server_options

ROOT = Path(__file__).resolve().parent.parent
COMPILE_SECONDS = 180  # for the first compilation on a slow machine


def wait_until(condition: Any, seconds: float, what: str) -> None:
    """Poll until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def kernels_at(url: str) -> str:
    """Return the state of a server's kernels."""
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
        status: str = json.load(answer)["kernels"]
    return status


def metrics_of(url: str) -> dict[str, float]:
    """Return the metrics as Prometheus reads them: name with labels -> value."""
    answer = httpx2.get(url + "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r'(playground_[a-z_]+(?:\{[a-z]+="[^"]+"\})?) ([0-9.e+-]+)', line) for line in lines]
    assert all(found), lines
    return {match[1]: float(match[2]) for match in found if match}


class LiveServer:
    """Run the app under uvicorn in a thread. `url` has no trailing slash; tests can inspect `app`."""

    def __init__(self, settings: Settings, locales: Path | None = None) -> None:
        self.app = create_app(settings, locales)
        self.state = server_state(self.app)
        self._server = uvicorn.Server(uvicorn.Config(self.app, **server_options(settings)))
        self._thread = threading.Thread(target=self._serve, name="live server")

    def _serve(self) -> None:
        self._loop = asyncio.new_event_loop()
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._server.serve())

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: self._server.started or not self._thread.is_alive(), 30, "the server starts")
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        if self.state.kernels.status.state != "plain":
            wait_until(lambda: kernels_at(self.url) == "compiled", COMPILE_SECONDS, "the kernels are compiled")
        self._own_tasks = self._tasks()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server does not stop"

    def _tasks(self) -> set[Any]:
        async def tasks() -> set[Any]:
            return asyncio.all_tasks() - {asyncio.current_task()}

        return asyncio.run_coroutine_threadsafe(tasks(), self._loop).result(10)

    def left_over(self) -> list[object]:
        """Return open sessions, and tasks that did not exist at the start."""
        return [*self.state.sessions, *(task for task in self._tasks() - self._own_tasks if not task.done())]


class ServerProcess:
    """Run `neural-playground` in a process that can be killed and restarted on the same port; 0 takes a free one."""

    def __init__(
        self,
        port: int,
        *args: str,
        command: tuple[str, ...] = (sys.executable, "-m", "server"),
        folder: Path = ROOT,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._command = [*command, "--port", str(port), *args]
        self._folder, self._environment = folder, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self.url = ""

    def start(self) -> Self:
        """Start the process without waiting until it serves."""
        self._output.seek(0)
        self._output.truncate()
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, env=self._environment, stdout=self._output, stderr=subprocess.STDOUT
        )
        return self

    def output(self) -> str:
        """Return what it has printed so far."""
        return os.pread(self._output.fileno(), 1 << 20, 0).decode()

    def wait_ready(self, seconds: float = 60, kernels: str | None = None) -> Self:
        """Wait until the server prints its address and, if asked, until its kernels reach a state."""

        def serves() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"the server ended:\n{self.output()}"
            found = re.search(r"http://\S+(?=/)", self.output())
            self.url = found[0] if found else ""
            return bool(found)

        wait_until(serves, seconds, "the server says its address")
        if kernels is not None:
            wait_until(lambda: kernels_at(self.url) == kernels, COMPILE_SECONDS, f"the kernels are {kernels}")
        return self

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        assert self._process is not None
        text = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [pid for pid in map(int, text.split()) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def memory(self) -> int:
        """Return the resident memory in bytes."""
        assert self._process is not None
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    def kill(self) -> None:
        """Kill the process at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask the process to stop, and return its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(how)
        return self._process.wait(20)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._output.close()

"""Several processes on one port: each serves some learners, and a dead one is replaced."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2
import pytest
from live import ServerProcess, metrics_of, wait_until
from server_helpers import Socket
from websockets.exceptions import ConnectionClosed, InvalidMessage

from server.config.settings import Settings
from server.net.close_codes import CROWDED, FULL
from server.process import workers
from server.process.workers import HUNG_SECONDS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are found in /proc")
PAGES = 12


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    with ServerProcess(0, "--plain", "--workers", "2") as server:
        yield server.wait_ready()


def alive(pid: int) -> bool:
    """Say whether a process is running; a zombie is not."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False


def test_each_process_serves_some_pages_and_only_those_die_with_it(server: ServerProcess) -> None:
    first, _ = server.workers()
    with ExitStack() as stack:
        pages = [stack.enter_context(Socket(server.url)) for _ in range(PAGES)]
        for page in pages:
            page.hello()
        os.kill(first, signal.SIGKILL)
        goes_on = []
        for page in pages:
            with suppress(ConnectionClosed):
                page.say("step")
                goes_on.append(page.next("frame")["epoch"])
    assert 0 < len(goes_on) < PAGES
    assert set(goes_on) == {1}


def test_pages_are_served_right_after_a_process_has_died(server: ServerProcess) -> None:
    first, second = server.workers()
    os.kill(first, signal.SIGKILL)
    served = 0
    with ExitStack() as stack:
        for _ in range(PAGES):
            with suppress(InvalidMessage, OSError):  # connections that the dead process had not accepted yet
                page = stack.enter_context(Socket(server.url))
                page.hello()
                page.say("step")
                served += page.next("frame")["epoch"]
    assert served >= PAGES - 2
    assert second in server.workers()


@pytest.mark.anyio
async def test_small_messages_are_sent_without_delay() -> None:
    with workers._bound_socket(Settings(port=0)) as listener:  # with Nagle's algorithm an answer would wait 40 ms
        delays: asyncio.Queue[int] = asyncio.Queue()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            delays.put_nowait(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(serve, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            assert await asyncio.wait_for(delays.get(), 5) == 1
            writer.close()
            await writer.wait_closed()


def test_a_dead_process_is_replaced(server: ServerProcess) -> None:
    first, second = server.workers()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(set(server.workers()) - {first, second}) == 1, 20, "another process is there")
    assert second in server.workers()


def test_a_dead_process_is_replaced_even_if_its_successor_dies_at_once(server: ServerProcess) -> None:
    first, second = server.workers()
    killed = {first}
    os.kill(first, signal.SIGKILL)
    for _ in range(3):
        wait_until(lambda: set(server.workers()) - {second} - killed, 20, "another process begins")
        (begun,) = set(server.workers()) - {second} - killed
        killed.add(begun)
        os.kill(begun, signal.SIGKILL)
    wait_until(lambda: len(set(server.workers()) - killed) == 2, 20, "a last one is there")
    assert second in server.workers()
    with Socket(server.url) as page:
        page.hello()


def test_a_process_that_hangs_is_replaced_and_counted(server: ServerProcess) -> None:
    first, second = server.workers()
    os.kill(first, signal.SIGSTOP)
    wait_until(lambda: first not in server.workers(), 20, "the hung process is killed")
    wait_until(lambda: len(set(server.workers()) - {second}) == 1, 20, "another process is there")
    assert "worker hangs" in server.output()
    assert second in server.workers()
    wait_until(lambda: served(server) == PAGES, 20, "all pages are served")
    told = metrics_of(server.url)
    assert told["playground_restarts_total"] == 1
    assert told["playground_loop_lag_seconds_count"] > 20


def served(server: ServerProcess) -> int:
    """Say hello from many pages, and return how many got an answer."""
    count = 0
    for _ in range(PAGES):
        with suppress(InvalidMessage, OSError), Socket(server.url) as page:
            count += page.hello()["epoch"] == 0
    return count


def test_a_process_that_keeps_dying_is_tried_again_after_longer_and_longer_delays(server: ServerProcess) -> None:
    _, second = server.workers()
    begun, end = {}, time.monotonic() + 8
    while time.monotonic() < end:
        for pid in set(server.workers()) - {second} - begun.keys():
            begun[pid] = time.monotonic()
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    starts = list(begun.values())
    assert 4 <= len(starts) <= 7  # after 0.25, 0.5, 1, 2 and 4 seconds
    assert starts[-1] - starts[-2] > starts[2] - starts[1]
    assert server.output().count("worker ended") == len(starts)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_hung_process_does_not_delay_a_stop(server: ServerProcess, how: signal.Signals) -> None:
    workers = server.workers()
    os.kill(workers[0], signal.SIGSTOP)
    began = time.monotonic()
    server.stop(how)
    assert time.monotonic() - began < 5
    assert not any(alive(pid) for pid in workers)


def test_processes_that_were_suspended_together_go_on_together(server: ServerProcess) -> None:
    assert server._process is not None
    together = [server._process.pid, *server.workers()]
    for how, seconds in ((signal.SIGSTOP, HUNG_SECONDS + 0.5), (signal.SIGCONT, 1)):  # as Ctrl+Z and fg
        for pid in together:
            os.kill(pid, how)
        time.sleep(seconds)
    assert server.workers() == together[1:]


# All processes together


@pytest.fixture
def strict() -> Iterator[ServerProcess]:
    """Serve few pages with two workers."""
    with ServerProcess(
        0,
        "--plain",
        "--workers",
        "2",
        "--max-learners",
        "8",
        "--max-learners-per-address",
        "5",
        "--trusted-proxies",
        "127.0.0.1",
    ) as server:
        yield server.wait_ready()


def admitted(server: ServerProcess, address: str, stack: ExitStack) -> bool:
    """Open a page from an address; say whether it was admitted."""
    page = stack.enter_context(Socket(server.url, additional_headers={"X-Forwarded-For": address}))
    with suppress(ConnectionClosed):
        page.hello()
    assert page.connection.close_code in (None, FULL.code, CROWDED.code)
    return page.connection.close_code is None


def test_open_pages_are_counted_over_all_processes_and_a_dead_one_frees_its_own(strict: ServerProcess) -> None:
    first, _ = strict.workers()
    with ExitStack() as stack:
        assert [admitted(strict, "10.0.0.1", stack) for _ in range(PAGES)].count(True) == 5
        assert [admitted(strict, f"10.0.1.{i}", stack) for i in range(PAGES)].count(True) == 3
        assert httpx2.get(strict.url + "/readyz").status_code == 503
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: len(strict.workers()) == 2 and first not in strict.workers(), 20, "another process is there")
        left = metrics_of(strict.url)["playground_learners"]
        assert left < 8
        assert [admitted(strict, f"10.0.1.{i}", stack) for i in range(PAGES)].count(True) == 8 - left


def test_metrics_sum_all_processes_and_counters_survive_a_dead_one(server: ServerProcess) -> None:
    first, _ = server.workers()
    with ExitStack() as stack:
        pages = [stack.enter_context(Socket(server.url)) for _ in range(PAGES)]
        for page in pages:
            page.hello()
            page.say("step")
            page.next("frame")
        wait_until(lambda: metrics_of(server.url)["playground_epochs_total"] == PAGES, 5, "all have told")
        for _ in range(PAGES):  # whichever process answers
            told = metrics_of(server.url)
            assert told["playground_learners"] == told["playground_sessions_total"] == PAGES
            assert told['playground_kernels{state="plain"}'] == 2
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: len(server.workers()) == 2 and first not in server.workers(), 20, "another process is there")
        wait_until(lambda: metrics_of(server.url)["playground_learners"] < PAGES, 5, "its seats are free")
        for _ in range(PAGES):
            told = metrics_of(server.url)
            assert told["playground_epochs_total"] == told["playground_sessions_total"] == PAGES


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_stopping_the_supervisor_stops_all_workers(server: ServerProcess, how: signal.Signals, code: int) -> None:
    workers = server.workers()
    with Socket(server.url) as page:
        page.hello(playing=True, speed="max")
        began = time.monotonic()
        assert server.stop(how) == code
        assert time.monotonic() - began < 6
    assert not any(alive(pid) for pid in workers)
    assert "Traceback" not in server.output()
    assert server.output().count("The playground is at") == 1


def test_workers_end_when_the_supervisor_is_killed(server: ServerProcess) -> None:
    workers = server.workers()
    server.kill()
    wait_until(lambda: not any(alive(pid) for pid in workers), 6, "the others end")


def test_a_port_in_use_is_one_line_and_leaves_no_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with ServerProcess(port, "--plain", "--workers", "2") as server:
            assert server.stop(signal.SIGCONT) not in (0, 2)  # SIGCONT stops nothing: the server ends on its own
            assert len(server.output().splitlines()) == 1
            assert str(port) in server.output()

"""Several processes at one port: learners are spread over them, and none of them is missed for long."""

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

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are found in /proc")
PAGES = 12


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    with ServerProcess(0, "--plain", "--workers", "2") as server:
        yield server.wait_ready()


def alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and is not waited for does not."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False


def test_each_process_serves_some_of_the_pages_and_a_dead_one_takes_only_its_own(server: ServerProcess) -> None:
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


def sockets(pid: int) -> int:
    """Count the sockets that a process has open."""
    files = Path(f"/proc/{pid}/fd").iterdir()
    return sum(os.readlink(file).startswith("socket:") for file in files)


def test_pages_are_spread_evenly_however_the_system_deals_them_out(server: ServerProcess) -> None:
    before = {pid: sockets(pid) for pid in server.workers()}
    with ExitStack() as stack:
        for _ in range(5 * PAGES):
            stack.enter_context(Socket(server.url)).hello()
        wait_until(lambda: metrics_of(server.url)["playground_learners"] == 5 * PAGES, 5, "all have told")
        wait_until(lambda: sum(map(sockets, before)) - sum(before.values()) == 5 * PAGES, 5, "others are closed")
        more, fewer = (sockets(pid) - before[pid] for pid in before)
        assert abs(more - fewer) <= 4


def test_pages_that_come_while_a_process_has_just_died_are_served(server: ServerProcess) -> None:
    first, second = server.workers()
    os.kill(first, signal.SIGKILL)
    served = 0
    with ExitStack() as stack:
        for _ in range(PAGES):
            with suppress(InvalidMessage, OSError):  # what had come to the dead one before the system knew
                page = stack.enter_context(Socket(server.url))
                page.hello()
                page.say("step")
                served += page.next("frame")["epoch"]
    assert served >= PAGES - 2
    assert second in server.workers()


@pytest.mark.anyio
async def test_what_a_process_sends_leaves_at_once() -> None:
    with workers._bound(Settings(port=0)) as listener:  # held back, an answer would wait 40 ms for an acknowledgement
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


def test_a_dead_process_is_replaced_though_its_successor_dies_at_once(server: ServerProcess) -> None:
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


# What holds for all of them together


@pytest.fixture
def strict() -> Iterator[ServerProcess]:
    """A server for few pages."""
    with ServerProcess(
        0, "--plain", "--workers", "2", "--max-learners", "8", "--max-learners-per-address", "5"
    ) as server:
        yield server.wait_ready()


def let_in(server: ServerProcess, address: str, stack: ExitStack) -> bool:
    """Open a page at an address; say whether it was let in."""
    page = stack.enter_context(Socket(server.url, additional_headers={"X-Forwarded-For": address}))
    with suppress(ConnectionClosed):
        page.hello()
    assert page.connection.close_code in (None, FULL.code, CROWDED.code)
    return page.connection.close_code is None


def test_seats_are_counted_for_all_processes_and_those_of_a_dead_one_are_free(strict: ServerProcess) -> None:
    first, _ = strict.workers()
    with ExitStack() as stack:
        assert [let_in(strict, "10.0.0.1", stack) for _ in range(PAGES)].count(True) == 5
        assert [let_in(strict, f"10.0.1.{i}", stack) for i in range(PAGES)].count(True) == 3
        assert httpx2.get(strict.url + "/readyz").status_code == 503
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: len(strict.workers()) == 2 and first not in strict.workers(), 20, "another process is there")
        left = metrics_of(strict.url)["playground_learners"]
        assert left < 8
        assert [let_in(strict, f"10.0.1.{i}", stack) for i in range(PAGES)].count(True) == 8 - left


def test_metrics_are_those_of_all_processes_and_counters_survive_a_dead_one(server: ServerProcess) -> None:
    first, _ = server.workers()
    with ExitStack() as stack:
        pages = [stack.enter_context(Socket(server.url)) for _ in range(PAGES)]
        for page in pages:
            page.hello()
            page.say("step")
            page.next("frame")
        wait_until(lambda: metrics_of(server.url)["playground_epochs_total"] == PAGES, 5, "all have told")
        for _ in range(PAGES):  # whichever is asked
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
def test_all_end_with_the_first_one(server: ServerProcess, how: signal.Signals, code: int) -> None:
    workers = server.workers()
    with Socket(server.url) as page:
        page.hello(playing=True, speed="max")
        began = time.monotonic()
        assert server.stop(how) == code
        assert time.monotonic() - began < 6
    assert not any(alive(pid) for pid in workers)
    assert "Traceback" not in server.output()
    assert server.output().count("The playground is at") == 1


def test_none_is_left_where_the_first_one_is_killed(server: ServerProcess) -> None:
    workers = server.workers()
    server.kill()
    wait_until(lambda: not any(alive(pid) for pid in workers), 6, "the others end")


def test_a_port_in_use_is_one_line_and_no_process_stays() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with ServerProcess(port, "--plain", "--workers", "2") as server:
            assert server.stop(signal.SIGCONT) not in (0, 2)  # which stops nothing: it ends by itself
            assert len(server.output().splitlines()) == 1
            assert str(port) in server.output()

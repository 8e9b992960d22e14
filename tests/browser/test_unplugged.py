"""Unplug the network between page and server, which runs in its own network namespace."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.browser.conftest import Launch, Pages, Profiles
from tests.live import ServerProcess, wait_until

LOST = ("WebSocket connection", "ERR_CONNECTION_REFUSED")
NAME, LINK, HERE, THERE = f"playground-{os.getpid()}", f"pg{os.getpid()}", "10.213.77.1", "10.213.77.2"


class Namespace:
    """A network with one cable. Packets sent while it is unplugged vanish without an error."""

    def __init__(self) -> None:
        self._ip("link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", NAME)
        ipv6 = Path("/proc/sys/net/ipv6/conf", LINK, "disable_ipv6")
        if ipv6.exists():
            ipv6.write_text("1")  # a late IPv6 address would change the network again
        self._ip("addr", "add", f"{HERE}/30", "dev", LINK)
        self._ip("link", "set", LINK, "up")
        self._ip("-n", NAME, "addr", "add", f"{THERE}/30", "dev", "eth0")
        self._ip("-n", NAME, "link", "set", "eth0", "up")
        state = Path("/sys/class/net", LINK, "operstate")
        wait_until(lambda: state.read_text() == "up\n", 10, "the cable is plugged in")

    def _ip(self, *arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True)

    def plug(self, state: str) -> None:
        """Plug the cable in ("up") or out ("down")."""
        self._ip("link", "set", LINK, state)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    """Create a network namespace, or skip the test where that is not permitted."""
    if os.geteuid() != 0 or shutil.which("ip") is None or subprocess.run(["ip", "netns", "add", NAME]).returncode:
        pytest.skip("network namespaces need root, and `ip` of iproute2")
    try:
        yield Namespace()
    finally:
        subprocess.run(["ip", "netns", "del", NAME], check=True)
        wait_until(lambda: not Path("/sys/class/net", LINK).exists(), 10, "the cable is gone")


@pytest.fixture
def profiles(namespace: Namespace, launch: Launch) -> Iterator[Profiles]:
    """Start a browser after the network, since a browser aborts its loading when a network appears."""
    with closing(launch()) as browser:
        yield Profiles(browser)


def test_unplugging_the_network_costs_only_the_time(pages: Pages, namespace: Namespace) -> None:
    seconds = float(os.environ.get("CUT_SECONDS", "3"))
    # Over plain HTTP from another machine, Chromium logs that it ignores one of the headers.
    pages.tolerated = (
        *LOST,
        "Cross-Origin-Opener-Policy",
        "ERR_ADDRESS_UNREACHABLE",
        "ERR_INTERNET_DISCONNECTED",
        "ERR_NETWORK_CHANGED",
    )
    command = ("ip", "netns", "exec", NAME, sys.executable, "-m", "server")
    ping = str(min(20, seconds / 3))
    with ServerProcess(8000, "--host", THERE, "--plain", "--ping-seconds", ping, command=command) as server:
        server.wait_ready()
        playground = pages.new(server.url).open()
        playground.play()
        playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 20")
        namespace.plug("down")
        playground.page.wait_for_timeout(300)
        reached = playground.epoch
        playground.page.wait_for_timeout(seconds * 1000)
        assert playground.epoch == reached
        namespace.plug("up")
        playground.wait(
            "epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch + 10", reached, 60
        )
        playground.pause()
        epoch, losses = playground.epoch, playground.losses
        playground.click("reset")
        playground.play_to(epoch)
        assert playground.losses == losses

"""A real Chromium for the tests; a page fails its test when its console shows an error."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.playground import Playground

Launch = Callable[[], Browser]
HERE = Path(__file__).parent
# Chromium loads a page of its own for the address bar of every window, at twice the cost of ours. Of a repeated switch
# the last counts, so the first two lines repeat what Playwright switches off.
NEEDLESS = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,"
    "MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,PreconnectToSearch,ThirdPartyStoragePartitioning,"
    "WebUIOmniboxAimPopup,WebUIOmniboxPopup"
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={NEEDLESS}",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last: Playwright's event loop must not run in the thread when asynchronous tests do.

    The very last is the one that changes the network, since Chromium breaks off what it loads meanwhile.
    """
    items.sort(key=lambda item: (item.path.parent == HERE, item.path.stem == "test_unplugged"))


class Profiles:
    """Browser profiles, used again and again: a page loads in half the time from a cache."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}

    def _with(self, options: dict[str, Any]) -> list[BrowserContext]:
        return self._free.setdefault(repr(sorted(options.items())), [])

    def take(self, options: dict[str, Any]) -> BrowserContext:
        """Return a profile that is as good as new, and nobody else's."""
        free = self._with(options)
        return free.pop() if free else self._browser.new_context(**options)

    def give_back(self, context: BrowserContext, options: dict[str, Any], url: str) -> None:
        """Close its pages, and forget all that those from an address have left except for files in the cache."""
        storage = context.new_cdp_session(context.pages[0] if context.pages else context.new_page())
        storage.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
        context.clear_cookies()
        for page in context.pages:
            page.close()
        self._with(options).append(context)


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Starts Chromium: the one that BROWSER_BIN names, else the one on the path; without any the test fails."""
    path = os.environ.get("BROWSER_BIN") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        yield lambda: playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


@pytest.fixture(scope="session")
def profiles(launch: Launch) -> Iterator[Profiles]:
    """Profiles of the one browser for all tests."""
    with closing(launch()) as browser:
        yield Profiles(browser)


class Pages:
    """Opens pages and remembers what their consoles complained about."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self._taken: list[tuple[BrowserContext, dict[str, Any], str]] = []
        self.complaints: list[str] = []
        self.tolerated: tuple[str, ...] = ()

    def new(self, url: str, **options: Any) -> Playground:
        """Return a page in a browser profile of its own."""
        options = {"viewport": {"width": 1440, "height": 900}, **options}
        context = self._profiles.take(options)
        self._taken.append((context, options, url))
        return self.watched(context.new_page(), url)

    def watched(self, page: Page, url: str) -> Playground:
        """Watch a page's console."""
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return Playground(page, url)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(part in text for part in self.tolerated):
            self.complaints.append(f"{kind}: {text}")

    def close(self) -> None:
        """Close all pages."""
        for taken in self._taken:
            self._profiles.give_back(*taken)


@pytest.fixture
def pages(profiles: Profiles) -> Iterator[Pages]:
    """Pages for a test that needs several, or one of another kind."""
    pages = Pages(profiles)
    yield pages
    pages.close()
    assert pages.complaints == []


@pytest.fixture
def playground(pages: Pages, server_url: str) -> Playground:
    """The page on a desk's screen, not yet opened."""
    return pages.new(server_url)

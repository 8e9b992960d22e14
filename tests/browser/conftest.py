"""Fixtures with a real Chromium. A test fails when its page's console shows an error."""

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
# Chromium loads a page of its own for each window's address bar, which costs twice as much as ours. Only the last of
# several equal switches counts, so the first two lines repeat the features that Playwright switches off.
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
    """Run browser tests last, because Playwright's event loop must not run in the thread of asynchronous tests.

    The test that changes the network comes very last, since Chromium then aborts everything it loads.
    """
    items.sort(key=lambda item: (item.path.parent == HERE, item.path.stem == "test_unplugged"))


class Profiles:
    """Reuse browser profiles: with a warm cache, a page loads in half the time."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}

    def _with(self, options: dict[str, Any]) -> list[BrowserContext]:
        return self._free.setdefault(repr(sorted(options.items())), [])

    def take(self, options: dict[str, Any]) -> BrowserContext:
        """Return a clean profile that no other page uses."""
        free = self._with(options)
        return free.pop() if free else self._browser.new_context(**options)

    def give_back(self, context: BrowserContext, options: dict[str, Any], url: str) -> None:
        """Close the profile's pages and clear everything their origin stored, except the file cache."""
        storage = context.new_cdp_session(context.pages[0] if context.pages else context.new_page())
        storage.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
        context.clear_cookies()
        for page in context.pages:
            page.close()
        self._with(options).append(context)


@pytest.fixture(scope="session")
def launch(fresh_bundle: None) -> Iterator[Launch]:
    """Return a function that starts Chromium, from BROWSER_BIN or from the path."""
    path = os.environ.get("BROWSER_BIN") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        yield lambda: playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


@pytest.fixture(scope="session")
def profiles(launch: Launch) -> Iterator[Profiles]:
    """Return the profiles of the browser that all tests share."""
    with closing(launch()) as browser:
        yield Profiles(browser)


class Pages:
    """Open pages and record their console errors."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self._taken: list[tuple[BrowserContext, dict[str, Any], str]] = []
        self.complaints: list[str] = []
        self.tolerated: tuple[str, ...] = ()

    def new(self, url: str, **options: Any) -> Playground:
        """Return a page in its own browser profile."""
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
    """Open pages for a test that needs several, or special ones."""
    pages = Pages(profiles)
    yield pages
    pages.close()
    assert pages.complaints == []


@pytest.fixture
def playground(pages: Pages, server_url: str) -> Playground:
    """Return a page of desktop size, not yet opened."""
    return pages.new(server_url)

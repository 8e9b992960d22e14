"""A real Chromium for the tests; a page fails its test when its console shows an error."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.playground import Playground

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# For a module only: Playwright's event loop must not run in the thread when asynchronous tests start theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the one that BROWSER_BIN names, else the one on the path; without any the test fails."""
    path = os.environ.get("BROWSER_BIN") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Pages:
    """Opens pages and remembers what their consoles complained about."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.tolerated: tuple[str, ...] = ()

    def new(self, url: str, **options: Any) -> Playground:
        """Return a page in a browser profile of its own."""
        context = self._browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        self._contexts.append(context)
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
        for context in self._contexts:
            context.close()


@pytest.fixture
def pages(browser: Browser) -> Iterator[Pages]:
    """Pages for a test that needs several, or one of another kind."""
    pages = Pages(browser)
    yield pages
    pages.close()
    assert pages.complaints == []


@pytest.fixture
def playground(pages: Pages, server_url: str) -> Playground:
    """The page on a desk's screen, not yet opened."""
    return pages.new(server_url)

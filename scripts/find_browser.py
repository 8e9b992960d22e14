"""Print the path of a Chromium for the browser tests; get one where there is none.

Tried in turn: $BROWSER_BIN, a browser on the path, Playwright's own download, the Debian package (as root with apt).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOAD_SECONDS = 300


def on_the_path() -> str | None:
    """Return a browser that is installed."""
    named = os.environ.get("BROWSER_BIN")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def downloaded() -> str | None:
    """Let Playwright download its Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).exists():
        _quietly(sys.executable, "-m", "playwright", "install", "chromium")
    return path if Path(path).exists() else None


def debian() -> str | None:
    """Install Debian's package, which needs root."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    _quietly("apt-get", "update")
    _quietly("apt-get", "install", "-y", "--no-install-recommends", "chromium")
    return on_the_path()


def _quietly(*command: str) -> None:
    try:
        subprocess.run(command, stdout=sys.stderr, timeout=DOWNLOAD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        print(f"{command[0]}: gave up after {DOWNLOAD_SECONDS} s", file=sys.stderr)


if __name__ == "__main__":
    browser = on_the_path() or debian() or downloaded()
    if browser is None:
        sys.exit(
            "No Chromium for the browser tests. Any of these helps: name one in BROWSER_BIN; "
            "'apt-get install chromium' (or your system's package); 'python -m playwright install chromium'."
        )
    print(browser)

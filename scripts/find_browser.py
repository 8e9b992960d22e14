"""Print the path of a Chromium for the browser tests, and install one if needed.

Tries $BROWSER_BIN, then a browser on the path, then the Debian package (as root with apt), then Playwright's download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOAD_SECONDS = 300


def on_the_path() -> str | None:
    """Return the path of an installed browser."""
    named = os.environ.get("BROWSER_BIN")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def downloaded() -> str | None:
    """Return the path of Playwright's Chromium, downloading it first if needed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).exists():
        _quietly(sys.executable, "-m", "playwright", "install", "chromium")
    return path if Path(path).exists() else None


def debian() -> str | None:
    """Install Debian's package, if this process may."""
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
            "Chromium not found. Set BROWSER_BIN to its path, or run 'apt-get install chromium' "
            "or 'python -m playwright install chromium'."
        )
    print(browser)

"""Count how often a browser's mathematics differs from fdlibm's in the last bits.

TensorFlow Playground computes in the browser, so its losses depend on this. Needs a Chromium that Playwright finds, or
its path in BROWSER_BIN. Usage: python scripts/browser_math.py
"""

import base64
import os
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.numerics import fdlibm

COUNT = 50_000
RANGES = {"exp": (-10, 10), "log": (0, 1), "sin": (-7, 7), "cos": (-7, 7), "tanh": (-3, 3)}
_COMPUTE = """([name, text]) => {
  const numbers = new Float64Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const bytes = new Uint8Array(numbers.map(Math[name]).buffer);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


def main() -> None:
    """Print the browser's version and, for each function, how many of its values differ."""
    chance = np.random.default_rng(1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("BROWSER_BIN"))
        page = browser.new_page()
        print(f"Chromium {browser.version}: values that differ from fdlibm's, of {COUNT:,}")
        for name, (low, high) in RANGES.items():
            x = chance.uniform(low, high, COUNT)
            answer = page.evaluate(_COMPUTE, [name, base64.b64encode(x.tobytes()).decode()])
            theirs = np.frombuffer(base64.b64decode(answer), np.float64)
            ours = getattr(fdlibm, name)(x)
            print(f"{name:5}{np.count_nonzero(theirs != ours):7,}")
        browser.close()


if __name__ == "__main__":
    main()

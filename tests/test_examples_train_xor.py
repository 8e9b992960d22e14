"""Run the example client against a live server, and look at the boundary that it prints."""

import subprocess
import sys
from pathlib import Path

from live import LiveServer

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "train_xor.py"


def test_the_example_prints_the_four_quadrants_of_xor(plain_server: LiveServer) -> None:
    address = plain_server.url.replace("http", "ws", 1) + "/ws"
    done = subprocess.run([sys.executable, EXAMPLE, address], capture_output=True, text=True, check=True, timeout=120)
    summary, *picture = done.stdout.splitlines()
    assert summary.startswith("Epoch 300: training loss 0.0")
    assert (len(picture), len(picture[0])) == (20, 34)
    top, bottom, left, right = 4, 15, 8, 25  # the middles of the quadrants
    assert (picture[top][right], picture[bottom][left]) == ("#", "#")
    assert (picture[top][left], picture[bottom][right]) == (".", ".")

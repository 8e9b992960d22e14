"""Measure the bytes a page receives at 30 frames a second, for the default and the largest network at every speed.

Plays a run from its start on a real server and counts the bytes that come out of the websocket. Then measures the
processor time of compressing a frame. Run `make bench`, or this file with `--quick`.
"""

import argparse
import asyncio
import json
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any

from learners import DEFAULT, LARGEST, ROOT, Learner, running_server

sys.path.insert(0, str(ROOT))

from server.kernels.cache import use_kernel_cache

use_kernel_cache()  # before importing the engine, so that no outdated machine code is loaded

from server.kernels.kernel_source import KernelSource  # noqa: E402
from server.net.compression import SETTINGS, WINDOW_BITS, StatelessEncoder  # noqa: E402
from server.protocol.deltas import DeltaEncoder  # noqa: E402
from server.protocol.frames import pack  # noqa: E402
from server.sessions.session import Session  # noqa: E402

RATE = 30  # frames a second
GOALS = {"default": 350, "largest": 900}  # kB/s
LINKS = {"default": DEFAULT, "largest": LARGEST}
SPEEDS = ("1", "10", "100", "max")


async def measure(address: str, link: str, speed: str, seconds: float) -> tuple[float, float]:
    """Return the kB of 30 frames, and the frames received a second."""
    loop = asyncio.get_running_loop()
    due = loop.time()

    def draw(learner: Learner, frame: int) -> None:
        nonlocal due
        due = max(due + 1 / RATE, loop.time())
        loop.call_at(due, learner.draw, frame)

    learner = await Learner.connected(address, acknowledges=draw)
    await learner.hello(link, speed=speed)
    received, frames = learner.received, len(learner.frames)
    learner.say("play")
    await asyncio.sleep(seconds)
    frames = len(learner.frames) - frames
    learner.close()
    return (learner.received - received) / frames * RATE / 1000, frames / seconds


ENCODERS: dict[str, Callable[[], Any]] = {
    "zlib": lambda: zlib.compressobj(wbits=-WINDOW_BITS, **SETTINGS),
    "ISA-L": lambda: StatelessEncoder(WINDOW_BITS),
}


def compression(frames: int) -> None:
    """Print the cost of each encoder for the first frames of a run, one epoch each."""
    kernels = KernelSource()
    kernels.load()
    print(f"\nCompressing a frame, the first {frames} of a run: processor time, and kB/s at {RATE} frames/s.\n")
    for name, link in LINKS.items():
        session, encoder, messages = Session(kernels), DeltaEncoder(), []
        session.handle(json.dumps({"type": "hello", "rev": 1, "link": link}))
        for epoch in range(frames):
            session.handle(json.dumps({"type": "step", "rev": epoch + 2}))
            messages.append(pack(encoder.encode(session.snapshot())))
        whole = sum(map(len, messages)) / frames * RATE / 1000
        print(f"{name:10}{'plain':8}{whole:22.0f} kB/s")
        for encoder, made in ENCODERS.items():
            stream, size, began = made(), 0, time.process_time()
            for message in messages:
                size += len(stream.compress(message)) + len(stream.flush(zlib.Z_SYNC_FLUSH))
            taken = (time.process_time() - began) / frames * 1e6
            print(f"{name:10}{encoder:8}{taken:10.0f} µs {size / frames * RATE / 1000:8.0f} kB/s")


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="2 seconds each instead of 8")
    seconds = 2.0 if parser.parse_args().quick else 8.0
    print(f"kB/s at {RATE} frames/s in the first {seconds:.0f} s of a run (compressed bytes at the socket).\n")
    print(f"{'network':10}" + "".join(f"{'speed ' + speed:>12}" for speed in SPEEDS) + f"{'goal':>12}")
    with running_server() as server:
        for name, link in LINKS.items():
            cells = [await measure(server.socket, link, speed, seconds) for speed in SPEEDS]
            worst = max(size for size, _ in cells)
            verdict = "reached" if worst < GOALS[name] else "MISSED"
            print(
                f"{name:10}"
                + "".join(f"{size:12.0f}" for size, _ in cells)
                + f"{'< ' + str(GOALS[name]):>12}  {verdict}"
            )
    compression(100 if seconds < 8 else 400)


if __name__ == "__main__":
    asyncio.run(main())

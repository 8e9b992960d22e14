"""Measure whether attacks slow honest learners: twenty pages play, with and without attackers.

`tests/attacks.py` describes the attacks on the transport, `tests/attacks_by_work.py` the others. `python
benchmarks/hostile.py` prints a row for each: the gaps between the honest pages' frames, how long a newcomer waits for
the page, and why clients were refused.
"""

import argparse
import asyncio
import contextlib
import re
import statistics
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from attacks import ATTACKS, Honest, gaps, under_attack  # noqa: E402
from attacks_by_work import WORK  # noqa: E402
from live import ServerProcess  # noqa: E402

OPTIONS = (
    "--ping-seconds", "3", "--request-seconds", "3", "--send-seconds", "3",
)  # fmt: skip
# Short times, so that cut-offs happen during the run.
SIZES = {name: count for name, (count, _) in (*ATTACKS.items(), *WORK.items())}  # attackers in the tests


def refusals(url: str) -> dict[str, int]:
    """Return the number of refusals by reason, from the metrics."""
    with urllib.request.urlopen(url + "/metrics", timeout=10) as answer:
        found = re.findall(r'refusals_total\{reason="(\w+)"\} (\d+)', answer.read().decode())
    return {reason: int(count) for reason, count in found}


def newcomer(url: str) -> float:
    """Return how many seconds a newcomer waits for the page; infinity if it is refused."""
    begin = time.perf_counter()
    try:
        with urllib.request.urlopen(url + "/", timeout=30) as answer:
            answer.read()
    except OSError:
        return float("inf")
    return time.perf_counter() - begin


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


async def measure(url: str, name: str, pages: list[Honest], options: argparse.Namespace) -> str:
    """Return the row of an attack. Quiet and hostile spans alternate, so that a busy machine slows both alike."""
    quiet: list[list[float]] = []
    hostile: list[list[float]] = []
    waits = []
    for _ in range(options.rounds):
        begin = time.perf_counter()
        await asyncio.sleep(options.seconds)
        quiet.append(gaps(pages, begin, time.perf_counter()))
        async with under_attack(name, url, SIZES[name] * options.size):
            begin = time.perf_counter()
            waits.append(await asyncio.to_thread(newcomer, url))
            await asyncio.sleep(max(0.0, options.seconds - waits[-1]))
            hostile.append(gaps(pages, begin, time.perf_counter()))
        await asyncio.sleep(1)
    ratio = statistics.median(p95(bad) / p95(good) for good, bad in zip(quiet, hostile, strict=True))
    before, during = (statistics.median(map(p95, spans)) for spans in (quiet, hostile))
    worst = max(max(span) for span in hostile)
    return f"{name:26}{before:9.1f}{during:9.1f}{ratio:8.2f}{worst:9.0f}{max(waits):10.2f}"


async def main_async(url: str, options: argparse.Namespace) -> None:
    """Measure each attack and print its row."""
    pages = [Honest() for _ in range(options.count)]
    tasks = [asyncio.create_task(page.play(url)) for page in pages]
    await asyncio.sleep(3)
    for name in options.attacks:
        before = refusals(url)
        row = await measure(url, name, pages, options)
        refused = {reason: count - before[reason] for reason, count in refusals(url).items() if count > before[reason]}
        print(row + "  " + ", ".join(f"{reason} {count}" for reason, count in refused.items()), flush=True)
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    """Measure the attacks and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=20, help="number of honest pages")
    parser.add_argument("--size", type=int, default=3, help="how many times more attackers than in the tests")
    parser.add_argument("--seconds", type=float, default=3, help="length of a span")
    parser.add_argument("--rounds", type=int, default=3, help="number of rounds; each has a quiet and a hostile span")
    parser.add_argument("--attacks", nargs="+", choices=SIZES, default=list(SIZES), help="attacks to measure")
    options = parser.parse_args()
    with ServerProcess(0, *OPTIONS) as server:
        server.wait_ready(kernels="compiled")
        print(f"95th percentile of the milliseconds between frames; {options.count} pages at speed 1 (goal: 1.5).\n")
        print(f"{'':26}{'quiet':>9}{'attacked':>9}{'ratio':>8}{'worst':>9}{'newcomer':>10}  refused")
        asyncio.run(main_async(server.url, options))


if __name__ == "__main__":
    main()

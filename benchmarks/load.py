"""Load the server with a class: many learners play the default experiment at TFP's pace, from another process.

Each learner has its own websocket, acknowledges each frame and changes the learning rate every five seconds. After a
warm-up of three seconds, the table shows distributions over all learners: gaps between frames, epochs a second, and the
time from a command to the first frame that reflects it. It also shows the server's processor time, which is meaningful
on a busy machine. `--find` raises the load until a goal is missed, and continues beyond that.
"""

import argparse
import asyncio
import os
import random
import time
from itertools import pairwise
from statistics import median

from learners import DEFAULT, Learner, running_server

PACE = 60  # epochs a second at speed 1
WARM_UP = 3.0
BETWEEN_COMMANDS = 5.0
GOALS = {"gap p95": 100, "gap p99": 250, "latency": 50}  # ms


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("inf")


async def learn(address: str, delay: float, seconds: float) -> tuple[Learner, list[float]]:
    """Play for some seconds after a delay; return the learner and the seconds each command took."""
    await asyncio.sleep(delay)
    learner = await Learner.connected(address)
    await learner.hello(DEFAULT)
    await learner.say("play")
    end = asyncio.get_running_loop().time() + seconds
    pause, latencies = random.random() * BETWEEN_COMMANDS, []
    while (left := end - asyncio.get_running_loop().time()) > pause:
        await asyncio.sleep(min(pause, left))
        pause = BETWEEN_COMMANDS
        experiment = {**learner.accepted["experiment"], "learning_rate": random.choice([0.01, 0.03, 0.1])}
        command = learner.say("configure", experiment=experiment, view=learner.accepted["view"])
        latencies.append(await asyncio.wait_for(command, 30))
    await asyncio.sleep(max(0.0, end - asyncio.get_running_loop().time()))
    learner.close()
    return learner, latencies


async def measure(learners: int, workers: int, seconds: float) -> dict[str, float]:
    """Load a new server and return its figures, with times in ms."""
    room = "--max-learners", str(learners), "--max-learners-per-address", str(learners)
    with running_server("--workers", str(workers), *room) as server:
        stagger = WARM_UP / 2
        serving = [
            asyncio.create_task(learn(server.socket, stagger * i / learners, WARM_UP + seconds))
            for i in range(learners)
        ]
        await asyncio.sleep(WARM_UP)
        began, ours = server.cpu_seconds(), time.process_time()
        await asyncio.sleep(seconds)
        cores, load = (server.cpu_seconds() - began) / seconds, (time.process_time() - ours) / seconds
        results = await asyncio.gather(*serving)
    gaps, paces, rates = [], [], []
    for learner, _ in results:
        frames = [(at, epoch) for at, epoch in learner.frames if at > learner.frames[0][0] + WARM_UP]
        gaps += [(after[0] - before[0]) * 1000 for before, after in pairwise(frames)]
        if len(frames) > 1:
            took = frames[-1][0] - frames[0][0]
            paces.append((frames[-1][1] - frames[0][1]) / took)
            rates.append((len(frames) - 1) / took)
        else:
            paces.append(0.0)
            rates.append(0.0)
    latencies = [latency * 1000 for _, each in results for latency in each]
    return {
        "gap p50": percentile(gaps, 0.5), "gap p95": percentile(gaps, 0.95), "gap p99": percentile(gaps, 0.99),
        "gap max": max(gaps), "latency": median(latencies), "latency p95": percentile(latencies, 0.95),
        "pace": median(paces), "slowest": min(paces), "fastest": max(paces), "frames": median(rates),
        "cores": cores, "load": load, "errors": sum(len(learner.errors) + learner.lost_early for learner, _ in results),
    }  # fmt: skip


HEAD = (
    f"{'':8} | {'gaps between frames, ms':^27} | {'command, ms':^13} | {'epochs/s a learner':^20} | {'frames':>7} | "
    f"{'cores':^11}\n"
    f"{'learners':8} | {'p50':>6} {'p95':>6} {'p99':>6} {'max':>6} | {'median':>6} {'p95':>6} | "
    f"{'least':>6} {'median':>6} {'most':>6} | {'/s':>7} | {'server':>6} {'load':>4}"
)


def row(learners: int, found: dict[str, float]) -> str:
    """Return a line of the table."""
    f = {name: f"{value:6.0f}" for name, value in found.items()}
    pace = " ".join(f"{found[name]:6.1f}" for name in ("slowest", "pace", "fastest"))
    return (
        f"{learners:8} | {f['gap p50']} {f['gap p95']} {f['gap p99']} {f['gap max']} | {f['latency']} "
        f"{f['latency p95']} | {pace} | {found['frames']:7.1f} | {found['cores']:6.2f} {found['load']:4.2f}"
    )


def missed(found: dict[str, float]) -> list[str]:
    """Return the names of missed goals."""
    goals = [name for name, goal in GOALS.items() if found[name] >= goal]
    if found["slowest"] < 0.98 * PACE:
        goals.append("every epoch")
    return [*goals, "no errors"] if found["errors"] else goals


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        help="worker processes of the server (default: one per core)",
    )
    parser.add_argument(
        "--find", action="store_true", help="raise the number of learners until goals are missed, and beyond"
    )
    arguments = parser.parse_args()
    print(f"The default experiment at {PACE} epochs/s; {os.cpu_count()} cores, {arguments.workers} workers.")
    print(f"Goals for 100 learners: gaps p95 < 100 ms, p99 < 250 ms, median command < 50 ms, {PACE} epochs/s each.\n")
    print(HEAD, flush=True)
    numbers = [arguments.learners * step // 2 for step in range(1, 9)] if arguments.find else [arguments.learners]
    beyond = 0
    for learners in numbers:
        found = asyncio.run(measure(learners, arguments.workers, arguments.seconds))
        complaints = missed(found)
        verdict = "MISSED: " + ", ".join(complaints) if complaints else "reached"
        print(f"{row(learners, found)} | {verdict}", flush=True)
        cost = found["cores"] / learners / found["frames"] * 1000
        print(f"{'':8} | {learners / found['cores']:.0f} learners per core; {cost:.2f} ms of a core per frame")
        beyond += bool(complaints)
        if beyond == 3:
            break


if __name__ == "__main__":
    main()

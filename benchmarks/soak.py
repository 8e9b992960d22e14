"""Simulate a lesson of several minutes with random changes, and watch the server's memory and log.

About every two seconds, each learner plays, pauses, resets, changes the network, data or speed, hovers over a neuron,
hides the page, or closes and reopens it. Memory is the resident size of all server processes, sampled each second. Its
growth is the slope of a line through the samples after the first third.
"""

import argparse
import asyncio
import random
import time
from typing import Any

from learners import DEFAULT, SEVEN, Learner, Running, running_server

GOAL = 2.0  # MB a minute
PAUSE = 2.0  # average seconds between two actions of a learner
DATASETS = ("circle", "xor", "gauss", "spiral", "moons", "reg-plane", "reg-gauss")
FEATURES = [pair.partition("=")[0] for pair in SEVEN.split("&")]


def changed(chance: random.Random, experiment: dict[str, Any]) -> dict[str, Any]:
    """Return the experiment with one random change."""
    changes: dict[str, Any] = chance.choice([
        {"learning_rate": chance.choice([0.001, 0.03, 0.3, 3])},
        {"dataset": chance.choice(DATASETS)},
        {"hidden_layers": [chance.randint(1, 8) for _ in range(chance.randint(0, 6))], "layer_activations": None},
        {"features": chance.sample(FEATURES, chance.randint(1, 7))},
        {"activation": chance.choice(["tanh", "relu", "sigmoid", "linear"])},
        {"seed": f"0.{chance.randrange(10**5):05d}"},
        {"noise": chance.choice([0, 10, 50])},
        {"batch_size": chance.randint(1, 30)},
        {"optimizer": chance.choice(["sgd", "momentum", "adam"])},
        {"penalty": chance.choice(["none", "L1", "L2"]), "penalty_rate": chance.choice([0, 0.01, 1])},
    ])  # fmt: skip
    return {**experiment, **changes, "start": None}


def act(chance: random.Random, learner: Learner) -> None:
    """Perform one random action of a learner."""
    match chance.choice(["configure"] * 5 + ["play"] * 3 + ["pause", "step", "reset", "speed", "focus", "visible"]):
        case "configure":
            experiment = changed(chance, learner.accepted["experiment"])
            learner.say("configure", experiment=experiment, view=learner.accepted["view"])
        case "reset":
            learner.say("reset", new_weights=chance.random() < 0.5)
        case "speed":
            learner.say("speed", speed=chance.choice(["1", "10", "100", "max"]))
        case "focus":
            learner.say("focus", unit=chance.choice([None, 0, 3]))
        case "visible":
            learner.say("visible", visible=chance.random() < 0.8)
        case other:
            learner.say(other)


async def attend(address: str, seed: int, end: float) -> list[str]:
    """Take part in the lesson and return what went wrong."""
    chance, wrong = random.Random(seed), []
    while time.monotonic() < end:
        learner = await Learner.connected(address)
        await asyncio.wait_for(learner.hello(DEFAULT), 30)
        leaves = time.monotonic() + chance.expovariate(1 / 60)
        while time.monotonic() < min(end, leaves) and not learner.lost_early:
            act(chance, learner)
            learner.frames.clear()
            await asyncio.sleep(chance.expovariate(1 / PAUSE))
        # A learner who plays after a divergence gets an error, as documented.
        wrong += [str(error) for error in learner.errors if error["field"] != "mode"]
        wrong += ["the connection was lost"] if learner.lost_early else []
        learner.close()
    return wrong


async def watch(server: Running, seconds: float) -> list[tuple[float, float]]:
    """Return time in minutes and memory in MB, sampled each second."""
    began, samples = time.monotonic(), []
    while (now := time.monotonic() - began) < seconds:
        samples.append((now / 60, server.memory()))
        await asyncio.sleep(1)
    return samples


def slope(samples: list[tuple[float, float]]) -> float:
    """Return the slope of the least-squares line through the samples."""
    x, y = (sum(values) / len(samples) for values in zip(*samples, strict=True))
    return sum((a - x) * (b - y) for a, b in samples) / sum((a - x) ** 2 for a, _ in samples)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    seconds = arguments.minutes * 60
    with running_server("--workers", str(arguments.workers)) as server:
        end = time.monotonic() + seconds
        attending = [asyncio.create_task(attend(server.socket, seed, end)) for seed in range(arguments.learners)]
        samples = await watch(server, seconds)
        wrong = [fault for each in await asyncio.gather(*attending) for fault in each]
        await asyncio.sleep(1)
        log = [line for line in server.said if "Traceback" in line or "rror" in line]
    settled = samples[len(samples) // 3 :]
    growth = slope(settled)
    sizes = [size for _, size in settled]
    verdict = "reached" if growth < GOAL and not wrong and not log else "MISSED"
    print(
        f"{arguments.learners} learners, {arguments.minutes:g} min: memory {min(sizes):.0f} to {max(sizes):.0f} MB, "
        f"growth {growth:+.2f} MB a minute (goal < {GOAL:g}), {len(log)} errors in the log, {len(wrong)} seen by "
        f"learners (goal 0): {verdict}"
    )
    for line in [*log[:5], *wrong[:5]]:
        print("   ", line.strip())


if __name__ == "__main__":
    asyncio.run(main())

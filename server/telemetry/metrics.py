"""Metrics for Prometheus: sums over all processes of the server. They cannot identify a learner.

Each process writes its own row of numbers, and a scrape adds the rows up. The rows lie in shared memory
(`server.process.shared_memory`) and not in the files of prometheus-client's multiprocess mode, so that the server runs
on a full or read-only disk.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple, get_args

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

Refusal = Literal[
    "origin", "host", "frame", "slow", "crowd", "stalled", "full", "address", "idle", "version", "flood", "fault"
]  # refused messages are counted by their sessions
REASONS = ("message", *get_args(Refusal))
KERNEL_STATES = ("plain", "compiling", "compiled", "failed")
LAG_BUCKETS_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, float("inf"))
PUBLISH_SECONDS = 1.0  # between two updates of a process's row for the other processes
BEAT_SECONDS = 0.1  # between two measurements of the event loop's lag


class SessionCounts(NamedTuple):
    """Counts that a session keeps itself, or the sum of several sessions'."""

    message: int  # refused
    sessions: int
    epochs: int
    frames: int


COLUMNS = (
    *SessionCounts._fields,
    *get_args(Refusal),
    *KERNEL_STATES,
    "lag",
    *(f"lag {end}" for end in LAG_BUCKETS_SECONDS),
    "loop",
    *(f"loop {end}" for end in LAG_BUCKETS_SECONDS),
    "beat",  # when the event loop last ran, on the clock that all processes share
    "restarts",  # written by the supervisor while this process is down
)
COLUMN = {name: number for number, name in enumerate(COLUMNS)}


class Metrics(Collector):
    """Count what this process does, in its row; a restarted process continues the row of the one it replaces."""

    def __init__(
        self, learners: Callable[[], int], rows: Sequence[memoryview[float]] | None = None, index: int = 0
    ) -> None:
        self._learners = learners
        self._rows = rows or [memoryview(array("d", bytes(8 * len(COLUMNS))))]
        self._own = self._rows[index]
        self._ended = [SessionCounts(*map(int, self._own[: len(SessionCounts._fields)]))]
        self._registry = CollectorRegistry()
        self._registry.register(self)

    @property
    def refusals(self) -> dict[str, int]:
        """Return what this process has refused, by reason."""
        return {reason: int(self._own[COLUMN[reason]]) for reason in REASONS}

    def refuse(self, reason: Refusal) -> None:
        """Count a refused request or a connection that the server has ended."""
        self._own[COLUMN[reason]] += 1

    def sent(self, seconds: float) -> None:
        """Count a message and how long the page took to accept it."""
        self._observe("lag", seconds)

    def beat(self, late: float) -> None:
        """Note that the event loop runs, and by how many seconds it was late."""
        self._own[COLUMN["beat"]] = time.monotonic()
        self._observe("loop", late)

    def _observe(self, name: str, seconds: float) -> None:
        self._own[COLUMN[f"{name} {next(end for end in LAG_BUCKETS_SECONDS if seconds <= end)}"]] += 1
        self._own[COLUMN[name]] += seconds

    def ended(self, session: SessionCounts) -> None:
        """Keep the counts of a session that has ended."""
        self._ended = [_sum([*self._ended, session])]

    def publish(self, sessions: Iterable[SessionCounts], kernels: str) -> None:
        """Write the counts of the open sessions and the state of the kernels into this process's row."""
        for name, count in _sum([*self._ended, *sessions])._asdict().items():
            self._own[COLUMN[name]] = count
        for state in KERNEL_STATES:
            self._own[COLUMN[state]] = state == kernels

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the sums over all processes."""
        total = dict(zip(COLUMNS, map(sum, zip(*self._rows, strict=True)), strict=True))
        yield GaugeMetricFamily("playground_learners", "Open pages", self._learners())
        yield CounterMetricFamily("playground_sessions", "Sessions started", total["sessions"])
        yield CounterMetricFamily("playground_epochs", "Epochs trained", total["epochs"])
        yield CounterMetricFamily("playground_frames", "Frames made", total["frames"])
        refusals = CounterMetricFamily("playground_refusals", "Refusals and ended connections", labels=["reason"])
        for reason in REASONS:
            refusals.add_metric([reason], total[reason])
        yield refusals
        kernels = GaugeMetricFamily("playground_kernels", "Processes by the state of their kernels", labels=["state"])
        for state in filter(total.get, KERNEL_STATES):
            kernels.add_metric([state], total[state])
        yield kernels
        yield CounterMetricFamily("playground_restarts", "Worker processes replaced", total["restarts"])
        yield _histogram("playground_send_lag_seconds", "Seconds until a page took a message", total, "lag")
        yield _histogram("playground_loop_lag_seconds", "Seconds by which the event loop was late", total, "loop")


def _histogram(name: str, text: str, total: dict[str, float], column: str) -> Metric:
    counts = accumulate(total[f"{column} {end}"] for end in LAG_BUCKETS_SECONDS)
    ends = [*map(str, LAG_BUCKETS_SECONDS[:-1]), "+Inf"]
    return HistogramMetricFamily(name, text, buckets=list(zip(ends, counts, strict=True)), sum_value=total[column])


def _sum(counts: Iterable[SessionCounts]) -> SessionCounts:
    return SessionCounts(*map(sum, zip(*counts, strict=True)))

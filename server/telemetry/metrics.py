"""Metrics: what the server has done, counted, in Prometheus' text format. Nobody can be told from another in them.

The counts lie in a table with a row for each process (`server.process.shared_memory`), and what is told is their sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from server.net.close_codes import CLOSINGS
from server.process.shared_memory import Shared

if TYPE_CHECKING:  # the first of several processes counts nothing, and does without the engine
    from server.kernels.kernel_source import KernelStatus
    from server.sessions.session import Session

LAGS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)  # upper ends of the histogram's buckets, in seconds
STATES = ("plain", "compiling", "compiled")
REASONS = ("message", "origin", "frame", "slow", "crowd", "stalled", *(closing.key for closing in CLOSINGS))
OF_SESSIONS = ("message", "sessions", "epochs", "frames")
COLUMNS = (
    *OF_SESSIONS, "lag", *(f"lag {end}" for end in (*LAGS, "+Inf")), *STATES,
    *(reason for reason in REASONS if reason not in OF_SESSIONS),
)  # fmt: skip
AT = {name: column for column, name in enumerate(COLUMNS)}
PUBLISH = 1.0  # seconds between two looks at the sessions, for the other processes to add up


class Metrics:
    """Counters of one process in its row; one that is started in the place of a dead one counts on from there."""

    def __init__(self, shared: Shared | None = None, index: int = 0) -> None:
        self._rows = (shared or Shared(1, 0, len(COLUMNS))).counts
        self._own = self._rows[index]
        self._over = [float(count) for count in self._own[: len(OF_SESSIONS)]]  # of sessions that are over

    @property
    def refusals(self) -> dict[str, int]:
        """What this process has refused, by reason, of sessions that are over."""
        return {reason: int(self._own[AT[reason]]) for reason in REASONS}

    def refuse(self, reason: str) -> None:
        """Count something that was refused, or somebody who was sent away."""
        self._own[AT[reason]] += 1

    def sent(self, seconds: float) -> None:
        """Count a message, and for how long it waited for the one before to leave."""
        self._own[AT[f"lag {next((end for end in LAGS if seconds <= end), '+Inf')}"]] += 1
        self._own[AT["lag"]] += seconds

    def ended(self, session: Session) -> None:
        """Keep the counts of a session that is over."""
        self._over = [before + more for before, more in zip(self._over, _counts(session), strict=True)]

    def publish(self, sessions: Iterable[Session], status: KernelStatus) -> None:
        """Put down what the sessions that are open have come to, and how the kernels are."""
        for column, counts in enumerate(zip(self._over, *map(_counts, list(sessions)), strict=True)):
            self._own[column] = sum(counts)
        for state in STATES:
            self._own[AT[state]] = state == status.state

    def text(self, learners: int) -> str:
        """Return what all processes have published, as Prometheus reads it."""
        sums = [float(sum(column)) for column in zip(*self._rows, strict=True)]
        total = dict(zip(COLUMNS, sums, strict=True))
        return "\n".join(_lines(total, learners)) + "\n"


def _counts(session: Session) -> list[float]:
    return [session.refused, 1, session.training.epochs, session.frames]


def _lines(total: dict[str, float], learners: int) -> Iterator[str]:
    yield from _metric("learners", "gauge", "pages that are open", [("", learners)])
    yield from _metric("sessions_total", "counter", "sessions begun since the start", [("", total["sessions"])])
    yield from _metric("epochs_total", "counter", "epochs trained", [("", total["epochs"])])
    yield from _metric("frames_total", "counter", "frames made", [("", total["frames"])])
    refusals = [(f'{{reason="{reason}"}}', total[reason]) for reason in sorted(REASONS)]
    yield from _metric("refusals_total", "counter", "what was refused or ended, by reason", refusals)
    kernels = [(f'{{state="{state}"}}', total[state]) for state in STATES if total[state]]
    yield from _metric("kernels", "gauge", "processes by the state that their kernels are in", kernels)
    lags: list[tuple[str, float]] = []
    so_far = 0.0
    for end in (*LAGS, "+Inf"):
        so_far += total[f"lag {end}"]
        lags.append((f'_bucket{{le="{end}"}}', so_far))
    lags += [("_sum", round(total["lag"], 6)), ("_count", so_far)]
    yield from _metric("send_lag_seconds", "histogram", "how long a message waited for the page to take more", lags)


def _metric(name: str, kind: str, meaning: str, samples: Iterable[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP playground_{name} {meaning}"
    yield f"# TYPE playground_{name} {kind}"
    for suffix, value in samples:
        yield f"playground_{name}{suffix} {int(value) if value == int(value) else value}"

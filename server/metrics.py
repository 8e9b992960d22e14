"""Metrics: what the server has done, counted, in Prometheus' text format. Nobody can be told from another in them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from server.protocol import Status
from server.session import Session

LAGS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)  # upper ends of the histogram's buckets, in seconds


class Metrics:
    """Counters of one server process; those of the sessions that are open are read off them when somebody asks."""

    def __init__(self) -> None:
        self.refusals: Counter[str] = Counter()
        self._epochs = self._frames = self._sessions = 0
        self._lags = [0] * (len(LAGS) + 1)
        self._lag = 0.0

    def refuse(self, reason: str) -> None:
        """Count something that was refused, or somebody who was sent away."""
        self.refusals[reason] += 1

    def sent(self, seconds: float) -> None:
        """Count a message, and for how long it waited for the one before to leave."""
        self._lags[next((i for i, end in enumerate(LAGS) if seconds <= end), len(LAGS))] += 1
        self._lag += seconds

    def ended(self, session: Session) -> None:
        """Keep the counts of a session that is over."""
        self._sessions += 1
        self._epochs += session.training.epochs
        self._frames += session.frames
        self.refusals["message"] += session.refused

    def text(self, sessions: Iterable[Session], status: Status) -> str:
        """Return everything as Prometheus reads it."""
        return "\n".join(self._lines(list(sessions), status)) + "\n"

    def _lines(self, sessions: list[Session], status: Status) -> Iterator[str]:
        yield from _metric("learners", "gauge", "pages that are open", [("", len(sessions))])
        yield from _metric(
            "sessions_total", "counter", "sessions begun since the start", [("", self._sessions + len(sessions))]
        )
        epochs = self._epochs + sum(session.training.epochs for session in sessions)
        yield from _metric("epochs_total", "counter", "epochs trained", [("", epochs)])
        frames = self._frames + sum(session.frames for session in sessions)
        yield from _metric("frames_total", "counter", "frames made", [("", frames)])
        refused = self.refusals + Counter(message=sum(session.refused for session in sessions))
        refusals = [(f'{{reason="{reason}"}}', count) for reason, count in sorted(refused.items())]
        yield from _metric("refusals_total", "counter", "what was refused or ended, by reason", refusals)
        kernels = [(f'{{state="{status.kernels}"}}', 1)]
        yield from _metric("kernels", "gauge", "the state that the kernels are in", kernels)
        total = 0
        lags: list[tuple[str, float]] = []
        for end, count in zip((*LAGS, "+Inf"), self._lags, strict=True):
            total += count
            lags.append((f'_bucket{{le="{end}"}}', total))
        lags += [("_sum", round(self._lag, 6)), ("_count", total)]
        yield from _metric("send_lag_seconds", "histogram", "how long a message waited for the page to take more", lags)


def _metric(name: str, kind: str, meaning: str, samples: Iterable[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP playground_{name} {meaning}"
    yield f"# TYPE playground_{name} {kind}"
    for suffix, value in samples:
        yield f"playground_{name}{suffix} {value}"

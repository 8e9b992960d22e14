"""Attention: for how long nobody has touched a session, and what comes of it."""

from collections.abc import Callable

from server.config.limits import Limits
from server.sessions.session import Session


class Attention:
    """Watches one session's clock: a run that goes on untouched is paused, a page that does nothing is let go."""

    def __init__(self, session: Session, limits: Limits, now: Callable[[], float]) -> None:
        self._session, self._now = session, now
        self._unattended, self._idle = 60 * limits.max_unattended_minutes, 60 * limits.max_idle_minutes
        self._touches = session.touches
        self._since = self._rested = now()

    def patience(self) -> float:
        """Return for how many seconds nothing of this can be due."""
        return max(0.0, self._deadline() - self._now())

    def run_is_forgotten(self) -> bool:
        """Whether the run under way has been left alone for too long."""
        return self._session.training.playing and self._now() >= self._deadline()

    def page_is_forgotten(self) -> bool:
        """Whether a page that does not train has been left alone for too long."""
        return not self._session.training.playing and self._now() >= self._deadline()

    def _deadline(self) -> float:
        session, now = self._session, self._now()
        if self._touches != session.touches:
            self._touches, self._since = session.touches, now
        if session.training.playing:
            self._rested = now
            return self._since + self._unattended
        return max(self._since, self._rested) + self._idle

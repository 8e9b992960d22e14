"""Measure how long a session has been unattended, to pause its run or disconnect its page."""

from collections.abc import Callable

from server.config.limits import Limits
from server.sessions.session import Session


class Inactivity:
    """Tells when a session has been unattended for too long. `now` returns seconds."""

    def __init__(self, session: Session, limits: Limits, now: Callable[[], float]) -> None:
        self._session, self._now = session, now
        self._unattended_seconds, self._idle_seconds = 60 * limits.max_unattended_minutes, 60 * limits.max_idle_minutes
        self._hello_deadline = now() + limits.request_seconds
        self._touches = session.touches
        self._touched = self._played = now()  # the last user input, and the last training

    def hello_is_overdue(self) -> bool:
        """Return whether the page has said no valid hello in time."""
        return not self._session.greeted and self._now() >= self._hello_deadline

    def patience(self) -> float:
        """Return the seconds until the next deadline."""
        return max(0.0, self._deadline() - self._now())

    def run_is_forgotten(self) -> bool:
        """Return whether a playing run has been unattended for too long."""
        return self._session.training.playing and self._now() >= self._deadline()

    def page_is_forgotten(self) -> bool:
        """Return whether a page without a playing run has been unattended for too long."""
        session = self._session
        return session.greeted and not session.training.playing and self._now() >= self._deadline()

    def _deadline(self) -> float:
        session, now = self._session, self._now()
        if not session.greeted:
            return self._hello_deadline
        if self._touches != session.touches:
            self._touches, self._touched = session.touches, now
        if session.training.playing:
            self._played = now
            return self._touched + self._unattended_seconds
        return max(self._touched, self._played) + self._idle_seconds

"""Decide when a session trains and when it sends a frame.

Time is divided into ticks of a sixtieth of a second, and training into beats. A beat lasts one tick, or several if many
learners share the process (`server.sessions.frame_scheduler`): they get fewer frames, but training keeps its pace. At
speed x n a beat has n epochs per tick; at "max" it has as many as fit.

A visible page that draws its frames gets one after each beat, and at x n the next beat waits for that frame: one epoch
per frame, as in TFP. A page that is hidden, or has drawn nothing for STALLED_SECONDS, does not delay training ("max"
trains one slice per beat), and gets the newest frame once a second. Frames never queue up. A visible page that has
drawn nothing for SILENT_SECONDS may be gone, so training waits until it draws again.
"""

from collections.abc import Callable

from server.sessions.frame_scheduler import TICKS_PER_SECOND, FrameScheduler
from server.sessions.session import Session
from server.sessions.training import SLICE_SECONDS

TICK_SECONDS = 1 / TICKS_PER_SECOND
MIN_SLICE_SECONDS = 0.001
UNSEEN_SECONDS = 1.0  # between two frames for a hidden or stalled page
STALLED_SECONDS = 0.25  # that training waits for a page to draw
SILENT_SECONDS = 3.0  # without a drawn frame before training stops and waits
STATUS_SECONDS = 0.25  # between two checks of the kernels while they compile
STALLED_FACTOR = 6  # at "max", beats of a stalled page are this many times longer, and its slices shorter


class Pace:
    """Tells when the next slice of training and the next frame of a session are due."""

    def __init__(self, session: Session, scheduler: FrameScheduler, now: Callable[[], float]) -> None:
        self._session, self._viewer, self._training = session, session.viewer, session.training
        self._scheduler, self._now = scheduler, now
        self._beat_end = 0.0  # when the next beat begins
        self._sent = float("-inf")  # when the last frame was sent
        self._followed = float("-inf")  # when the last frame was sent to a page that keeps up

    def patience(self) -> float:
        """Return the seconds until something other than a message is due."""
        due = []
        now = self._now()
        if self._training.playing and not self._silent():
            due.append(self._next_beat() if self._beat_is_over() else now)
        if self._has_news() and self._beat_is_over():
            due.append(self._next_frame())
        if self._session.kernel_status.state == "compiling":
            due.append(now + STATUS_SECONDS)
        return max(0.0, min(due, default=float("inf")) - now)

    def slice_is_due(self) -> bool:
        """Return whether to train now; begin the next beat if it is due."""
        if not self._training.playing or self._silent():
            return False
        now = self._now()
        if self._beat_is_over():
            if now < self._next_beat():
                return False
            ticks = self._scheduler.ticks_per_frame() * (STALLED_FACTOR if self._stalls_at_max() else 1)
            end = self._beat_end + ticks * TICK_SECONDS
            self._beat_end = end if end > now else now + ticks * TICK_SECONDS
            self._training.begin_beat(ticks)
        return True

    def slice_seconds(self) -> float:
        """Return the length of the next slice: at most until the end of the beat."""
        longest = SLICE_SECONDS / STALLED_FACTOR if self._stalls_at_max() else SLICE_SECONDS
        return min(longest, max(self._beat_end - self._now(), MIN_SLICE_SECONDS))

    def frame_is_due(self) -> bool:
        """Return whether there is something new to show, the beat is over, and the page may get a frame."""
        return self._has_news() and self._beat_is_over() and self._now() >= self._next_frame()

    def frame_is_sent(self) -> None:
        """Record that a frame was sent now."""
        self._sent = self._now()
        if self._viewer.keeps_up:
            self._followed = self._sent

    def _has_news(self) -> bool:
        return self._session.greeted and self._session.dirty and self._viewer.frame_format != "none"

    def _watched(self) -> bool:
        viewer = self._viewer
        return viewer.watches and (viewer.keeps_up or self._now() < self._followed + STALLED_SECONDS)

    def _stalled(self) -> bool:
        """Return whether a visible page draws nothing; the frame scheduler then ignores it."""
        self._viewer.stalled = self._viewer.watches and not self._watched()
        return self._viewer.stalled

    def _stalls_at_max(self) -> bool:
        return self._stalled() and self._training.speed == "max"

    def _silent(self) -> bool:
        """Return whether the page has drawn nothing for so long that it may be gone."""
        return self._stalled() and self._now() >= self._followed + SILENT_SECONDS

    def _beat_is_over(self) -> bool:
        """Return whether this beat has no more training to do; at "max", an unwatched page needs only one slice."""
        training = self._training
        enough = training.left <= 0 or (training.speed == "max" and not self._watched())
        return not training.playing or enough or self._now() >= self._beat_end

    def _next_beat(self) -> float:
        waits = self._session.dirty and self._training.speed != "max" and self._watched()
        return max(self._beat_end, self._followed + STALLED_SECONDS) if waits else self._beat_end

    def _next_frame(self) -> float:
        return self._sent + (TICK_SECONDS / 2 if self._viewer.keeps_up else UNSEEN_SECONDS)

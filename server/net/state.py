"""What all parts of one server process share: the state of the HTTP routes, and that of the connections."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from server.kernels.kernel_source import KernelSource
from server.net.admission import Admission
from server.sessions.frame_scheduler import FrameScheduler
from server.sessions.session import Session
from server.sessions.threads import Threads
from server.telemetry.metrics import SessionCounts
from server.web.state import WebState


@dataclass(kw_only=True)
class ServerState(WebState):
    """Hold everything that one application owns; `create_app` stores it as `app.state.server`."""

    kernels: KernelSource
    admission: Admission
    scheduler: FrameScheduler
    sessions: set[Session]
    # All connections whose sockets are open, oldest first, with their protocols (`server.net.guard.Guarded`).
    connections: dict[asyncio.BaseTransport, Any] = field(default_factory=dict)
    waiting_pieces: deque[tuple[Any, bytes]] = field(default_factory=deque)  # of requests, with their transports
    unfinished_bytes: int = 0  # of websocket messages that are still arriving
    threads: Threads | None = None  # made when the server starts

    def publish_metrics(self) -> None:
        """Bring this process's row of the metrics up to date."""
        self.metrics.publish(map(counts_of, self.sessions), self.kernels.status.state)


def server_state(app: Any) -> ServerState:
    """Return the state of an application that `create_app` made."""
    state: ServerState = app.state.server
    return state


def counts_of(session: Session) -> SessionCounts:
    """Return what a session has done so far."""
    return SessionCounts(message=session.refused, sessions=1, epochs=session.training.epochs, frames=session.frames)

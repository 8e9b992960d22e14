"""A class opens the page at once: what each visitor costs, with the visitors of benchmarks/arrival.py."""

import asyncio
import sys

import pytest
from live import ROOT, LiveServer

sys.path.insert(0, str(ROOT / "benchmarks"))
from arrival import Visit, visit

VISITORS = 12
MOST_REQUESTS, MOST_BYTES = 15, 250_000


def test_visitors_who_come_at_once_get_a_frame_each_for_few_requests_and_compressed_bytes(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def come() -> list[Visit]:
        visits = []
        for found, learner in await asyncio.gather(*(visit(host) for _ in range(VISITORS))):
            assert learner.frames
            assert not learner.errors
            learner.close()
            visits.append(found)
        return visits

    host = live_server.url.removeprefix("http://")
    asyncio.run(come())
    monkeypatch.setattr("server.web.static_files.gzip.compress", None)  # nothing is compressed again
    rendered = dict(live_server.state.rendered_pages)
    for found in asyncio.run(come()):
        assert found.requests <= MOST_REQUESTS
        assert found.received < MOST_BYTES
    assert live_server.state.rendered_pages == rendered

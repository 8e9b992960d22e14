"""Routes for operators: health, readiness, metrics."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel

from server.kernels.kernel_source import KernelState
from server.net.state import server_state

router = APIRouter()


class Health(BaseModel):
    """The answer of /healthz."""

    status: Literal["ok"] = "ok"
    kernels: KernelState


class Readiness(BaseModel):
    """The answer of /readyz."""

    status: Literal["ready", "full"]
    kernels: KernelState


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", operation_id="health")
async def health(request: Request) -> Health:
    """Say that the server is alive."""
    return Health(kernels=server_state(request.app).kernels.status.state)


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", operation_id="readiness", response_model=Readiness, responses={503: {"model": Readiness}})
async def readiness(request: Request) -> Response:
    """Say whether the server admits more learners: yes until it is full, also while kernels are being compiled."""
    state = server_state(request.app)
    full = state.admission.full
    answer = Readiness(status="full" if full else "ready", kernels=state.kernels.status.state)
    return JSONResponse(answer.model_dump(), 503 if full else 200)


@router.get("/metrics", operation_id="metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Return the counts of all processes, in Prometheus' text format."""
    state = server_state(request.app)
    state.publish_metrics()
    return Response(state.metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

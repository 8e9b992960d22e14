"""For those who run the server: whether it lives, whether it takes more learners, and what it has done."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from server.kernels.kernel_source import KernelSource

router = APIRouter()
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Health(BaseModel):
    """The answer of /healthz."""

    status: Literal["ok"] = "ok"
    kernels: Literal["plain", "compiling", "compiled"]


class Readiness(BaseModel):
    """The answer of /readyz."""

    status: Literal["ready", "full"]
    kernels: Literal["plain", "compiling", "compiled"]


def kernel_source(request: Request) -> KernelSource:
    """Return the app's kernels."""
    source: KernelSource = request.app.state.kernels
    return source


Source = Annotated[KernelSource, Depends(kernel_source)]


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", operation_id="health")
async def health(kernels: Source) -> Health:
    """Say that the server lives."""
    return Health(kernels=kernels.status.state)


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", operation_id="readiness", response_model=Readiness, responses={503: {"model": Readiness}})
async def readiness(request: Request, kernels: Source) -> Response:
    """Say whether more learners may come: they may while kernels are compiled, in plain NumPy, until it is full."""
    full = request.app.state.seats.full
    answer = Readiness(status="full" if full else "ready", kernels=kernels.status.state)
    return JSONResponse(answer.model_dump(), 503 if full else 200)


@router.get("/metrics", operation_id="metrics", response_class=PlainTextResponse)
async def metrics(request: Request, kernels: Source) -> Response:
    """Count what all processes of the server have done, for Prometheus."""
    state = request.app.state
    state.metrics.publish(state.sessions, kernels.status)
    return Response(state.metrics.text(state.seats.taken), media_type=PROMETHEUS)

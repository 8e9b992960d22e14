"""Whether the server lives, and how its kernels are."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from server.kernels import KernelSource

router = APIRouter()


class Health(BaseModel):
    """The answer of /healthz."""

    status: Literal["ok"] = "ok"
    kernels: Literal["plain", "compiling", "compiled"]


def kernel_source(request: Request) -> KernelSource:
    """Return the app's kernels."""
    source: KernelSource = request.app.state.kernels
    return source


@router.get("/healthz", operation_id="health")
@router.head("/healthz", include_in_schema=False)
async def health(kernels: Annotated[KernelSource, Depends(kernel_source)]) -> Health:
    """Say that the server lives."""
    return Health(kernels=kernels.status.kernels)

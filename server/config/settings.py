"""Settings: every option of the server, as a flag and as an environment variable PLAYGROUND_*."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from server.config.limits import Limits


def _origins(text: str) -> str:
    for origin in filter(None, text.split(",")):
        scheme, _, host = origin.partition("://")
        if scheme not in ("http", "https") or not host or "/" in host or "*" in host:
            raise ValueError("origins as a browser sends them, with commas between: https://school.example")
    return text


class Settings(BaseSettings, Limits):
    """A playground for neural networks: the server. Every flag is also an environment variable PLAYGROUND_*."""

    model_config = SettingsConfigDict(
        env_prefix="PLAYGROUND_",
        cli_prog_name="neural-playground",
        cli_implicit_flags=True,
        cli_kebab_case=True,
        extra="forbid",
    )

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(default=1, ge=1, le=256, description="processes; one for each core carries a whole class")
    open: bool = Field(default=False, description="open the page in a browser")
    lessons: Path | None = Field(default=None, description="folder with lessons of your own, instead of ours")
    plain: bool = Field(default=False, description="train in plain NumPy, without compiled kernels")
    root_path: str = Field(
        default="", pattern=r"^(/[A-Za-z0-9._~-]+)*$", description="prefix that a proxy has taken away, as /playground"
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1", description="whose X-Forwarded-For and -Proto count, with commas between"
    )
    allowed_origins: Annotated[str, AfterValidator(_origins)] = Field(
        default="", description="other sites whose pages may connect, with commas between; this one always may"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="info tells of every page that comes and goes, by a random name"
    )
    log_format: Literal["text", "json"] = Field(default="text", description="of the lines on standard error")

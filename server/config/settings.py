"""Settings: each option of the server, as a flag and as an environment variable PLAYGROUND_*."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from server.config.limits import Limits


def _origins(text: str) -> str:
    for origin in filter(None, text.split(",")):
        scheme, _, host = origin.partition("://")
        if scheme not in ("http", "https") or not host or "/" in host or "*" in host:
            raise ValueError("must be origins separated by commas, such as https://school.example")
    return text


def _hosts(text: str) -> str:
    for name in filter(None, text.split(",")):
        if name != "*" and not re.fullmatch(r"[A-Za-z0-9._-]+", name):
            raise ValueError("must be names separated by commas, such as playground.school.example, or *")
    return text


class Settings(BaseSettings, Limits):
    """Serve the neural network playground. Each flag is also an environment variable PLAYGROUND_*."""

    model_config = SettingsConfigDict(
        env_prefix="PLAYGROUND_",
        cli_prog_name="neural-playground",
        cli_implicit_flags=True,
        cli_kebab_case=True,
        extra="forbid",
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 for all networks.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    workers: int = Field(
        default=1, ge=1, le=256, description="Server processes; one per CPU core serves a whole class."
    )
    open: bool = Field(default=False, description="Open the page in a browser.")
    lessons: Path | None = Field(default=None, description="Folder with your own lessons, used instead of ours.")
    dev: bool = Field(
        default=False, description="Serve the page's modules instead of the bundle, and templates as they are now."
    )
    plain: bool = Field(default=False, description="Train in plain NumPy, without compiled kernels.")
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="URL prefix stripped by the proxy, e.g. /playground.",
    )
    trusted_proxies: str = Field(
        default="", description="Comma-separated proxies whose X-Forwarded-* headers are trusted, e.g. 127.0.0.1."
    )
    allowed_origins: Annotated[str, AfterValidator(_origins)] = Field(
        default="", description="Comma-separated origins of other sites whose pages may connect."
    )
    allowed_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        default="",
        description="Comma-separated host names that lead to this server, besides this machine's own; * for any.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Least severe level to log; info logs each session's start and end."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="Format of the log on standard error.")

    @property
    def origins(self) -> frozenset[str]:
        """Return `allowed_origins` one by one, in lower case."""
        return frozenset(filter(None, self.allowed_origins.lower().split(",")))

    @property
    def hosts(self) -> frozenset[str]:
        """Return `allowed_hosts` one by one, in lower case."""
        return frozenset(filter(None, self.allowed_hosts.lower().split(",")))

"""Settings: every option of the server, as a flag and as an environment variable PLAYGROUND_*."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """A playground for neural networks: the server."""

    model_config = SettingsConfigDict(
        env_prefix="PLAYGROUND_", cli_prog_name="neural-playground", cli_implicit_flags=True, extra="forbid"
    )

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(default=1, ge=1, le=256, description="processes; one for each core carries a whole class")
    open: bool = Field(default=False, description="open the page in a browser")
    lessons: Path | None = Field(default=None, description="folder with lessons of your own, instead of ours")
    plain: bool = Field(default=False, description="train in plain NumPy, without compiled kernels")

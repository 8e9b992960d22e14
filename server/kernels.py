"""Kernels: gives sessions the fastest kernels there are at the moment, and compiles better ones meanwhile.

Compiling takes half a minute the first time ever and would hold up every learner, so a child process does it and
leaves the machine code on disk; sessions train in plain NumPy until it is there.
"""

import asyncio
import contextlib
import sys

from engine import Experiment, Trainer, compiled
from engine.network import PLAIN, Kernels, compiled_kernels
from server.protocol import Status

STEPS = 2


def compile_all() -> None:
    """Compile every entry point and print a line after each: the child process's work."""
    trainer = Trainer(Experiment(), compiled_kernels())
    trainer.losses()
    print("losses", flush=True)
    trainer.run()
    print("train", flush=True)


class KernelSource:
    """The kernels to train with; `status` says how far better ones are."""

    def __init__(self, plain: bool = False) -> None:
        self.current: Kernels = PLAIN
        wanted = compiled.AVAILABLE and not plain
        self.status = Status(kernels="compiling" if wanted else "plain", done=0, total=STEPS)

    async def prepare(self) -> None:
        """Compile in a child process, then load what it left; on failure training stays plain."""
        if self.status.kernels != "compiling":
            return
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from server.kernels import compile_all; compile_all()",
            stdout=asyncio.subprocess.PIPE, env=None,
        )  # fmt: skip
        try:
            assert child.stdout is not None
            done = 0
            async for _ in child.stdout:
                done += 1
                self.status = Status(kernels="compiling", done=done, total=STEPS)
            if await child.wait() == 0:
                await asyncio.to_thread(self._load)
                return
            self.status = Status(kernels="plain", done=0, total=STEPS)
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()

    def _load(self) -> None:
        kernels = compiled_kernels()
        trainer = Trainer(Experiment(), kernels)
        trainer.run()
        trainer.losses()
        self.current = kernels
        self.status = Status(kernels="compiled", done=STEPS, total=STEPS)

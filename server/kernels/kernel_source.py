"""Kernels: gives sessions the fastest kernels there are at the moment, and compiles better ones meanwhile.

Compiling takes a quarter of a minute the first time ever and would hold up every learner, so a child process does it
and leaves the machine code on disk; sessions train in plain NumPy until it is there. Every later start loads it at
once.
"""

import asyncio
import contextlib
import sys
import time
from dataclasses import dataclass
from typing import Literal

from engine import Experiment, Trainer
from engine.numerics import jit
from engine.training.kernels import PLAIN, Kernels, compiled_kernels
from server.kernels.cache import forget_all, is_complete, kernel_cache, mark_complete
from server.telemetry.logs import say

KernelState = Literal["plain", "compiling", "compiled"]

DONE = "compiled"
LOOK = 0.3  # seconds between two looks whether another process has compiled
PATIENCE = 600  # seconds in which it has done so, or has failed
STEPS = 161  # functions that are compiled, give or take a few: what progress is counted in


@dataclass(frozen=True)
class KernelStatus:
    """How far the kernels are: `plain` for good, `compiling` (`done` of `total` functions), or `compiled`."""

    state: KernelState
    done: int
    total: int


def compile_all() -> None:
    """Compile every entry point and print a line for each function on the way: the child process's work."""
    from numba.core import event

    class Progress(event.Listener):  # type: ignore[misc]
        def on_start(self, event: object) -> None:
            pass

        def on_end(self, event: object) -> None:
            print(DONE, flush=True)

    with event.install_listener("numba:compile", Progress()):
        _warmed()
    mark_complete()


def _warmed() -> Kernels:
    """Return the compiled kernels after every one of them has run."""
    kernels = compiled_kernels()
    trainer = Trainer(Experiment(), kernels)
    trainer.losses()
    trainer.gradient_at(trainer.theta)
    trainer.run()
    return kernels


class KernelSource:
    """The kernels to train with: `current` now, and `status` says how far better ones are."""

    def __init__(self, plain: bool = False, compiles: bool = True) -> None:
        self.current: Kernels = PLAIN
        self.status = KernelStatus("plain", 0, STEPS)
        self._wanted, self._compiles = not plain, compiles

    def load(self) -> None:
        """Load what an earlier start has compiled; where that is missing, `prepare` has something to do."""
        if not self._wanted:
            return
        if not jit.AVAILABLE:
            say("Numba is not installed (pip install 'neural-playground[fast]'): training in plain NumPy, slower.")
        elif kernel_cache() is None:
            say("No cache folder can be written to for compiled kernels: training in plain NumPy, slower.")
        elif not is_complete():
            self._compiling(0)
        else:
            try:
                self._use(_warmed())
            except Exception as error:  # whatever Numba makes of damaged files: they are only a cache
                say(f"The compiled kernels cannot be loaded ({error}): compiling them anew.")
                forget_all()
                self._compiling(0)

    def _use(self, kernels: Kernels) -> None:
        self.current = kernels
        self.status = KernelStatus("compiled", STEPS, STEPS)

    def _compiling(self, done: int) -> None:
        self.status = KernelStatus("compiling", min(done, STEPS - 1), STEPS)

    async def prepare(self) -> None:
        """Where they are missing, compile in a child process, then load what it left; else training stays plain."""
        if self.status.state != "compiling":
            return
        if not self._compiles:
            await self._wait_for_another()
            return
        say("First start: compiling the fast kernels, for about a quarter of a minute. The page works meanwhile.")
        began = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from server.kernels.kernel_source import compile_all; compile_all()",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            why = await self._follow(child)
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if why is None:
            self._use(await asyncio.to_thread(_warmed))
            say(f"The fast kernels are ready after {time.monotonic() - began:.0f} s.")
        else:
            self.status = KernelStatus("plain", 0, STEPS)
            say(f"Compiling failed ({why}): training in plain NumPy, slower.")

    async def _wait_for_another(self) -> None:
        """Load the kernels when another process has compiled them."""
        end = time.monotonic() + PATIENCE
        while not is_complete():
            if time.monotonic() > end:
                self.status = KernelStatus("plain", 0, STEPS)
                return
            await asyncio.sleep(LOOK)
        self._use(await asyncio.to_thread(_warmed))

    async def _follow(self, child: asyncio.subprocess.Process) -> str | None:
        """Count what the child compiles; return why it failed, or None."""
        assert child.stdout is not None
        done, complaint = 0, ""
        async for line in child.stdout:
            text = line.decode(errors="replace").strip()
            if text == DONE:
                done += 1
                self._compiling(done)
            else:
                complaint = text or complaint
        code = await child.wait()
        return None if code == 0 else complaint or f"exit code {code}"

"""The source of kernels: compiled ones if available, plain ones while those are being compiled.

The first compilation takes about 15 seconds and would block every learner. So a child process compiles and leaves the
machine code in the cache folder, and sessions train in plain NumPy meanwhile. Later starts load the machine code.
"""

import asyncio
import contextlib
import os
import sys
import threading
import time
from dataclasses import dataclass
from typing import Literal

from engine import Experiment, Trainer
from engine.numerics import jit
from engine.training.kernels import PLAIN, Kernels, compiled_kernels
from server.kernels.cache import clear_kernel_cache, completed_at, is_complete, kernel_cache, mark_complete
from server.telemetry.logs import log_error, print_line

KernelState = Literal["plain", "compiling", "compiled", "failed"]

PROGRESS_LINE = "compiled"  # the child prints it after each function
FUNCTIONS = 161  # that are compiled, roughly; the unit of progress
POLL_SECONDS = 0.3  # between two checks whether another process has finished compiling
WAIT_SECONDS = 600  # until we stop waiting for another process


@dataclass(frozen=True)
class KernelStatus:
    """The state of compilation: `plain` (none), `compiling` (`done` of `total`), `compiled`, or `failed`."""

    state: KernelState
    done: int
    total: int


PLAIN_STATUS = KernelStatus("plain", 0, FUNCTIONS)
FAILED_STATUS = KernelStatus("failed", 0, FUNCTIONS)
COMPILED_STATUS = KernelStatus("compiled", FUNCTIONS, FUNCTIONS)


def compile_all() -> None:
    """Compile all entry points, printing a line after each function. The child process runs this.

    It ends with its parent, which keeps the other end of its standard input.
    """
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(1)), daemon=True).start()
    from numba.core import event

    class Progress(event.Listener):  # type: ignore[misc]
        def on_start(self, event: object) -> None:
            pass

        def on_end(self, event: object) -> None:
            print(PROGRESS_LINE, flush=True)

    with event.install_listener("numba:compile", Progress()):
        _warm_kernels()
    mark_complete()


def _warm_kernels() -> Kernels:
    """Return the compiled kernels after each of them has run once."""
    kernels = compiled_kernels()
    trainer = Trainer(Experiment(), kernels)
    trainer.losses()
    trainer.gradient_at(trainer.theta)
    trainer.run()
    return kernels


class KernelSource:
    """Offer the fastest kernels available (`current`), and say in `status` whether better ones are on their way.

    `compiles` is false in processes that wait for another one to compile.
    """

    def __init__(self, plain: bool = False, compiles: bool = True) -> None:
        self.current: Kernels = PLAIN
        self.status = PLAIN_STATUS
        self._wanted, self._compiles = not plain, compiles
        self._damaged: int | None = None  # when the kernels that cannot be loaded were completed

    def load(self) -> None:
        """Load the kernels that an earlier start has compiled; if there are none, `prepare` compiles them."""
        if not self._wanted:
            return
        if not jit.AVAILABLE:
            print_line(
                "Numba is not installed (pip install 'neural-playground[fast]'): training in plain NumPy, slower."
            )
        elif kernel_cache() is None:
            print_line("No cache folder for compiled kernels is writable: training in plain NumPy, slower.")
        elif not is_complete():
            self._set_progress(0)
        else:
            try:
                self._use(_warm_kernels())
            except Exception as error:  # Numba may raise anything on damaged files
                self._damaged = completed_at()
                if self._compiles:  # other processes wait until this one has compiled them again
                    print_line(f"The compiled kernels cannot be loaded ({error}): compiling them again.")
                    clear_kernel_cache()
                self._set_progress(0)

    def _use(self, kernels: Kernels) -> None:
        self.current = kernels
        self.status = COMPILED_STATUS

    def _set_progress(self, done: int) -> None:
        self.status = KernelStatus("compiling", min(done, FUNCTIONS - 1), FUNCTIONS)

    async def prepare(self) -> None:
        """Compile missing kernels in a child process and load them. If that fails, training stays plain."""
        if self.status.state != "compiling":
            return
        try:
            if self._compiles:
                await self._compile()
            else:
                await self._wait_for_another_process()
        except Exception as error:
            log_error("kernels could not be prepared", error)
            print_line(f"The fast kernels cannot be used ({error}): training in plain NumPy, slower.")
            self.status = FAILED_STATUS

    async def _compile(self) -> None:
        print_line("First start: compiling the fast kernels takes about 15 s. The page works meanwhile.")
        started = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from server.kernels.kernel_source import compile_all; compile_all()",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            failure = await self._follow(child)
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if failure is None:
            self._use(await asyncio.to_thread(_warm_kernels))
            print_line(f"The fast kernels are ready after {time.monotonic() - started:.0f} s.")
        else:
            self.status = FAILED_STATUS
            print_line(f"Compiling failed ({failure}): training in plain NumPy, slower.")

    async def _wait_for_another_process(self) -> None:
        """Load the kernels as soon as another process has compiled them."""
        end = time.monotonic() + WAIT_SECONDS
        while completed_at() in (None, self._damaged):
            if time.monotonic() > end:
                self.status = FAILED_STATUS
                return
            await asyncio.sleep(POLL_SECONDS)
        self._use(await asyncio.to_thread(_warm_kernels))

    async def _follow(self, child: asyncio.subprocess.Process) -> str | None:
        """Count the functions that the child compiles; return why it failed, or None."""
        assert child.stdout is not None
        done, last_line = 0, ""
        async for line in child.stdout:
            text = line.decode(errors="replace").strip()
            if text == PROGRESS_LINE:
                done += 1
                self._set_progress(done)
            else:
                last_line = text or last_line
        code = await child.wait()
        return None if code == 0 else last_line or f"exit code {code}"

"""The one switch between plain NumPy and compiled code: the same functions, with Numba or without.

`kernel` marks a function that both worlds share. Called from Python it runs as written; called from a compiled
function it is compiled with it. `compile_kernel` makes the compiled twin of an entry point.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

try:
    import numba
    from numba.extending import register_jitable
except ImportError:  # the extra `fast` is not installed: everything works, slower
    numba = None

Function = TypeVar("Function", bound=Callable[..., Any])

AVAILABLE = numba is not None


def kernel(function: Function) -> Function:
    """Let compiled functions call this one too."""
    return cast(Function, register_jitable(function)) if AVAILABLE else function


def compile_kernel(function: Function) -> Function:
    """Return the compiled twin of an entry point: it releases the GIL and leaves its machine code on disk.

    Where no folder can be written to, it is compiled anew in each process.
    """
    if not AVAILABLE:
        raise RuntimeError("compiled kernels need Numba: install neural-playground[fast]")
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # Numba found no writable place for its cache
        return cast(Function, numba.njit(**options)(function))

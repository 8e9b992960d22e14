"""The one switch between plain NumPy and compiled code: the same functions, with Numba or without.

`kernel` marks a function that both worlds share. Called from Python it runs as written; called from a compiled
function it is compiled with it. `elementwise` does the same for a function of arrays that compiled code runs number
by number, and `compiled_as` for the few whose fastest forms differ. `compile_kernel` makes the compiled twin of an
entry point.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np

try:
    import numba
    from numba.extending import overload, register_jitable
except ImportError:  # the extra `fast` is not installed: everything works, slower
    numba = None

Function = TypeVar("Function", bound=Callable[..., Any])

AVAILABLE = numba is not None
_OPTIONS: dict[str, Any] = {"error_model": "numpy"}
_INLINED = {**_OPTIONS, "forceinline": True}  # small enough for the compiler to join loops over them


def kernel(function: Function) -> Function:
    """Let compiled functions call this one too."""
    return cast(Function, register_jitable(**_OPTIONS)(function)) if AVAILABLE else function


def inlined(function: Function) -> Function:
    """Let compiled functions contain this small one."""
    return cast(Function, register_jitable(**_INLINED)(function)) if AVAILABLE else function


def compiled_as(twin: Callable[..., Any]) -> Callable[[Function], Function]:
    """Let compiled functions run `twin` where Python runs the decorated function: same arguments, same result."""

    def decorate(function: Function) -> Function:
        if AVAILABLE:
            overload(function, jit_options=_INLINED, strict=False)(lambda *types: twin)
        return function

    return decorate


def elementwise(function: Function) -> Function:
    """Let compiled functions apply this function of one array to each number, into a second array, or to a number."""
    if AVAILABLE:
        copy = FunctionType(function.__code__, function.__globals__, function.__name__)
        scalar = register_jitable(**_INLINED)(copy)

        def loop(x: Any) -> Any:
            result = np.empty_like(x)
            flat, source = result.reshape(-1), x.reshape(-1)
            for i in range(source.size):
                flat[i] = scalar(source[i])
            return result

        overload(function, jit_options=_OPTIONS, strict=False)(
            lambda x: loop if isinstance(x, numba.types.Array) else copy
        )
    return function


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

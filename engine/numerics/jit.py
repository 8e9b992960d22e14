"""The one switch between plain NumPy and compiled code: the same functions, with Numba or without.

`kernel` marks a function that both worlds share. Called from Python it runs as written; called from a compiled
function it is compiled with it. `elementwise` does the same for a function of arrays that compiled code runs number
by number, and `compiled_as` for the few whose fastest forms differ. `borrowed` has compiled code not count who holds an
array. `compile_kernel` makes the compiled twin of an entry point.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np

try:
    import numba
    from numba.core import cgutils
    from numba.extending import intrinsic, overload, register_jitable
except ImportError:  # the extra `fast` is not installed: everything works, slower
    numba = None

Function = TypeVar("Function", bound=Callable[..., Any])
Arguments = TypeVar("Arguments", bound=tuple[Any, ...])

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


def borrowed(arguments: Arguments) -> Arguments:
    """Return an entry point's arguments, (named) tuples of arrays and numbers, as they are.

    In compiled code the arrays count no references: their caller holds them for as long as the entry point runs. Each
    view of a layer costs two atomic counts else, which on small networks take longer than the arithmetic.
    """
    return arguments


if AVAILABLE:

    def _uncounted(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        if isinstance(kind, numba.types.BaseTuple):
            for place, part in enumerate(kind):
                inner = _uncounted(context, builder, part, builder.extract_value(value, place))
                value = builder.insert_value(value, inner, place)
        elif isinstance(kind, numba.types.Array):
            array = cgutils.create_struct_proxy(kind)(context, builder, value=value)
            array.meminfo = cgutils.get_null_value(array.meminfo.type)
            value = array._getvalue()
        return value

    @intrinsic  # type: ignore[untyped-decorator]
    def _lent(typing: Any, arguments: Any) -> Any:
        return arguments(arguments), lambda context, builder, signature, values: _uncounted(
            context, builder, signature.args[0], values[0]
        )

    overload(borrowed, strict=False)(lambda arguments: lambda arguments: _lent(arguments))


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

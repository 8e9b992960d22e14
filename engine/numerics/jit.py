"""Switch between plain NumPy and code compiled by Numba, with one set of functions for both.

- `kernel` marks a function for both: Python runs it as written, and compiled code compiles it.
- `inlined` is `kernel` for a small function that compiled code should inline.
- `elementwise` marks a function of one array that compiled code runs number by number.
- `compiled_as` gives compiled code another implementation, for the few functions whose fastest forms differ.
- `borrowed` switches off reference counting for an entry point's arrays. Read its warning before using it.
- `compile_kernel` returns the compiled twin of an entry point.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np

try:
    import numba
    from numba.core import cgutils
    from numba.extending import intrinsic, overload, register_jitable
except ImportError:  # without the extra `fast` everything works, only slower
    numba = None

Function = TypeVar("Function", bound=Callable[..., Any])
Arguments = TypeVar("Arguments", bound=tuple[Any, ...])

AVAILABLE = numba is not None
_OPTIONS: dict[str, Any] = {"error_model": "numpy"}
_INLINED = {**_OPTIONS, "forceinline": True}  # lets the compiler fuse and vectorize loops over small functions


def kernel(function: Function) -> Function:
    """Let compiled functions call this function too."""
    return cast(Function, register_jitable(**_OPTIONS)(function)) if AVAILABLE else function


def inlined(function: Function) -> Function:
    """Let compiled functions inline this small function."""
    return cast(Function, register_jitable(**_INLINED)(function)) if AVAILABLE else function


def compiled_as(twin: Callable[..., Any]) -> Callable[[Function], Function]:
    """Let compiled functions run `twin` in place of the decorated function: same arguments, same result."""

    def decorate(function: Function) -> Function:
        if AVAILABLE:
            overload(function, jit_options=_INLINED, strict=False)(lambda *types: twin)
        return function

    return decorate


def elementwise(function: Function) -> Function:
    """Let compiled functions apply this function of one array to each number of an array, or to a single number."""
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
    """Return an entry point's arguments, (named) tuples of arrays and numbers, without reference counting.

    Compiled code otherwise counts references atomically for each view of a layer, which costs small networks more
    than the arithmetic. The caller keeps the arrays alive while the entry point runs, so counting is not needed.

    WARNING: a borrowed array, or a view of one, must not outlive the call. Do not return it and do not store it in a
    container that is returned: its memory may be freed while somebody still reads it (use after free), silently. An
    entry point that borrows may therefore return numbers only; a test checks the compiled signatures.
    """
    return arguments


if AVAILABLE:

    def _uncounted(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        """Set `meminfo`, Numba's private pointer to the owner of an array, to null in all arrays of a tuple.

        Numba skips counting for a null owner. If Numba renames the field, compilation fails with an error.
        """
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
    """Return the compiled twin of an entry point; it releases the GIL and caches its machine code on disk.

    Without a writable folder every process compiles it again. Raises RuntimeError without Numba.
    """
    if not AVAILABLE:
        raise RuntimeError("compiled kernels need Numba: install neural-playground[fast]")
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # Numba found no writable place for its cache
        return cast(Function, numba.njit(**options)(function))

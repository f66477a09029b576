"""Sixty-four numbers at a time, beside one another: the few things that a processor does in one go and numba does not say.

Each is a function of Python that says what it does, and beside it what numba compiles in its place.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

LANES: Final = 64

_Code = tuple[Any, Callable[..., Any]]
"""The signature of an intrinsic, and what writes its code."""
_FLOATS: Final = ir.VectorType(ir.FloatType(), LANES)
_ALLOCATED: Final[Callable[..., Any]] = cgutils.alloca_once
_WHICH: Final = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
"""Zeros, so that a shuffle takes the first of its numbers for all lanes. (A list of them crashes llvmlite.)"""
_MAXIMUM: Final = "llvm.vector.reduce.fmax.v64f32"
_FETCH: Final = "llvm.prefetch.p0i8"
_TO_BE_READ: Final = (0, 3, 1)
"""Read, often, as data."""


def at_least(numbers: Annotated[NDArray[np.float32], "any"], start: int, least: float) -> int:
    """Bit l of the result says whether `numbers[start + l]` is at least so much, for l from 0 to 63."""
    bits = np.packbits(numbers[start : start + LANES] >= np.float32(least), bitorder="little")
    return int(bits.view(np.int64)[0])


def highest(numbers: Annotated[NDArray[np.float32], LANES]) -> float:
    """The highest of 64 numbers, none of them NaN."""
    return float(numbers.max())


def raise_tops(tops: Annotated[NDArray[np.float32], LANES], numbers: Annotated[NDArray[np.float32], "padded"]) -> None:
    """Raise each of 64 numbers to the highest of every 64th number, none of them NaN."""
    np.maximum(tops, numbers.reshape(-1, LANES).max(axis=0, initial=-np.inf), out=tops)


def count_bits(mask: int) -> int:
    """How many of the 64 bits are set."""
    return (mask & (2**LANES - 1)).bit_count()


def lowest_bit(mask: int) -> int:
    """The place of the lowest bit that is set; one is."""
    return (mask & -mask).bit_length() - 1


def without_lowest(mask: int) -> int:
    """The mask without that bit."""
    rest = mask & (mask - 1) & (2**LANES - 1)
    return rest - 2**LANES if rest >= 2 ** (LANES - 1) else rest


def touch(numbers: NDArray[Any], place: int) -> None:
    """Have a processor fetch the number at a place of all of an array's numbers, which is soon asked for. Nothing shows of it."""


def _write_at_least(_typing: Any, numbers: Any, _start: Any, _least: Any) -> _Code:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, first, limit = arguments
        data = context.make_array(signature.args[0])(context, builder, array).data
        pointer = builder.bitcast(builder.gep(data, [first]), _FLOATS.as_pointer())
        one = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), limit, ir.Constant(ir.IntType(32), 0))
        limits = builder.shuffle_vector(one, ir.Constant(_FLOATS, ir.Undefined), _WHICH)
        return builder.bitcast(builder.fcmp_ordered(">=", builder.load(pointer, align=4), limits), ir.IntType(LANES))

    return types.int64(numbers, types.int64, types.float32), code


def _write_highest(_typing: Any, numbers: Any) -> _Code:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        values = builder.load(builder.bitcast(data, _FLOATS.as_pointer()), align=4)
        maximum = builder.module.globals.get(_MAXIMUM)
        if maximum is None:
            maximum = ir.Function(builder.module, ir.FunctionType(ir.FloatType(), [_FLOATS]), name=_MAXIMUM)
        return builder.call(maximum, [values], fastmath=("nnan", "nsz"))

    return types.float32(numbers), code


def _write_raise_tops(_typing: Any, tops: Any, numbers: Any) -> _Code:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes, array = (
            context.make_array(kind)(context, builder, each) for kind, each in zip(signature.args, arguments, strict=True)
        )
        into = builder.bitcast(lanes.data, _FLOATS.as_pointer())
        blocks = builder.udiv(array.nitems, ir.Constant(array.nitems.type, LANES))
        data, highest_yet = builder.bitcast(array.data, _FLOATS.as_pointer()), _ALLOCATED(builder, _FLOATS)
        builder.store(builder.load(into, align=4), highest_yet)
        with cgutils.for_range(builder, blocks) as block:
            # In registers all along: to write and read them again for each block takes longer than all the rest.
            ours, theirs = builder.load(highest_yet), builder.load(builder.gep(data, [block.index]), align=4)
            builder.store(builder.select(builder.fcmp_ordered(">", theirs, ours), theirs, ours), highest_yet)
        builder.store(builder.load(highest_yet), into, align=4)
        return context.get_dummy_value()

    return types.void(tops, numbers), code


def _write_count_bits(_typing: Any, _mask: Any) -> _Code:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), code


def _write_lowest_bit(_typing: Any, _mask: Any) -> _Code:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), code


def _write_touch(_typing: Any, numbers: Any, _place: Any) -> _Code:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, place = arguments
        byte = ir.IntType(8).as_pointer()
        pointer = builder.bitcast(builder.gep(context.make_array(signature.args[0])(context, builder, array).data, [place]), byte)
        fetch = builder.module.globals.get(_FETCH)
        if fetch is None:
            fetch = ir.Function(builder.module, ir.FunctionType(ir.VoidType(), [byte, *[ir.IntType(32)] * 3]), name=_FETCH)
        builder.call(fetch, [pointer, *(ir.Constant(ir.IntType(32), each) for each in _TO_BE_READ)])
        return context.get_dummy_value()

    return types.void(numbers, types.int64), code


_at_least: Final[Any] = intrinsic(_write_at_least)
_highest: Final[Any] = intrinsic(_write_highest)
_count_bits: Final[Any] = intrinsic(_write_count_bits)
_lowest_bit: Final[Any] = intrinsic(_write_lowest_bit)
_raise_tops: Final[Any] = intrinsic(_write_raise_tops)
_touch: Final[Any] = intrinsic(_write_touch)

# numba asks with the arguments' types and gets what it compiles; both must name the arguments alike, without annotations.
overload(at_least)(lambda numbers, start, least: lambda numbers, start, least: _at_least(numbers, start, np.float32(least)))
overload(highest)(lambda numbers: lambda numbers: _highest(numbers))
overload(raise_tops)(lambda tops, numbers: lambda tops, numbers: _raise_tops(tops, numbers))
overload(count_bits)(lambda mask: lambda mask: _count_bits(mask))
overload(lowest_bit)(lambda mask: lambda mask: _lowest_bit(mask))
overload(without_lowest)(lambda mask: lambda mask: mask & (mask - 1))
overload(touch)(lambda numbers, place: lambda numbers, place: _touch(numbers, np.int64(place)))

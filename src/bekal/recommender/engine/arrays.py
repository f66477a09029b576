"""Arrays that nobody can change: every container and model of the engine keeps its own read-only copy of what it was given."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integer = TypeVar("Integer", bound=np.signedinteger[Any])


def frozen_integers(values: ArrayLike, dtype: type[Integer], *, axes: int, name: str) -> NDArray[Integer]:
    """A read-only, contiguous copy of whole numbers with this many axes.

    Raises:
        ValueError: not whole numbers, too large for `dtype`, or another number of axes; the message begins with `name`.
    """
    array = np.asarray(values)
    if array.ndim != axes:
        raise ValueError(f"{name} must have {axes} axes, not {array.ndim}")
    if array.size:
        if array.dtype.kind not in "iu":
            raise ValueError(f"{name} must be whole numbers, not {array.dtype}")
        limits = np.iinfo(dtype)
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise ValueError(f"{name} must fit {limits.dtype}")
    frozen = np.array(array, dtype=dtype, order="C")
    frozen.flags.writeable = False
    return frozen


def frozen_floats(values: ArrayLike, *, axes: int, name: str) -> NDArray[np.float64]:
    """A read-only, contiguous copy of finite float64 numbers with this many axes.

    Raises:
        ValueError: not numbers, not finite, or another number of axes; the message begins with `name`.
    """
    frozen = np.array(values, dtype=np.float64, order="C")
    if frozen.ndim != axes:
        raise ValueError(f"{name} must have {axes} axes, not {frozen.ndim}")
    if not np.isfinite(frozen).all():
        raise ValueError(f"{name} must be finite")
    frozen.flags.writeable = False
    return frozen

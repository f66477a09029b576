"""Compiling kernels, and keeping their machine code for the next process.

numba compiles a kernel again when the kernel's own file was changed, but its machine code holds all that it calls, from other
files too. So what is kept lies in a folder named by a digest of all files of this one: where any of them differs, so does the
name, and nothing stale can be read. That holds as long as kernels use nothing of Bekal but what lies in this folder.
"""

import inspect
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, ParamSpec, Self, TypeVar

import numba
from numba.core import caching, types

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_FOLDER: Final = "bekal-kernels-"


def compiled(kernel: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Compile on the first call; keep the machine code beside the source, or else in the user's cache folder, or in memory.

    Kernels let go of Python's lock, so threads run them side by side without a thread pool of numba's, which would not bear
    requests or workers that start such loops at the same time.
    """
    return _compiled(kernel, forceinline=False)


def inlined(kernel: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """The same for what takes many arrays: in its callers it is no call, for which each of them would be handed over in full."""
    return _compiled(kernel, forceinline=True)


def _compiled(kernel: Callable[_Arguments, _Result], **more: bool) -> Callable[_Arguments, _Result]:
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, **more}
    dispatcher: Any = numba.njit(**options)(kernel)
    dispatcher.get_call_template = partial(_as_any_value, dispatcher.get_call_template)
    with suppress(RuntimeError):
        dispatcher._cache = _Cache(kernel)  # what `cache=True` does
    made: Callable[_Arguments, _Result] = dispatcher
    return made


def _as_any_value(template: Callable[..., Any], args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
    """What a kernel is to its caller: not compiled once more for each constant that it is called with."""
    return template(tuple(types.unliteral(each) for each in args), kws)


@cache
def digest() -> str:
    """64 hexadecimal digits that follow from all files of this folder."""
    found = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        content = path.read_bytes()
        found.update(f"{path.name} {len(content)}\n".encode() + content)
    return found.hexdigest()


class _Locator(caching._CacheLocator):
    """The folder of the present digest, in the first place of numba's own that can be written."""

    def __init__(self, source: str, place: Path) -> None:
        self._py_file = source  # numba's warnings name it
        self._place = place

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Self | None:
        for places in (caching.UserProvidedCacheLocator, caching.InTreeCacheLocator, caching.UserWideCacheLocator):
            found = places.from_function(py_func, py_file)
            if found is not None:
                return cls(py_file, Path(found.get_cache_path()))
        return None

    def get_cache_path(self) -> str:
        return str(self._place / f"{_FOLDER}{digest()[:32]}")

    def get_source_stamp(self) -> str:
        return digest()

    def get_disambiguator(self) -> str:
        return "kernel"

    def ensure_cache_path(self) -> None:
        """Make the folder, and remove those of other versions of the kernels."""
        folder = Path(self.get_cache_path())
        if not folder.is_dir():
            for other in self._place.glob(f"{_FOLDER}*"):
                shutil.rmtree(other, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)


class _Files(caching.CompileResultCacheImpl):
    def __init__(self, kernel: Callable[..., Any]) -> None:
        """Not as numba's own: an environment variable must not choose another locator, which would know nothing of the digest.

        Raises:
            RuntimeError: no folder can be written.
        """
        source = inspect.getfile(kernel)
        locator = _Locator.from_function(kernel, source)
        if locator is None:
            raise RuntimeError("no folder can be written")
        self._lineno = kernel.__code__.co_firstlineno
        self._locator = locator
        self._filename_base = self.get_filename_base(f"{Path(source).stem}.{kernel.__name__}", sys.abiflags)


class _Cache(caching.FunctionCache):
    _impl_class = _Files

    def save_overload(self, sig: Any, data: Any) -> None:
        # The disk may be full, or a process of another version may have removed the folder: then memory has to do.
        with suppress(OSError):
            super().save_overload(sig, data)

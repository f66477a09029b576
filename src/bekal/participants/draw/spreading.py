"""Spreading work over the processors: one pure function for block after block, in helper processes.

A draw of millions hashes for a minute, which Python does on one processor. Helpers are started as programs of their own, which
is safe from any process, whatever threads and connections it has; they have neither Django nor a database.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, Final, TypeVar

T = TypeVar("T")
_Helper = subprocess.Popen[bytes]


class HelperEnded(RuntimeError):
    """A helper ended before it had an answer; what it said of that is on standard error."""


WORTHWHILE: Final = 64
"""Fewer calls are done before helpers would have started."""
_MOST_HELPERS: Final = 4


def spread(work: Callable[..., T], calls: Iterable[tuple[Any, ...]], *, count: int) -> Iterator[T]:
    """What a function gives for each of the calls, in their order; a few calls ahead of what was taken.

    Args:
        work: of a module, so that a helper finds it by name; it changes nothing.
        calls: its arguments.
        count: how many calls there are, about.
    """
    helpers = min(os.cpu_count() or 1, _MOST_HELPERS)
    if count < WORTHWHILE or helpers == 1:
        for call in calls:
            yield work(*call)
        return
    with _helpers(helpers) as free, ThreadPoolExecutor(helpers) as pool:
        asked: deque[Future[T]] = deque()
        for call in calls:
            asked.append(pool.submit(_ask, free, work, call))
            if len(asked) > 2 * helpers:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()


@contextmanager
def _helpers(count: int) -> Iterator["SimpleQueue[_Helper]"]:
    command = [sys.executable, "-m", "bekal.participants.draw.spreading"]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(count)]
    free: SimpleQueue[_Helper] = SimpleQueue()
    for helper in started:
        free.put(helper)
    try:
        yield free
    finally:
        for helper in started:
            helper.kill()
            helper.communicate()


def _ask(free: "SimpleQueue[_Helper]", work: Callable[..., T], call: tuple[Any, ...]) -> T:
    helper = free.get()
    try:
        if helper.stdin is None or helper.stdout is None:
            raise RuntimeError("a helper has no pipes")
        pickle.dump((work, call), helper.stdin, protocol=5)
        helper.stdin.flush()
        # Nobody else writes into these pipes.
        result: T = pickle.load(helper.stdout)  # noqa: S301
        return result
    except (EOFError, BrokenPipeError) as error:
        raise HelperEnded(work.__name__) from error
    finally:
        free.put(helper)


def _help() -> None:
    """Do what comes on standard input until it ends."""
    while True:
        try:
            work, call = pickle.load(sys.stdin.buffer)  # noqa: S301
        except EOFError:
            return
        pickle.dump(work(*call), sys.stdout.buffer, protocol=5)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _help()

"""Who is let in next: a thread is held for as long as a page is made, so no one cause may hold all of them."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

THREADS: Final = 16
"""As many as can wait for the database at once; a processor is busy with a few."""
WRITING_THREADS: Final = THREADS // 2
"""So that who only reads still gets one where many wait to write the same row."""
THREADS_EACH: Final = 2
"""So many at once for one login, whose requests may all wait for that person's row."""
WRITING_THREADS_EACH: Final = 1
"""What one person writes waits for what that person wrote before anyway; so a few logins leave threads to others who write."""
MOST_WAITING: Final = 512
MOST_WRITING_WAITING: Final = MOST_WAITING // 2
MOST_WAITING_EACH: Final = 32
"""Of one login. Neither it nor those who write may keep others from waiting for a moment."""
WAIT_SECONDS: Final = 6.0


class NoRoom(Exception):
    """Too many wait already, or this one has waited for too long."""


@dataclass(slots=True)
class _Queue:
    """The requests of one login."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(THREADS_EACH))
    writing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WRITING_THREADS_EACH))
    members: int = 0

    def gates(self, *, writes: bool) -> list[asyncio.Semaphore]:
        return [self.writing, self.places] if writes else [self.places]


class Admission:
    """Lets requests in, each in its turn. Of one event loop."""

    def __init__(self) -> None:
        self._threads = asyncio.Semaphore(THREADS)
        self._writing = asyncio.Semaphore(WRITING_THREADS)
        self._waiting = self._writing_waiting = 0
        self._each: defaultdict[str, _Queue] = defaultdict(_Queue)

    @asynccontextmanager
    async def admitted(self, *, writes: bool, who: str | None) -> AsyncIterator[None]:
        """Wait for a thread and hold it for the length of the block.

        Args:
            writes: whether the request may change something.
            who: what the requests of one login have in common; None where there is no login.

        Raises:
            NoRoom: within `WAIT_SECONDS` none became free, or too many wait.
        """
        with self._queue_of(who) as own:
            gates = [*(own.gates(writes=writes) if own else ()), *([self._writing] if writes else ()), self._threads]
            passed: list[asyncio.Semaphore] = []
            try:
                await self._pass(gates, passed, writes=writes)
                yield
            finally:
                for gate in reversed(passed):
                    gate.release()

    async def _pass(self, gates: list[asyncio.Semaphore], passed: list[asyncio.Semaphore], *, writes: bool) -> None:
        if self._waiting >= MOST_WAITING or (writes and self._writing_waiting >= MOST_WRITING_WAITING):
            raise NoRoom
        self._waiting += 1
        self._writing_waiting += writes
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                for gate in gates:
                    await gate.acquire()
                    passed.append(gate)
        except TimeoutError as error:
            raise NoRoom from error
        finally:
            self._waiting -= 1
            self._writing_waiting -= writes

    @contextmanager
    def _queue_of(self, who: str | None) -> Iterator[_Queue | None]:
        if who is None:
            yield None
            return
        queue = self._each[who]
        if queue.members >= THREADS_EACH + MOST_WAITING_EACH:
            raise NoRoom
        queue.members += 1
        try:
            yield queue
        finally:
            queue.members -= 1
            if queue.members == 0:
                del self._each[who]

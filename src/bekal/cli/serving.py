"""Serving the site: processes for pages and one for background work, started again when they end."""

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import IO, Final

from django.conf import settings

from bekal.cli.errors import PortTaken, SiteDoesNotStart
from bekal.cli.output import waiting_bar

_log: Final = logging.getLogger(__name__)

PAGE_PROCESSES: Final = 2
_LOOK_SECONDS: Final = 0.2
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0
_ALONE_PAUSE_SECONDS: Final = 1.0
"""Until there is a process that makes pages again: nobody is answered meanwhile."""
_LIVED_SECONDS: Final = 20.0
"""A process that ran for that long did not end because it cannot start."""
_PATIENCE_SECONDS: Final = 10.0
_START_SECONDS: Final = 300.0
_MOST_FAILURES: Final = 3


@dataclass(slots=True)
class _Service:
    """One process, and how often in a row it ended soon after its start."""

    name: str
    arguments: list[str]
    settings: str
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0


def require_free(address: str, port: int) -> None:
    """Find out before the work, not after it, that the port is taken.

    Raises:
        PortTaken: it is, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError as error:
            raise PortTaken(address=address, port=port, reason=error.strerror) from error


def compile_kernels(warm_up: Callable[[], None]) -> None:
    """Compile the recommender's loops once, before the processes that all need them; later starts find them on disk."""
    with waiting_bar("Compiling the recommender's loops"):
        warm_up()


@contextmanager
def served(*, address: str, port: int, log: IO[str] | None = None) -> Iterator["Supervisor"]:
    """Start the processes of a site, and end them at the end of the block.

    Args:
        log: where the processes write; standard output by itself.
    """
    supervisor = Supervisor(address=address, port=port, log=log)
    try:
        supervisor.start()
        yield supervisor
    finally:
        supervisor.stop()


class Supervisor:
    """Keeps the processes of a site running."""

    def __init__(self, *, address: str, port: int, log: IO[str] | None) -> None:
        self._address, self._port, self._log = address, port, log
        own = str(os.getpid())
        page = ["bekal.config.site", "--address", address, "--port", str(port), "--parent", own]
        work = ["bekal.config.main", "worker", "--parent", own]
        self._pages = [_Service(f"pages {number + 1}", page, "bekal.config.site_settings") for number in range(PAGE_PROCESSES)]
        self._services = [*self._pages, _Service("worker", work, "bekal.config.service_settings")]

    def start(self) -> None:
        """Start one process of pages; all others come when it answers, so that nobody waits for them."""
        self._look(self._pages[:1])

    def wait(self) -> None:
        """Return once pages are answered.

        Raises:
            SiteDoesNotStart: its processes end again and again.
        """
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            self._look(self._pages[:1])
            if self._pages[0].failures >= _MOST_FAILURES or time.monotonic() > deadline:
                raise SiteDoesNotStart
            time.sleep(_LOOK_SECONDS / 4)

    def watch(self) -> None:
        """Start again whatever ends, until this process is told to end."""
        while True:
            self._look(self._services)
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """End everything; what does not end by itself in time is killed."""
        running = [service.process for service in self._services if service.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _look(self, services: Sequence[_Service]) -> None:
        now = time.monotonic()
        for service in services:
            if service.process is None:
                if now >= service.due:
                    self._launch(service)
            elif (status := service.process.poll()) is not None:
                lived = now - service.started
                service.failures = 0 if lived > _LIVED_SECONDS else service.failures + 1
                service.process = None
                longest = _ALONE_PAUSE_SECONDS if self._is_missed(service, now) else _LONGEST_PAUSE_SECONDS
                pause = min(_FIRST_PAUSE_SECONDS * 2 ** max(0, service.failures - 1), longest)
                service.due = now + pause
                _log.error("%s ended with status %s; started again in %.1f s", service.name, status, pause)

    def _is_missed(self, service: _Service, now: float) -> bool:
        """Whether a process ended without which none makes pages, nor will soon."""
        others = [page for page in self._pages if page is not service]
        soon = now + _ALONE_PAUSE_SECONDS
        return all(page.process is None and page.due > soon for page in others)

    def _launch(self, service: _Service) -> None:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": service.settings}
        # Standard input is nobody's: several processes would share it.
        service.process = subprocess.Popen(
            [sys.executable, "-m", *service.arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        service.started = time.monotonic()

    def _answers(self) -> bool:
        with closing(HTTPConnection(_reachable(self._address), self._port, timeout=5)) as connection:
            try:
                connection.request("GET", "/healthz", headers={"Host": _own_host()})
                return connection.getresponse().status == HTTPStatus.OK
            except (OSError, HTTPException):
                return False


def _own_host() -> str:
    """A host name that the site answers to."""
    host = str(settings.ALLOWED_HOSTS[0]).lstrip(".")
    return "127.0.0.1" if host == "*" else host


def _reachable(address: str) -> str:
    """Where this machine finds what listens on an address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - compared, not bound to

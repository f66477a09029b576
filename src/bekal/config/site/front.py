"""What every request meets first: its body is read before a thread is taken, bounded in size and time.

A thread of Python is what a page costs, and there are few. Who sends slowly, or too much, never gets one; who would wait for what
many wait for leaves some to the others (`bekal.config.site.admission`).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, Protocol
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import parse_cookie

from bekal.config.site.admission import THREADS, Admission, NoRoom
from bekal.config.site.environ import Scope, environ_of
from bekal.core.errors import BekalError
from bekal.web.bodies import MOST_BODY_BYTES, most_bytes
from bekal.web.errors import REQUEST_ID, BodyBroken, BodyTooLarge, BodyTooSlow, Fault, Refusal, SiteBusy, refusal
from bekal.web.middleware import ROUTE

BODY_SECONDS: Final = 20.0
"""For a whole body; the slowest telephone networks bring the largest in less."""
MOST_LARGE_BODIES: Final = 16
"""Read at once by one process: 16 MiB."""
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_access: Final = structlog.get_logger("bekal.access")
_errors: Final = structlog.get_logger("bekal.site")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Answering(Protocol):
    """The server's side of a request, as RSGI has it."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


class Front:
    """The application that the HTTP server calls (RSGI)."""

    def __init__(self, application: Application, *, body_seconds: float = BODY_SECONDS) -> None:
        self._application = application
        self._body_seconds = body_seconds
        self._large_bodies = 0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self._admission: Admission | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._admission = Admission()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __rsgi__(self, scope: Scope, answering: Answering) -> None:
        began = time.perf_counter()
        request_id = uuid4().hex
        environ: dict[str, Any] = {}
        try:
            body = await self._read(scope, answering)
            environ = environ_of(scope, body) | {REQUEST_ID: request_id}
            answer = await self._answered(scope, environ)
        except BekalError as error:
            answer = _refused(error, scope)
        except Exception as error:
            _errors.error("the front door failed", request_id=request_id, exc_info=error)
            answer = _refused(Fault(), scope, request_id=request_id)
        headers = [*answer.headers, ("X-Request-ID", request_id)]
        if scope.method == "HEAD":
            headers.append(("Content-Length", str(len(answer.body))))
        if not environ:
            # The rest of the body is not waited for.
            headers.append(("Connection", "close"))
        with suppress(Exception):  # who asked may have gone
            answering.response_bytes(answer.status, headers, b"" if scope.method == "HEAD" else answer.body)
        _access.info(
            "request",
            request_id=request_id,
            method=scope.method if scope.method in _METHODS else "other",
            route=environ.get(ROUTE) or (settings.STATIC_URL if scope.path.startswith(settings.STATIC_URL) else None),
            status=int(answer.status),
            bytes=len(answer.body),
            milliseconds=round((time.perf_counter() - began) * 1000, 1),
        )

    async def _read(self, scope: Scope, answering: Answering) -> bytes:
        """The whole body; of those that may be large only a few at once, since they are held before a key is asked for."""
        most = most_bytes(scope.path)
        if most <= MOST_BODY_BYTES:
            return await _read(scope, answering, seconds=self._body_seconds, most=most)
        if self._large_bodies >= MOST_LARGE_BODIES:
            raise SiteBusy
        self._large_bodies += 1
        try:
            return await _read(scope, answering, seconds=self._body_seconds, most=most)
        finally:
            self._large_bodies -= 1

    async def _answered(self, scope: Scope, environ: dict[str, Any]) -> Refusal:
        if self._admission is None:
            raise RuntimeError("the server did not start this application")
        try:
            async with self._admission.admitted(writes=scope.method not in _READING, who=_who(scope)):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._called, environ)
        except NoRoom as error:
            raise SiteBusy from error

    def _called(self, environ: dict[str, Any]) -> Refusal:
        started: list[tuple[int, tuple[tuple[str, str], ...]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            started[:] = [(int(status.split(" ", 1)[0]), tuple(headers))]

        with structlog.contextvars.bound_contextvars(request_id=environ[REQUEST_ID]):
            answer = self._application(environ, start_response)
            try:
                body = b"".join(answer)
            finally:
                if (close := getattr(answer, "close", None)) is not None:
                    close()
        ((status, headers),) = started
        return Refusal(status=status, headers=_cleaned(headers), body=body)


_METHODS: Final = _READING | {"POST", "PUT", "PATCH", "DELETE"}


async def _read(scope: Scope, answering: Answering, *, seconds: float, most: int) -> bytes:
    """The whole body, which may have been announced or not."""
    announced = scope.headers.get("content-length")
    if announced is not None and announced.isdecimal() and int(announced) > most:
        raise BodyTooLarge(most_bytes=most)
    if announced in {None, "0"} and scope.headers.get("transfer-encoding") is None:
        return b""
    body, has_ended = bytearray(), False
    try:
        async with asyncio.timeout(seconds):
            async for chunk in answering:
                # Granian hands over an empty part at the end, and one more before it where a body without a length broke off.
                if has_ended:
                    raise BodyBroken
                has_ended = not chunk
                body += chunk
                if len(body) > most:
                    raise BodyTooLarge(most_bytes=most)
    except TimeoutError as error:
        raise BodyTooSlow from error
    except BekalError:
        raise
    except Exception as error:
        raise BodyBroken from error
    if announced is not None and len(body) != int(announced):
        raise BodyBroken
    return bytes(body)


def _refused(error: BekalError, scope: Scope, *, request_id: str | None = None) -> Refusal:
    language = _cookie(scope, settings.LANGUAGE_COOKIE_NAME)
    return refusal(error, path=scope.path, language=language, request_id=request_id)


def _cleaned(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers as they are sent: Django begins cookies with a space, and the server counts for itself."""
    return tuple((name, value.strip()) for name, value in headers if name.lower() != "content-length")


def _who(scope: Scope) -> str | None:
    """The login that a request comes with, where it asks for a page."""
    return None if scope.path.startswith(settings.STATIC_URL) else _cookie(scope, settings.SESSION_COOKIE_NAME)


def _cookie(scope: Scope, name: str) -> str | None:
    """A cookie as Django will read it, however many headers bring cookies."""
    return parse_cookie("; ".join(value for key, value in scope.headers.items() if key == "cookie")).get(name)

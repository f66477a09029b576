"""Bodies of requests that do not say how long they are.

A client may send a body in chunks, and then there is no Content-Length. Django reads as many bytes as that says: none. So what is
sent is counted before Django sees the request.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, Final

from django.conf import settings

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def with_lengths(application: Application) -> Application:
    """The application, told the length of every body; it needs a server that ends its input where the body ends.

    As much is read as Django takes, and a byte. What is longer is refused by Django as any other body that is too large: its
    length is stated, and nothing of it is handed on.
    """

    def measured(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if (
            environ.get("wsgi.input_terminated")
            and not environ.get("CONTENT_LENGTH")
            and environ["REQUEST_METHOD"] not in _WITHOUT_BODY
        ):
            body = _read(environ["wsgi.input"], most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["wsgi.input"] = BytesIO(body if len(body) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE else b"")
        return application(environ, start_response)

    return measured


def _read(source: Any, *, most: int) -> bytes:
    parts: list[bytes] = []
    left = most
    while left and (part := source.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)

"""From what the HTTP server hands over to what Django takes (PEP 3333)."""

import sys
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final, Protocol

HELD_UNDERSCORED: Final = "client_code"
"""The one header with an underscore that is let through: the partners' protocol has it.

Any other could pose as one with a hyphen, such as those that only a proxy may send.
"""


class Headers(Protocol):
    def items(self) -> Iterable[tuple[str, str]]: ...
    def get(self, key: str, default: str | None = None) -> str | None: ...


class Scope(Protocol):
    """A request without its body, as RSGI has it."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> Headers: ...


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """The WSGI environment of a request whose body has come as a whole, however it was sent."""
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = _key(name)
        if key is not None:
            joint = "; " if key == "HTTP_COOKIE" else ","
            environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ


def _key(name: str) -> str | None:
    if name in {"content-length", "transfer-encoding"}:
        return None
    if name == "content-type":
        return "CONTENT_TYPE"
    if "_" in name and name != HELD_UNDERSCORED:
        return None
    if name == HELD_UNDERSCORED.replace("_", "-"):
        return None
    return f"HTTP_{name.upper().replace('-', '_')}"

"""The HTTP server in front of an application."""

import os
import resource
from typing import Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from bekal.config.site.ending import end_with
from bekal.core.logs import logging_config

PROCESS: Final = "BEKAL_SITE_PROCESS"
"""The environment variable by which the process of an application knows that of its server."""
HEADER_SECONDS: Final = 10
"""For the head of a request, and for a connection between two of them."""
_CONNECTIONS: Final = 4_096
_OTHER_FILES: Final = 256
_PATIENCE_SECONDS: Final = 8


def serve(application: str, *, address: str, port: int, parent: int, header_seconds: int = HEADER_SECONDS) -> None:
    """Serve an application (RSGI, `module:name`) until this process is told to end or `parent` ends."""
    end_with(parent)
    _allow_connections()
    os.environ[PROCESS] = str(os.getpid())
    Server(
        application,
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        workers=1,
        # HTTP/2 would let one connection ask for hundreds of pages at once; a proxy in front speaks 1.1 to what is behind it.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=header_seconds * 1000),
        websockets=False,
        backpressure=_CONNECTIONS,
        log_level=LogLevels.warning,
        log_dictconfig=logging_config(),
        workers_kill_timeout=_PATIENCE_SECONDS,
    ).serve()


def _allow_connections() -> None:
    """Each connection is a file. Most systems let a process open 1,024 unless it asks for more: so few slow ones would be all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

"""An application that answers with what it was given, behind the front door of the site."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import django

from bekal.config.site.ending import end_with
from bekal.config.site.front import Front
from bekal.config.site.server import PROCESS, serve


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/wait":
        time.sleep(float(environ["QUERY_STRING"]))
    if path == "/fault":
        raise LookupError("sari@example.org has no account 6281234567890")
    body = environ["wsgi.input"].read()
    told = {name: value for name, value in environ.items() if name.isupper()}
    start_response("200 OK", [("Content-Type", "application/json"), ("Set-Cookie", " a=1"), ("Set-Cookie", " b=2")])
    return [json.dumps({"environ": told, "body": body.decode("latin-1")}).encode()]


if PROCESS in os.environ:
    django.setup()
    front = Front(echo, body_seconds=1.5)
    end_with(int(os.environ[PROCESS]))

if __name__ == "__main__":
    # So few files as a shell or a service manager may allow, before the server asks for more.
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    serve("tests.config.site.echo:front", address="127.0.0.1", port=int(sys.argv[1]), parent=os.getppid(), header_seconds=1)

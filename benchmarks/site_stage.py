"""A programme that is served as a real one is: the supervisor with its pages and its worker, in front of a durable PostgreSQL.

Run as a script, it is that supervisor: it serves the database of DATABASE_URL on a port until it is told to end.
"""

import logging.config
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fault_stage import ACCEPTED_ON, at

if TYPE_CHECKING:
    from bekal.participants.models import Enrolment

TODAY: Final = ACCEPTED_ON.replace(day=10)
PASSWORD: Final = "bekal-in-a-benchmark"  # noqa: S105
DATABASE: Final = "site"
TEMPLATE: Final = "site_granted"
"""What each database of a served site is a copy of."""
PRICES_IDR: Final = tuple(range(20_000, 140_000, 10_000))
"""Of the trainings; a granted balance buys each once."""
_START_SECONDS: Final = 600
_ANSWER_SECONDS: Final = 40
_CSRF: Final = "b" * 32


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    enrolment: int
    number: int
    email: str
    session: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, or status 0 where nothing did."""

    status: int
    body: str = ""
    location: str = ""
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """One purchase as one form asks for it, however often the form is sent."""

    person: Person
    code: str
    price_idr: int
    key: UUID = field(default_factory=uuid4)


def prepare_people(count: int, *, prices_idr: Sequence[int] = PRICES_IDR) -> list[Person]:
    """In the database in use: a wave of people with their money, a login and a session each; a training of each price."""
    from bekal.core.services import start_demo_clock
    from bekal.participants.models import Enrolment
    from dashboard_stage import sessions
    from fault_stage import prepare

    prepare(people=count, prices_idr=prices_idr)
    enrolments = list(Enrolment.objects.select_related("participant", "wave").order_by("pk"))
    with at(TODAY):
        keys = sessions(enrolments, ahead=True)
    start_demo_clock(day=TODAY)
    return [_person(enrolment, key) for enrolment, key in zip(enrolments, keys, strict=True)]


def _person(enrolment: "Enrolment", session: str) -> Person:
    user = enrolment.participant.user
    assert user is not None
    assert user.email is not None
    return Person(enrolment.pk, enrolment.number, user.email, session)


@contextmanager
def served(url: str, *, log: Path, **variables: str) -> Iterator["Site"]:
    """Serve a database in processes of their own, with these environment variables; what they say goes into a file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "bekal.config.service_settings", **variables}
    with log.open("a") as file:
        door = subprocess.Popen([sys.executable, __file__, str(port)], env=environment, stdout=file, stderr=file)
    site = Site(port=port, pid=door.pid)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while site.ask("GET", "/healthz").status != 200:
            if door.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the site does not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield site
    finally:
        door.terminate()
        door.wait()


@dataclass(frozen=True, slots=True)
class Site:
    """A served site, asked as browsers ask it: by one connection a request, and forms with the two halves of their token."""

    port: int
    pid: int

    def ask(
        self,
        method: str,
        path: str,
        *,
        person: Person | None = None,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
    ) -> Reply:
        """Ask once."""
        body = None if fields is None else urlencode({**fields, "csrfmiddlewaretoken": _CSRF})
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)) as connection:
                connection.request(method, path, body=body, headers=self._headers(person, headers, cookies, body is not None))
                answer = connection.getresponse()
                text = answer.read().decode()
        except (OSError, HTTPException):
            return Reply(0)
        given = [cookie.partition(";")[0].partition("=") for cookie in answer.headers.get_all("Set-Cookie") or []]
        return Reply(answer.status, text, answer.getheader("Location", ""), {name: value for name, _, value in given})

    def order(self, order: Order) -> Reply:
        """Send the form of a purchase once."""
        return self.ask("POST", order_path(order), person=order.person, fields=order_fields(order))

    def open_form(self, order: Order) -> bytes:
        """The head and the body of the request that `order` sends, as bytes."""
        body = urlencode({**order_fields(order), "csrfmiddlewaretoken": _CSRF}).encode()
        headers = self._headers(order.person, None, None, True) | {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Length": str(len(body)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {order_path(order)} HTTP/1.1\r\n{head}\r\n".encode() + body

    def balance_idr(self, person: Person) -> int:
        """What the person's first page says is left; -1 where it says nothing."""
        found = re.search(r'data-balance-idr="(\d+)"', self.ask("GET", "/", person=person).body)
        return int(found[1]) if found else -1

    def _headers(
        self, person: Person | None, headers: dict[str, str] | None, cookies: dict[str, str] | None, is_form: bool
    ) -> dict[str, str]:
        jar = {
            **({"sessionid": person.session} if person else {}),
            **({"csrftoken": _CSRF} if is_form else {}),
            **(cookies or {}),
        }
        return {
            **({"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}),
            **({"Content-Type": "application/x-www-form-urlencoded"} if is_form else {}),
            **(headers or {}),
        }


def order_path(order: Order) -> str:
    return f"/catalogue/{order.code}/buy/"


def order_fields(order: Order) -> dict[str, str]:
    return {"request_key": str(order.key), "price_idr": str(order.price_idr)}


def _serve(port: int) -> None:
    """As `bekal demo` serves a demo that is there; `bekal serve` would not, since only a demo's clock shows another day."""
    import django

    django.setup()
    from bekal.cli.serving import compile_kernels
    from bekal.cli.serving import served as supervised
    from bekal.core.logs import configure_events, logging_config
    from bekal.recommender.engine.batch import warm_up

    def end(*_: Any) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    configure_events()
    logging.config.dictConfig(logging_config())
    compile_kernels(warm_up)
    with supervised(address="127.0.0.1", port=port) as site:
        site.wait()
        site.watch()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

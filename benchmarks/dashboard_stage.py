"""A demo as anybody starts it, with many people logged in to it."""

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Final

from dashboard_load import Request

if TYPE_CHECKING:
    from bekal.participants.models import Enrolment

_SEED: Final = 1
_PATIENCE_SECONDS: Final = 120
_MANY: Final = 1_000
_TIMES: Final = 5


def build(participants: int) -> None:
    """Build the demo of BEKAL_HOME and publish its model."""
    subprocess.run([*_command(participants), "--no-serve"], check=True, env=_environment(), stdout=subprocess.DEVNULL)


@contextmanager
def served(participants: int) -> Iterator[int]:
    """Serve the demo that is there with `bekal demo`; yields the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [*_command(participants), "--port", str(port)]
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(process, port)
            yield port
        finally:
            process.terminate()


def visits(count: int) -> list[Request]:
    """The dashboards of people who have something to spend and have never opened it, each once while there are enough.

    They are logged in by sessions in the database: what is measured is the page, and a password takes longer by design.
    """
    people = _able_to_spend(count)
    requests = [
        Request(
            who=enrolment.pk,
            path="/",
            headers={"Cookie": f"sessionid={session}", "Accept-Encoding": "gzip"},
            expected=f'data-balance-idr="{balance_idr}"'.encode(),
        )
        for (enrolment, balance_idr), session in zip(people, _sessions([enrolment for enrolment, _ in people]), strict=True)
    ]
    return [requests[place % len(requests)] for place in range(count)]


def questions(count: int) -> list[Request]:
    """Questions to the API about such people, as a system would ask that knows them and what they have bought."""
    from bekal.access.keys import make_key
    from bekal.core import clock
    from bekal.participants.ages import age_years
    from bekal.participants.sealed import birth_date_of
    from bekal.purchases.queries import purchases_of

    headers = {"Authorization": f"Bearer {make_key(name='benchmark')}", "Content-Type": "application/json"}
    today = clock.today()
    requests = []
    for enrolment, balance_idr in _able_to_spend(count):
        person = enrolment.participant
        asked = {
            "balance_idr": balance_idr,
            "age": age_years(birth_date_of(person), today),
            "sex": person.sex,
            "education": person.education,
            "province": person.province,
            "history": [purchase.training.code for purchase in reversed(purchases_of(enrolment))],
        }
        requests.append(
            Request(
                who=enrolment.pk,
                path="/api/v1/recommendations",
                headers=headers,
                expected=b'"bundle"',
                body=json.dumps(asked).encode(),
            )
        )
    return [requests[place % len(requests)] for place in range(count)]


def many(requests: Sequence[Request], *, port: int) -> dict[str, object]:
    """Ask about the people of these questions in one call, 1,000 at most, five times; how long it took and how much was sent.

    Raises:
        RuntimeError: it was not answered, or not about everybody.
    """
    people = [json.loads(request.body or b"") for request in requests[:_MANY]]
    body = json.dumps({"people": people}).encode()
    seconds, answer = [], b""
    for _ in range(_TIMES):
        connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
        began = time.perf_counter()
        connection.request("POST", "/api/v1/recommendations/many", body, requests[0].headers)
        response = connection.getresponse()
        answer = response.read()
        seconds.append(round(time.perf_counter() - began, 3))
        connection.close()
        if response.status != HTTPStatus.OK or len(json.loads(answer)["answers"]) != len(people):
            raise RuntimeError(f"{response.status}: {answer[:200]!r}")
    return {"people": len(people), "seconds": sorted(seconds), "bytes asked": len(body), "bytes answered": len(answer)}


def arms() -> dict[int, str]:
    """The arm in which each enrolment is that was shown a dashboard."""
    from bekal.recommender.models import Assignment

    return dict(Assignment.objects.values_list("pk", "arm"))


def _able_to_spend(count: int) -> list[tuple["Enrolment", int]]:
    """At most so many enrolments that were not given a login yet, with their balance, in an order of chance."""
    from bekal.participants.models import Enrolment
    from bekal.purchases.queries import wallet

    people = Enrolment.objects.select_related("participant", "wave").filter(participant__user=None).order_by("pk")
    found: list[tuple[Enrolment, int]] = []
    everybody = list(people)
    for enrolment in random.Random(_SEED).sample(everybody, len(everybody)):
        purse = wallet(enrolment)
        if purse.can_spend and purse.training_idr:
            found.append((enrolment, purse.training_idr))
        if len(found) == count:
            break
    return found


def _sessions(people: Sequence["Enrolment"]) -> list[str]:
    """A login for each of these people, and the key of a session in which it is logged in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import transaction

    from bekal.access.models import Role, User
    from bekal.participants.sealed import name_of

    backend = "allauth.account.auth_backends.AuthenticationBackend"
    keys = []
    with transaction.atomic():
        for enrolment in people:
            person = enrolment.participant
            email = f"{person.public_id}@benchmark.bekal"
            person.user = User.objects.create_user(email=email, password=None, name=name_of(person), role=Role.PARTICIPANT)
            person.save(update_fields=["user"])
            session = SessionStore()
            session[SESSION_KEY] = str(person.user.pk)
            session[BACKEND_SESSION_KEY] = backend
            session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
            session.create()
            keys.append(str(session.session_key))
    return keys


def _command(participants: int) -> list[str]:
    return [sys.executable, "-m", "bekal.config.main", "demo", "--participants", str(participants)]


def _environment() -> dict[str, str]:
    """With no address of a database: a demo finds the one of its home."""
    return {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        finally:
            connection.close()

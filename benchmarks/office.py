"""How long the pages of the programme office take beside 1,000,000 applications.

    python benchmarks/office.py [--quick] [--json] [--rounds 1]

The people of `screening.py` apply to a wave and are screened; every fiftieth registration is to be verified, and has a case.
Then one officer asks for each page 500 times in a row, in one process, after a first time that does not count: all of Django from
middleware to template, against a durable PostgreSQL, without the way through a socket.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from harness import Goal, Samples, at_most, fresh_server, make_database, run_benchmark
from screening import apply, register

if TYPE_CHECKING:
    from django.test import Client

_PEOPLE: Final = {False: 1_000_000, True: 2_000}
_REQUESTS: Final = {False: 500, True: 20}
_VERIFIED_EVERY: Final = 50
_TODAY: Final = datetime(2021, 8, 1, tzinfo=UTC)
_P95_MS: Final = 300


def measured(_parts: Sequence[str], *, quick: bool, rounds: int) -> tuple[Samples, dict[str, object]]:
    samples: Samples = {}
    with fresh_server() as server, ExitStack() as stack:
        make_database(server.url("office"))
        from bekal.core import clock

        stack.enter_context(clock.at(_TODAY))
        register(_PEOPLE[quick])
        apply(_PEOPLE[quick])
        pages, officer = _pages(), _officer()
        for _ in range(rounds):
            for name, address in pages.items():
                found = samples.setdefault("p95, milliseconds", {}).setdefault(name, [])
                found.append(_p95_ms(officer, address, _REQUESTS[quick]))
    return samples, {"people": _PEOPLE[quick], "requests a page": _REQUESTS[quick]}


def judge(samples: Samples) -> list[Goal]:
    return [
        at_most(f"{name}: p95, ms", _P95_MS, statistics.median(found)) for name, found in samples["p95, milliseconds"].items()
    ]


def _pages() -> Mapping[str, str]:
    """Screen the wave, open the cases, and name the addresses of the pages."""
    from django.db import connection

    from bekal.cases.models import Case
    from bekal.cases.services import open_cases
    from bekal.participants.models import IdentityCheck, Participant
    from bekal.participants.screening.services import screen_now
    from bekal.programmes.models import Wave

    keys = list(Participant.objects.order_by("pk").values_list("pk", flat=True))[::_VERIFIED_EVERY]
    IdentityCheck.objects.bulk_create(IdentityCheck(participant_id=key, disagreeing="sex", opened_at=_TODAY) for key in keys)
    wave = Wave.objects.get(number=2)
    # As an approved schedule leaves it: its page shows calendar and screening.
    wave.registration_opens_at, wave.registration_closes_at, wave.announces_at = (_TODAY.replace(day=day) for day in (2, 5, 9))
    wave.places = 600_000
    wave.save()
    screen_now(wave=wave)
    assert open_cases() == len(keys)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    of_wave, case = f"/operator/waves/{wave.public_id}/", Case.objects.order_by("pk")[len(keys) // 2]
    return {
        "waves": "/operator/",
        "wave": of_wave,
        "draw of the wave": f"{of_wave}draw/",
        "a wave to propose": "/operator/waves/new/",
        "cases": "/operator/cases/",
        "the last of the cases": f"/operator/cases/?page={len(keys)}",
        "case": f"/operator/cases/{case.public_id}/",
        "messages": "/operator/messages/",
        "runs": "/operator/runs/",
        "reports": "/operator/reports/",
    }


def _officer() -> "Client":
    from allauth.account.internal.flows.login import record_authentication
    from django.test import Client

    from bekal.access.models import Role, User

    browser = Client(headers={"host": "localhost"})
    user = User.objects.create_user(email="operator@benchmark.bekal", password=None, name="Operator", role=Role.OPERATOR)
    browser.force_login(user)
    session = browser.session
    record_authentication(SimpleNamespace(session=session), user, "mfa", type="totp")
    session.save()
    return browser


def _p95_ms(officer: "Client", address: str, requests: int) -> float:
    times = [_milliseconds(officer, address) for _ in range(requests + 1)][1:]
    return statistics.quantiles(times, n=20)[-1]


def _milliseconds(officer: "Client", address: str) -> float:
    began = time.perf_counter()
    answer: Any = officer.get(address)
    took = time.perf_counter() - began
    assert answer.status_code == 200, (address, answer.status_code, answer.headers.get("Location"))
    return took * 1_000


if __name__ == "__main__":
    raise SystemExit(run_benchmark(description=__doc__, parts=("pages",), measured=measured, judge=judge))

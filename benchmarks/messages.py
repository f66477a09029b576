"""Messages that leave by SMS: that nobody gets one twice whatever is killed, and how fast they are written and sent.

    python benchmarks/messages.py [--quick] [--json] [--part kills|pace]

`kills` kills the sender, the worker that runs it, or the gateway's stand-in, at a random moment, 200 times, while messages are
being sent, and counts at both ends: in the database, and in the journal that the stand-in keeps on the disk of what it took. The
stand-in takes the same message twice without a word, so that what was sent twice is there twice.

`pace` writes messages to 100,000 people in one statement, and sends 2,000 to a stand-in on this machine.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from harness import Goal, Samples, at_least, at_most, fresh_server, make_database, run_benchmark

_SECRET: Final = "benchmark-secret-" * 2
_PEOPLE: Final = 8
_KILLS: Final = {False: 200, True: 9}
_WAITING: Final = 200
_WRITTEN: Final = {False: 100_000, True: 1_000}
_SENT: Final = {False: 2_000, True: 64}
_SEED: Final = 2021
# Early kills cut off a first message that is alone, late ones a whole portion.
_LONGEST_SECONDS: Final = (0.02, 0.1, 0.5)

_TELL: Final = (
    'SELECT "user".id AS recipient, gen_random_uuid() AS about, 600000::bigint AS amount_idr FROM access_user AS "user"'
    " CROSS JOIN generate_series(1, %(times)s) WHERE \"user\".role = 'participant'"
)


def measured(parts: Sequence[str], *, quick: bool, rounds: int) -> tuple[Samples, dict[str, object]]:
    samples: Samples = {}
    for part in parts:
        for _ in range(rounds if part == "pace" else 1):
            found = _kills(quick) if part == "kills" else _pace(quick)
            for name, value in found.items():
                samples.setdefault(part, {}).setdefault(name, []).append(value)
    return samples, {"seed": _SEED}


def judge(samples: Samples) -> list[Goal]:
    goals = []
    if found := samples.get("kills"):
        goals.append(at_least("kills", _KILLS[True], max(found["kills"])))
        goals.append(at_least("kills that cut off a call", 1, max(found["calls cut off"])))
        for name in ("received twice", "confirmed and not received", "received and not known of", "sum broken"):
            goals.append(at_most(name, 0, max(found[name])))
    if found := samples.get("pace"):
        goals.append(at_least("messages sent a second", 100, min(found["sent a second"])))
    return goals


def _kills(quick: bool) -> dict[str, float]:
    chance = random.Random(_SEED)
    with fresh_server() as server, tempfile.TemporaryDirectory() as folder:
        make_database(server.url("messages"))
        journal, port = Path(folder, "journal"), _free_port()
        _use_gateway(f"http://127.0.0.1:{port}")
        from bekal.core import clock
        from bekal.messages.models import Delivery, DeliveryState

        broken = cut_off = 0
        left: list[int] = []
        gateway = _forked(lambda: _serve(port, journal))
        _await_port(port)
        _add_people()
        for kill in range(_KILLS[quick]):
            _top_up()
            victim = ("sender", "worker", "gateway")[kill % 3]
            before = _claims()
            child = _forked(_work if victim == "worker" else _send)
            _await_claim(before)
            time.sleep(chance.uniform(0, chance.choice(_LONGEST_SECONDS)))
            if victim == "gateway":
                _kill(gateway)
                time.sleep(chance.uniform(0, 0.05))
                broken += not _sum_holds()
                gateway = _forked(lambda: _serve(port, journal))
                _await_port(port)
            _kill(child)
            _silence()
            cut_off += Delivery.objects.filter(state=DeliveryState.SENDING).exclude(pk__in=left).exists()
            left = list(Delivery.objects.filter(state=DeliveryState.SENDING).values_list("pk", flat=True))
            broken += not _sum_holds()
        in_doubt = Delivery.objects.filter(state__in=[DeliveryState.SENDING, DeliveryState.UNKNOWN]).count()
        _finish()
        with clock.at(clock.now() + timedelta(minutes=3)):
            _finish()
        broken += not _sum_holds()
        counted = _counted_at_both_ends(journal)
        _report(journal)
        broken += not _sum_holds()
        _kill(gateway)
    return {"kills": _KILLS[quick], "calls cut off": cut_off, "in doubt": in_doubt, "sum broken": broken, **counted}


def _counted_at_both_ends(journal: Path) -> dict[str, float]:
    """What the stand-in took against what the database says, each by its references."""
    from bekal.messages.models import Delivery

    taken = Counter(_taken(journal))
    by_state: dict[str, set[UUID]] = {}
    for state, reference in Delivery.objects.values_list("state", "message__public_id"):
        by_state.setdefault(state, set()).add(reference)
    confirmed = by_state.get("accepted", set()) | by_state.get("delivered", set())
    unknown = by_state.get("unknown", set()) | by_state.get("sending", set())
    return {
        "received": float(len(taken)),
        "received twice": float(sum(times > 1 for times in taken.values())),
        "confirmed and not received": float(len(confirmed - taken.keys())),
        "received and not known of": float(len(taken.keys() - confirmed - unknown)),
        "unknown and received": float(len(unknown & taken.keys())),
        "unknown and not received": float(len(unknown - taken.keys())),
    }


def _report(journal: Path) -> None:
    """The gateway reports all that it took, late, twice and in no order; nothing that it took is unknown after that."""
    from bekal.messages.models import Channel, Delivery, DeliveryState
    from bekal.messages.settling import Report, record_reports

    taken = set(_taken(journal))
    for state in (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.DELIVERED):
        record_reports(channel=Channel.SMS, reports=[Report(reference, state) for reference in taken])
    delivered = set(Delivery.objects.filter(state=DeliveryState.DELIVERED).values_list("message__public_id", flat=True))
    assert delivered == taken, "what the gateway took is not what is delivered"


def _pace(quick: bool) -> dict[str, float]:
    from bekal.messages.channels.sms.standin import running

    with fresh_server() as server:
        make_database(server.url("pace"))
        from django.db import connection

        from bekal.messages.models import Delivery
        from bekal.messages.queries import sums
        from bekal.messages.services import write_many
        from bekal.payouts.messages import REJECTED

        with running(secret=_SECRET) as stand_in:
            _use_gateway(stand_in.url)
            _add_people()
            write_many(template=REJECTED, select=_TELL, values={"times": _SENT[quick] // _PEOPLE})
            waiting = Delivery.objects.filter(state="waiting").count()
            began = time.perf_counter()
            _finish()
            sent_a_second = waiting / (time.perf_counter() - began)
        with connection.cursor() as cursor:
            # People with a phone, of whom nothing is opened: they are written to, and not sent to.
            cursor.execute(
                "INSERT INTO access_user (password, public_id, email, name, role, is_active, joined_at)"
                " SELECT '', gen_random_uuid(), 'p' || n || '@example.org', 'P', 'participant', true, now()"
                " FROM generate_series(1, %s) AS n",
                [_WRITTEN[quick]],
            )
            cursor.execute(
                "INSERT INTO bekal_messages_contact (user_id, kind, key_salt, address_sealed, address_index, language, added_at,"
                " verified_at, verified_how) SELECT id, 'phone', '', '', sha256(email::bytea), 'id', now(), now(), 'sms_code'"
                " FROM access_user WHERE email LIKE 'p%@example.org' ON CONFLICT DO NOTHING"
            )
            cursor.execute("ANALYZE access_user, bekal_messages_contact, bekal_messages_refusal")
        began = time.perf_counter()
        written = write_many(template=REJECTED, select=_TELL, values={"times": 1})
        seconds = time.perf_counter() - began
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE bekal_messages_message, bekal_messages_delivery")
        began = time.perf_counter()
        assert sum(each.queued for each in sums()) >= written // 2
        summed = 1_000 * (time.perf_counter() - began)
    return {
        "sent a second": sent_a_second,
        "written": written,
        "seconds to write them": seconds,
        "milliseconds to sum them": summed,
    }


def _claims() -> int:
    from bekal.messages.models import SendingSwitch

    return SendingSwitch.objects.values_list("claims", flat=True).first() or 0


def _await_claim(before: int) -> None:
    """Wait until a sender has claimed its first portion."""
    deadline = time.monotonic() + 20
    while _claims() == before:
        assert time.monotonic() < deadline, "nothing is claimed"
        time.sleep(0.001)


def _use_gateway(url: str) -> None:
    from django.conf import settings

    settings.BEKAL_SMS_URL, settings.BEKAL_SMS_SECRET = url, _SECRET


def _add_people() -> None:
    """People with a verified phone, by the real services; needs a gateway that answers."""
    from bekal.access.models import Role, User
    from bekal.access.tries import Origin
    from bekal.messages.codes import confirm_code, request_code, secret_code
    from bekal.messages.models import OneTimeCode

    for place in range(_PEOPLE):
        user = User.objects.create_user(email=f"{place}@example.org", password=None, name="Person", role=Role.PARTICIPANT)
        request_code(user=user, number=f"0812345678{place:02}", origin=Origin(f"10.0.{place}.0/24"))
        code = secret_code(OneTimeCode.objects.get(contact__user=user).public_id)
        assert code is not None
        _finish()
        confirm_code(user=user, code=code[1])


def _top_up() -> None:
    """Have so much waiting that no sender comes to its end."""
    from bekal.messages.models import Delivery
    from bekal.messages.services import write_many
    from bekal.payouts.messages import REJECTED

    while Delivery.objects.filter(state="waiting").count() < _WAITING:
        write_many(template=REJECTED, select=_TELL, values={"times": 25})


def _finish() -> None:
    """Send until nothing waits."""
    from bekal.messages.models import Delivery
    from bekal.messages.sending import send_waiting

    deadline = time.monotonic() + 120
    while Delivery.objects.filter(state="waiting").exists():
        send_waiting(pause=lambda: None)
        assert time.monotonic() < deadline, "what waits is not sent"
    send_waiting(pause=lambda: None)


def _send() -> None:
    from bekal.messages.sending import send_waiting

    while True:
        send_waiting(pause=lambda: None)


def _work() -> None:
    from bekal.jobs.worker import run_worker

    run_worker(once=False, on_done=lambda _done: None)


def _serve(port: int, journal: Path) -> None:
    from bekal.messages.channels.sms.standin import StandIn

    StandIn(secret=_SECRET, port=port, journal=journal).serve()


def _forked(work: Callable[[], None]) -> int:
    """A process of its own that does this until it is killed; it has no connection of its parent's."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child:
        return child
    with _quiet():
        work()
    os._exit(0)


@contextmanager
def _quiet() -> Iterator[None]:
    """What a killed process would still say is nobody's."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
        yield


def _kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def _silence() -> None:
    """Let so much time pass that every killed worker counts as dead, without waiting for it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'")


def _sum_holds() -> bool:
    from bekal.messages.queries import sums

    return all(each.queued == each.accounted for each in sums())


def _taken(journal: Path) -> Iterator[UUID]:
    """The references in the journal; a line that a kill cut off was never answered."""
    for line in journal.read_text(encoding="utf-8").splitlines():
        try:
            yield UUID(json.loads(line)["reference"])
        except ValueError:
            continue


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _await_port(port: int) -> None:
    import socket

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)
    raise TimeoutError("the stand-in does not answer")


if __name__ == "__main__":
    sys.exit(run_benchmark(description=__doc__, parts=("kills", "pace"), measured=measured, judge=judge))

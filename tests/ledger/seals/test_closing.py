"""Closing a posting day, and what is refused from then on. Every test commits."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction
from django.db.models import Count, Max

from bekal.ledger.audit import audit
from bekal.ledger.bulk import post_many
from bekal.ledger.errors import DayClosed, RunOutdated
from bekal.ledger.models import Closing, Run, RunState, Seal, Transfer
from bekal.ledger.runs.services import approve_run, post_run, propose_run
from bekal.ledger.seals.errors import DayBusy, DayNotOver, DayUnfinished, SealedLater
from bekal.ledger.seals.services import seal_day
from bekal.ledger.services import post
from tests.builders import on
from tests.ledger.kinds import LEVY
from tests.ledger.seals.office import Office, day, execute
from tests.threads import race

pytestmark = pytest.mark.usefixtures("committed_database", "test_kinds")


def through() -> date | None:
    return Closing.objects.get().through


@pytest.mark.parametrize("ahead", [0, 1])
def test_only_a_day_that_is_over_is_sealed(ahead: int) -> None:
    with on(day(3)), pytest.raises(DayNotOver):
        seal_day(day=day(3 + ahead))
    assert (through(), Seal.objects.count()) == (None, 0)


def test_the_day_is_that_of_jakarta() -> None:
    with on(day(1), hour=0):
        assert seal_day(day=day(0)).day == day(0)


def test_a_closed_day_takes_nothing_more() -> None:
    office = Office()
    owner = office.owners[0]
    with on(day(1)):
        first = office.buy(0)
        waiting = propose_run(
            kind=LEVY.code,
            fund=office.fund,
            parameters={"owners": [owner], "amount_idr": 1, "decision": "x"},
            proposer=office.operator,
            returned=office.returned,
        )
        key = Transfer.objects.get(owner=owner, sequence=first.sequence).key
    with on(day(2)):
        seal_day(day=day(1))
    rows = Transfer.objects.count()
    for late in (0, 1):
        with on(day(late)):
            for refused in (
                lambda: office.buy(0),
                lambda: post_many(owners=[owner], debits=[owner], credits_=[office.returned], amounts_idr=[1], keys=["late"]),
                lambda: approve_run(run=waiting, approver=office.approver),
                office.levy,
            ):
                with pytest.raises(DayClosed) as caught:
                    refused()
                assert caught.value.details == {"day": day(late)}
    assert (Transfer.objects.count(), through()) == (rows, day(1))
    with on(day(1)):
        posted = Transfer.objects.get(owner=owner, key=key)
        assert post(owner=owner, key=key, debit=posted.debit, credit=posted.credit, amount_idr=1_000).replayed
    with on(day(2)):
        office.buy(0)
        post_run(run=approve_run(run=waiting, approver=office.approver))
    assert audit().exact


def test_a_day_stays_open_for_its_unfinished_run_and_closes_after_it() -> None:
    office = Office()
    with on(day(1)):
        run = office.levy()
    with on(day(2)):
        with pytest.raises(DayUnfinished) as caught:
            seal_day(day=day(1))
        assert caught.value.details == {"run": run.pk, "day": day(1)}
        assert through() is None
        assert seal_day(day=day(0)).day == day(0)
        office.buy(0)
        post_run(run=run)
        seal = seal_day(day=day(1))
    assert list(Transfer.objects.filter(owner=office.owners[0]).order_by("sequence").values_list("posting_date", flat=True)) == [
        day(0),
        day(2),
        day(1),
    ]
    assert seal.owners == 6
    assert audit().exact


def test_a_sealer_that_was_killed_after_closing_is_succeeded() -> None:
    office = Office()
    with on(day(1)):
        run = office.levy()
    execute("UPDATE ledger_closing SET through = %s", day(1))
    with on(day(2)):
        with pytest.raises(DayUnfinished):
            seal_day(day=day(1))
        assert through() is None
        post_run(run=run)
        execute("UPDATE ledger_closing SET through = %s", day(1))
        assert seal_day(day=day(1)).owners == 6
    assert audit().exact


def test_a_run_reopened_behind_its_back_posts_nothing_into_a_sealed_day() -> None:
    office = Office()
    with on(day(1)):
        run = office.levy(owners=office.owners[:1])
        post_run(run=run)
    with on(day(2)):
        seal_day(day=day(1))
        Run.objects.filter(pk=run.pk).update(state=RunState.APPROVED, cursor=0)
        with pytest.raises(DayClosed):
            post_run(run=run)


def test_a_run_of_a_closed_year_is_refused() -> None:
    office = Office()
    last = date(2021, 12, 31)
    with on(last):
        waiting = propose_run(
            kind=LEVY.code,
            fund=office.fund,
            parameters={"owners": list(office.owners), "amount_idr": 1, "decision": "x"},
            proposer=office.operator,
            returned=office.returned,
        )
    with on(date(2022, 1, 1)):
        seal_day(day=last)
        with pytest.raises(RunOutdated):
            approve_run(run=waiting, approver=office.approver)
    with on(last), pytest.raises(DayClosed):
        office.levy()


def test_days_close_together_and_sealing_again_gives_the_same_seal() -> None:
    Office()
    with on(day(9)):
        first = seal_day(day=day(4))
        assert seal_day(day=day(4)) == first
        with pytest.raises(SealedLater) as caught:
            seal_day(day=day(2))
        assert caught.value.details == {"day": day(2), "later": day(4)}
        assert seal_day(day=day(5)).number == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_closing SET through = through - 1",
        "UPDATE ledger_closing SET through = NULL",
        "DELETE FROM ledger_closing",
        "INSERT INTO ledger_closing (id) VALUES (2)",
        "UPDATE ledger_seal SET owners = 0",
        "DELETE FROM ledger_seal",
        "TRUNCATE ledger_seal",
        "UPDATE ledger_seal_block SET root = root",
        "DELETE FROM ledger_seal_block",
        "UPDATE ledger_seal_pool SET total_idr = 0",
        "DELETE FROM ledger_seal_pool",
    ],
)
def test_what_was_closed_and_sealed_stays(sql: str) -> None:
    Office()
    with on(day(1)):
        seal_day(day=day(0))
    with pytest.raises(DatabaseError), transaction.atomic():
        execute(sql)


def test_posting_at_another_isolation_is_refused() -> None:
    office = Office()
    with on(day(1)), transaction.atomic():
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(DatabaseError, match="READ COMMITTED"):
            office.buy(0)


class Apart:
    """A thread with a transaction that posts, then waits to be told to end."""

    def __init__(self, deed: Callable[[], Any]) -> None:
        self.posted, self.end = threading.Event(), threading.Event()
        self.pool = ThreadPoolExecutor(1)
        self.future = self.pool.submit(copy_context().run, self._run, deed)

    def _run(self, deed: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                deed()
                self.posted.set()
                assert self.end.wait(30)
        finally:
            self.posted.set()
            connections.close_all()

    def finish(self) -> None:
        self.end.set()
        self.future.result(30)
        self.pool.shutdown()


def test_sealing_waits_for_a_posting_that_began_before_the_close() -> None:
    office = Office()
    with on(day(1)):
        poster = Apart(lambda: office.buy(2))
        assert poster.posted.wait(30)
    with on(day(2)):
        with pytest.raises(DayBusy):
            seal_day(day=day(1), patience_seconds=0.2)
        assert (Seal.objects.count(), through()) == (0, None)
        threading.Timer(0.3, poster.end.set).start()
        seal = seal_day(day=day(1))
    poster.finish()
    assert execute("SELECT max(posting_date) FROM ledger_transfer WHERE owner = %s", office.owners[2]) == [(day(1),)]
    assert seal.owners == 6
    assert audit().exact


def test_an_approval_that_was_not_committed_yet_holds_its_day_open() -> None:
    office = Office()
    with on(day(1)):
        approver = Apart(office.levy)
        assert approver.posted.wait(30)
    with on(day(2)):
        threading.Timer(0.3, approver.end.set).start()
        with pytest.raises(DayUnfinished):
            seal_day(day=day(1))
        assert through() is None
        approver.finish()
        run = Run.objects.latest("id")
        post_run(run=run)
        seal_day(day=day(1))
    assert Transfer.objects.filter(run=run.pk, posting_date=day(1)).count() == 5
    assert audit().exact


def test_a_posting_that_waits_for_its_row_across_the_close_is_refused(committed_database: str) -> None:
    office = Office()
    with psycopg.connect(committed_database) as holder:
        holder.execute("SELECT FROM ledger_balance WHERE owner = %s FOR UPDATE", [office.owners[0]])
        with on(day(1)):
            late = Apart(lambda: office.buy(0))
            time.sleep(0.2)
        execute("UPDATE ledger_closing SET through = %s", day(1))
        holder.commit()
    with pytest.raises(DayClosed):
        late.finish()


def test_closing_in_the_middle_of_many_postings_loses_and_admits_none() -> None:
    office = Office(people=8)
    stop = threading.Event()
    counts: list[int] = []

    def keep_buying(person: int) -> str:
        bought = 0
        try:
            with on(day(1)):
                while not stop.is_set():
                    office.buy(person, amount_idr=1)
                    bought += 1
        except DayClosed:
            return "closed"
        finally:
            counts.append(bought)
        return "stopped"

    def close() -> int:
        time.sleep(0.3)
        with on(day(2)):
            seal = seal_day(day=day(1))
        held = Transfer.objects.filter(posting_date=day(1)).aggregate(rows=Count("owner"), last=Max("sequence"))
        time.sleep(0.2)
        stop.set()
        counts.append(-int(held["rows"]))
        return seal.number

    outcomes = race(close, *[lambda person=person: keep_buying(person) for person in range(8)])
    assert outcomes == [1, *["closed"] * 8]
    assert sum(counts) == 0
    assert min(counts) < 0 < max(counts)
    assert audit().exact


def test_several_sealers_make_one_seal() -> None:
    Office()
    with on(day(2)):
        seals = race(*[lambda: seal_day(day=day(1))] * 4)
    assert {seal.pk for seal in seals} == {1}
    assert Seal.objects.count() == 1

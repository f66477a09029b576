"""Faults of processes, servers, connections and clocks. Each scene injects one or a few and says what must hold afterwards."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fault_proxy import proxied
from fault_stage import (
    FAILED,
    FIRST_PURCHASE_BY,
    INCENTIVE_IDR,
    LOST_DATABASE,
    OTHERS,
    PEOPLE,
    PRICES_IDR,
    REVOKED_ON,
    TRAINING_IDR,
    Stage,
    approve,
    approved_revocation,
    at,
    await_sessions,
    count_transfers,
    ended,
    kill_after,
    officer,
    post,
    require_exact,
    require_revoked,
    spawn,
)
from harness import use_database

DAY_OF_PURCHASES = date(2021, 3, 10)
MOST_WORKER_SECONDS = 0.06


def _posting(run: Any, day: date) -> Callable[[], None]:
    """Posting a run with the clock at a day, for a process of its own."""

    def deed() -> None:
        with at(day):
            post(run)

    return deed


def killed_workers(stage: Stage) -> int:
    """Workers are killed at random moments, one after the other, until one reaches the end."""
    stage.fresh()
    run = approved_revocation()
    kills = 0
    while True:
        worker = spawn(_posting(run, REVOKED_ON))
        if not kill_after(worker, stage.draw.uniform(0, MOST_WORKER_SECONDS)):
            break
        kills += 1
        await_sessions(OTHERS, some=False)
        if kills % 5 == 0:
            require_exact(stage)
    with at(REVOKED_ON):
        post(run)
    require_revoked(stage, run)
    return kills


def killed_background_worker(stage: Stage) -> int:
    """The same with `bekal worker` itself, which is killed while it waits for a row in the middle of its chunk."""
    import psycopg

    from bekal.participants.models import Enrolment

    stage.fresh()
    run = approved_revocation()
    blocked = stage.draw.choice(list(Enrolment.objects.values_list("pk", flat=True)))
    with psycopg.connect(stage.server.url("stage")) as blocker:
        blocker.execute("SELECT FROM participants_enrolment WHERE id = %s FOR UPDATE", [blocked])
        command = [sys.executable, "-m", "bekal.config.main", "worker", "--once"]
        worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_sessions("wait_event_type = 'Lock'", some=True)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    await_sessions(OTHERS, some=False)
    run.refresh_from_db()
    stage.expect((run.state, run.posted_count) == ("approved", 0), f"a killed chunk left {run.state}, {run.posted_count}")
    require_exact(stage)
    # A killed worker counts as dead after a while only; an office in a hurry posts by hand.
    with at(REVOKED_ON):
        post(run)
    require_revoked(stage, run)
    return 1


def crashed_server(stage: Stage) -> int:
    """The server stops at once in the middle of a run and recovers; then the run goes on."""
    stage.fresh()
    run = approved_revocation()
    worker = spawn(_posting(run, REVOKED_ON))
    time.sleep(stage.draw.uniform(0, 3 * MOST_WORKER_SECONDS))
    stage.server.stop("immediate")
    status = ended(worker)
    stage.expect(status in (0, LOST_DATABASE), f"the worker ended with {status}")
    stage.restart()
    require_exact(stage)
    with at(REVOKED_ON):
        post(run)
    require_revoked(stage, run)
    return 1


def two_workers(stage: Stage) -> int:
    """Two workers post one run at the same time, and one of them may be killed."""
    stage.fresh()
    run = approved_revocation()
    workers = [spawn(_posting(run, REVOKED_ON)) for _ in range(2)]
    if stage.draw.random() < 0.5:
        kill_after(workers[0], stage.draw.uniform(0, MOST_WORKER_SECONDS))
        workers = workers[1:]
    statuses = [ended(worker) for worker in workers]
    stage.expect(set(statuses) == {0}, f"the workers ended with {statuses}")
    require_revoked(stage, run)
    return 1


def cut_purchases(stage: Stage) -> int:
    """The connection is cut before or after what commits a purchase; the client asks again with the same request key."""
    from django.db import OperationalError, connections

    from bekal.catalogue.models import Training
    from bekal.participants.models import Enrolment
    from bekal.purchases.models import Purchase
    from bekal.purchases.services import buy_training

    stage.fresh()
    direct = stage.server.url("stage")
    cuts = 0
    with proxied(stage.server.socket_dir) as proxy, at(DAY_OF_PURCHASES):
        use_database(f"postgresql://bekal@/stage?host={quote(str(proxy.folder), safe='')}&port=5432")
        trainings = list(Training.objects.order_by("price_idr"))
        for enrolment in Enrolment.objects.select_related("wave"):
            training, key = stage.draw.choice(trainings), uuid4()
            buy = partial(buy_training, enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=key)
            proxy.cut(stage.draw.choice(("before", "after")), committing=b"purchases_pay")
            try:
                buy()
            except OperationalError:
                connections["default"].close()
            else:
                raise AssertionError("the connection was not cut")
            first, again = buy(), buy()
            stage.expect(first.pk == again.pk, "the same request bought twice")
            cuts += 1
        stage.expect(proxy.cuts == cuts, f"{proxy.cuts} cuts of {cuts}")
    use_database(direct)
    stage.expect(Purchase.objects.count() == PEOPLE, f"{Purchase.objects.count()} purchases of {PEOPLE} people")
    stage.expect(count_transfers() == 2 + 2 * PEOPLE + PEOPLE, f"{count_transfers()} transfers")
    require_exact(stage)
    return cuts


def cut_runs(stage: Stage) -> int:
    """The connection of a worker is cut around the COMMIT of one chunk after the other; the worker begins again."""
    from django.db import OperationalError, connections

    stage.fresh()
    run = approved_revocation()
    cuts = 0
    with proxied(stage.server.socket_dir) as proxy, at(REVOKED_ON):
        use_database(f"postgresql://bekal@/stage?host={quote(str(proxy.folder), safe='')}&port=5432")
        while True:
            proxy.cut(stage.draw.choice(("before", "after")), at_commit=stage.draw.randint(1, 3))
            try:
                post(run)
            except OperationalError:
                connections["default"].close()
                cuts += 1
                continue
            break
    use_database(stage.server.url("stage"))
    require_revoked(stage, run)
    return cuts


def raced_purchases(stage: Stage) -> int:
    """Everybody buys while everybody is revoked: each person either bought and stays, or is revoked and did not buy."""
    from bekal.participants.models import Enrolment, EnrolmentStatus
    from bekal.purchases.models import Purchase

    stage.fresh()
    run = approved_revocation()
    order = stage.draw.sample(range(PEOPLE), PEOPLE)
    buyers = [spawn(partial(_buy_all, order[part::2])) for part in range(2)]
    workers = [spawn(_posting(run, REVOKED_ON)) for _ in range(stage.draw.randint(1, 2))]
    statuses = [ended(process) for process in [*buyers, *workers]]
    stage.expect(set(statuses) == {0}, f"the processes ended with {statuses}")
    bought = set(Purchase.objects.values_list("enrolment_id", flat=True))
    revoked = set(Enrolment.objects.filter(status=EnrolmentStatus.REVOKED).values_list("id", flat=True))
    stage.expect(not bought & revoked, "somebody bought and was revoked")
    stage.expect(len(bought | revoked) == PEOPLE, "somebody neither bought nor was revoked")
    run.refresh_from_db()
    found = (run.posted_count, run.posted_idr, run.skipped_count)
    wanted = (2 * len(revoked), len(revoked) * (TRAINING_IDR + INCENTIVE_IDR), 2 * len(bought))
    stage.expect(found == wanted, f"the run counts {found}, not {wanted}")
    require_exact(stage)
    return PEOPLE


def _buy_all(places: list[int]) -> None:
    from bekal.catalogue.models import Training
    from bekal.core.errors import Refused
    from bekal.participants.models import Enrolment
    from bekal.purchases.services import buy_training

    training = Training.objects.get(price_idr=PRICES_IDR[0])
    people = list(Enrolment.objects.select_related("wave").order_by("id"))
    # Their clocks are a day behind, as those of people on the last evening are.
    with at(FIRST_PURCHASE_BY, 23, 59):
        for place in places:
            with suppress(Refused):
                buy_training(enrolment=people[place], training=training, price_idr=training.price_idr, request_key=uuid4())


def past_midnight(stage: Stage) -> int:
    """A worker is killed before midnight, or before New Year; the run is resumed after it, and its day stays open until then."""
    from bekal.ledger.seals.errors import DayUnfinished
    from bekal.ledger.seals.services import seal_day

    stage.fresh()
    day = stage.draw.choice([REVOKED_ON, date(2021, 12, 31)])
    run = approved_revocation(day)
    worker = spawn(_posting(run, day))
    kills = int(kill_after(worker, stage.draw.uniform(0, MOST_WORKER_SECONDS / 2)))
    await_sessions(OTHERS, some=False)
    run.refresh_from_db()
    with at(day + timedelta(days=1), 0, 5):
        if run.state == "approved":
            try:
                seal_day(day=day, patience_seconds=5)
            except DayUnfinished:
                pass
            else:
                stage.expect(False, f"{day} was sealed under an unfinished run")
        post(run)
        seal_day(day=day, patience_seconds=5)
    require_revoked(stage, run, day=day)
    return 1 + kills


def wrong_clock(stage: Stage) -> int:
    """A machine whose clock is a day off: ahead it posts on its day, behind it is refused once that day is sealed."""
    from bekal.catalogue.models import Training
    from bekal.core.errors import BekalError
    from bekal.ledger.models import Transfer
    from bekal.ledger.seals.services import seal_day
    from bekal.participants.models import Enrolment
    from bekal.purchases.services import buy_training

    stage.fresh()
    training = Training.objects.get(price_idr=PRICES_IDR[0])
    people = list(Enrolment.objects.select_related("wave").order_by("id"))
    stage.draw.shuffle(people)
    yesterday, today, tomorrow = (DAY_OF_PURCHASES + timedelta(days=days) for days in (-1, 0, 1))

    def buy(person: Any, day: date) -> None:
        with at(day):
            buy_training(enrolment=person, training=training, price_idr=training.price_idr, request_key=uuid4())

    buy(people[0], today)
    buy(people[1], tomorrow)
    buy(people[2], yesterday)
    with at(today):
        seal_day(day=yesterday, patience_seconds=5)
    before = count_transfers()
    try:
        buy(people[3], yesterday)
    except BekalError as error:
        stage.expect(error.code == "day_closed", f"refused with {error.code}")
    else:
        stage.expect(False, "a sealed day was posted to")
    stage.expect(count_transfers() == before, "a refused purchase left a transfer")
    buy(people[3], today)
    days = Transfer.objects.filter(key__startswith="buy:").order_by("posting_date").values_list("posting_date", flat=True)
    stage.expect(list(days) == [yesterday, today, today, tomorrow], f"posted on {list(days)}")
    require_exact(stage)
    return 3


def other_content(stage: Stage) -> int:
    """The same key with other content is refused, no matter who sends it and how often; the same content changes nothing."""
    from bekal.catalogue.models import Training
    from bekal.core.errors import BekalError
    from bekal.ledger.accounts import training_account
    from bekal.ledger.models import Transfer
    from bekal.ledger.services import post as post_transfer
    from bekal.participants.models import Enrolment
    from bekal.purchases.services import buy_training

    stage.fresh()
    cheap, dear, _ = Training.objects.order_by("price_idr")
    with at(DAY_OF_PURCHASES):
        for enrolment in Enrolment.objects.select_related("wave"):
            key = uuid4()
            buy_training(enrolment=enrolment, training=cheap, price_idr=cheap.price_idr, request_key=key)
            before = count_transfers()
            row = Transfer.objects.get(owner=training_account(enrolment.number), key__startswith="buy:")
            other = row.amount_idr + stage.draw.choice((-1, 1, 1_000))
            reused = partial(buy_training, enrolment=enrolment, training=dear, price_idr=dear.price_idr, request_key=key)
            repeat = partial(post_transfer, owner=row.owner, key=row.key, debit=row.debit, credit=row.credit)
            for deed, code in ((reused, "request_reused"), (partial(repeat, amount_idr=other), "key_conflict")):
                try:
                    deed()
                except BekalError as error:
                    stage.expect(error.code == code, f"refused with {error.code}, not {code}")
                else:
                    stage.expect(False, f"not refused with {code}")
            again = repeat(amount_idr=row.amount_idr)
            stage.expect(again.replayed and again.sequence == row.sequence, "the same content was not the first result")
            stage.expect(count_transfers() == before, "a repeated key left a transfer")
    require_exact(stage)
    return 2 * PEOPLE


def changed_minds(stage: Stage) -> int:
    """An approval and a cancellation of one proposal at the same time: one of them happens, and nothing in between."""
    from bekal.ledger.models import Run
    from bekal.ledger.runs.services import cancel_run
    from bekal.programmes.models import Wave
    from bekal.treasury.services import propose_revocation

    stage.fresh()
    with at(REVOKED_ON):
        run = propose_revocation(wave=Wave.objects.get(), proposer=officer("operator"))

        def approve_it() -> None:
            with at(REVOKED_ON):
                approve(run)

        statuses = [
            ended(process) for process in (spawn(approve_it), spawn(lambda: cancel_run(run=run, actor=officer("operator"))))
        ]
        stage.expect(FAILED not in statuses and 0 in statuses, f"they ended with {statuses}")
        if Run.objects.get(pk=run.pk).state == "approved":
            post(run)
            require_revoked(stage, run)
        else:
            stage.expect(count_transfers() == 2 + 2 * PEOPLE, "a cancelled run posted")
            require_exact(stage)
    return 1

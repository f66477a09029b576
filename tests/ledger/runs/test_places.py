"""Runs with several targets for one account."""

from dataclasses import replace

import pytest
from django.db import connection

from bekal.core.money import MAX_IDR
from bekal.ledger.audit import audit
from bekal.ledger.errors import DuplicateTarget
from bekal.ledger.models import Run, RunSkip, RunTarget, Transfer
from bekal.ledger.runs.kinds import RunKind
from bekal.ledger.runs.queries import skipped_by_reason
from bekal.ledger.runs.services import post_run
from tests.ledger.kinds import LEVY, SWEEP, Known
from tests.ledger.runs.office import Office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("test_kinds")]


class TestSeveralTargetsOfOneOwner:
    """An instalment and two surveys, as it were: three transfers of one account in one run."""

    @pytest.fixture
    def fees(self, known: Known) -> RunKind:
        kind = replace(
            LEVY,
            code="test-fees",
            targets_sql="""
                SELECT owner, fee.place, owner AS debit, %(returned)s::bigint AS credit, fee.place * 10 AS bound_idr,
                    'fee:' || fee.name AS key
                FROM ledger_balance CROSS JOIN (VALUES (1, 'first'), (2, 'second'), (3, 'third')) AS fee (place, name)
                WHERE owner = ANY (%(owners)s::bigint[])
            """,
            verdict_sql="SELECT target.bound_idr AS amount_idr, NULL AS reason",
        )
        known(kind)
        return kind

    def test_are_posted_in_the_order_of_their_places(self, office: Office, fees: RunKind) -> None:
        office.allot(office.trainings[:2], 100)
        run = office.propose(fees, office.trainings[:2])
        assert (run.target_count, run.bound_idr) == (6, 120)
        judged: list[int] = []
        run = post_run(run=office.approve(run), progress=judged.append, chunk_owners=1)
        assert (run.posted_count, run.posted_idr, run.skipped_count, judged) == (6, 120, 0, [3, 3])
        for owner in office.trainings[:2]:
            rows = Transfer.objects.filter(owner=owner, run=run.pk).order_by("sequence")
            assert list(rows.values_list("sequence", "key", "amount_idr", "after_idr")) == [
                (2, "fee:first", 10, 90),
                (3, "fee:second", 20, 70),
                (4, "fee:third", 30, 40),
            ]
        assert audit().exact

    def test_are_skipped_one_by_one(self, office: Office, fees: RunKind) -> None:
        office.allot(office.trainings[:1], 35)
        run = post_run(run=office.approve(office.propose(fees, office.trainings[:1])))
        assert (run.posted_count, run.posted_idr, run.skipped_count) == (2, 30, 1)
        assert list(RunSkip.objects.filter(run=run.pk).values_list("owner", "place", "reason")) == [
            (office.trainings[0], 3, "insufficient")
        ]
        assert skipped_by_reason(run) == {"insufficient": 1}
        assert audit().exact

    def test_that_another_run_posted_are_skipped(self, office: Office, fees: RunKind) -> None:
        office.allot(office.trainings[:1], 100)
        rivals = [office.approve(office.propose(fees, office.trainings[:1])) for _ in range(2)]
        first, second = [post_run(run=run) for run in rivals]
        assert (first.posted_count, second.posted_count, skipped_by_reason(second)) == (3, 0, {"already_posted": 3})
        with connection.cursor() as cursor:
            cursor.execute("SELECT place, key, amount_idr FROM ledger_posted_targets(%s, 0, %s)", [first.pk, MAX_IDR])
            assert cursor.fetchall() == [(1, "fee:first", 10), (2, "fee:second", 20), (3, "fee:third", 30)]
            cursor.execute("SELECT count(*) FROM ledger_posted_targets(%s, 0, %s)", [second.pk, MAX_IDR])
            assert cursor.fetchone() == (0,)

    def test_are_different_facts(self, office: Office, fees: RunKind, known: Known) -> None:
        known(replace(fees, targets_sql=fees.targets_sql.replace("fee.name AS", "'same' AS")))
        with pytest.raises(DuplicateTarget):
            office.propose(fees, office.trainings)
        assert (Run.objects.count(), RunTarget.objects.count()) == (0, 0)

    def test_a_run_that_closes_has_first_places_only(self, office: Office, known: Known) -> None:
        known(replace(SWEEP, targets_sql=SWEEP.targets_sql.replace("1 AS place", "2 AS place")))
        with pytest.raises(DuplicateTarget):
            office.propose(SWEEP, office.trainings)
        assert (Run.objects.count(), RunTarget.objects.count()) == (0, 0)

    def test_are_refused_where_the_account_is_closed(self, office: Office, fees: RunKind, known: Known) -> None:
        known(replace(fees, closes=True))
        with pytest.raises(DuplicateTarget):
            office.propose(fees, office.trainings)
        assert (Run.objects.count(), RunTarget.objects.count()) == (0, 0)

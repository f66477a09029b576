"""What a run posts, what it skips, and what is left where it fails."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from bekal.core import clock
from bekal.ledger.accounts import escrow_pool, incentive_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import RunStateWrong, UnknownRun
from bekal.ledger.models import Run, RunState, Transfer
from bekal.ledger.queries import available_idr, closed_on, fund_position
from bekal.ledger.runs import services as runs
from bekal.ledger.runs.kinds import RunKind
from bekal.ledger.runs.services import approve_run, post_run
from bekal.ledger.services import open_providers, post
from tests.builders import on
from tests.ledger.kinds import ALLOT, LEVY, SWEEP, Known
from tests.ledger.runs.office import DAY, FUNDED_IDR, Office, skips

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("test_kinds")]


class TestPosting:
    def test_needs_an_approval(self, office: Office) -> None:
        run = office.propose(SWEEP, office.trainings)
        with pytest.raises(RunStateWrong):
            post_run(run=run)

    def test_unknown_run(self, office: Office) -> None:
        for act in (post_run, lambda run: approve_run(run=run, approver=office.approver)):
            with pytest.raises(UnknownRun):
                act(run=Run(pk=999_999))

    def test_gives_each_its_amount(self, office: Office) -> None:
        run = office.allot(office.trainings[:3], 100)
        assert office.balances() == [100, 100, 100, 0, 0]
        assert (run.state, run.posted_count, run.posted_idr, run.skipped_count) == (RunState.FINISHED, 3, 300, 0)
        assert run.finished_at == clock.now()

    def test_again_posts_nothing_twice(self, office: Office) -> None:
        run = office.allot(office.trainings, 100)
        rows = Transfer.objects.count()
        assert post_run(run=run) == run
        assert Transfer.objects.count() == rows
        assert office.balances() == [100] * 5

    def test_of_a_fact_that_was_posted_before_skips_it(self, office: Office) -> None:
        office.allot(office.trainings[:2], 100)
        run = office.allot(office.trainings[1:3], 100)
        assert skips(run) == {office.trainings[1]: "already_posted"}
        assert office.balances() == [100, 100, 100, 0, 0]

    def test_of_a_grant_returns_the_rest_to_the_fund(self, office: Office) -> None:
        office.allot(office.trainings[:2], 100)
        office.allot(office.trainings[1:3], 100)
        position = fund_position(office.fund)
        assert (position.fund_idr, position.granting_idr, position.training.granted_idr) == (FUNDED_IDR - 300, 0, 300)
        assert position.is_exact
        assert audit().exact

    def test_of_a_grant_that_ends_in_another_year_dates_the_rest_as_the_run(self, office: Office) -> None:
        with on(date(2021, 12, 31)):
            office.allot(office.trainings[:2], 100)
            run = office.approve(office.propose(ALLOT, office.trainings, amount_idr=100, decision="1"))
        with on(date(2022, 1, 3)):
            post_run(run=run)
        rest = Transfer.objects.get(owner=office.fund, key=f"deallocate:{run.pk}")
        assert (rest.amount_idr, rest.posting_date) == (200, date(2021, 12, 31))
        assert audit().exact

    def test_takes_at_most_the_bound(self, office: Office, known: Known) -> None:
        drain = replace(SWEEP, code="drain", closes=False)
        known(drain)
        office.allot(office.trainings[:1], 100)
        run = office.propose(drain, office.trainings[:1])
        office.allot(office.trainings[:1], 30, decision="2")
        assert post_run(run=office.approve(run)).posted_idr == 100
        assert office.balances()[0] == 30

    def test_skips_whoever_holds_too_little(self, office: Office) -> None:
        office.allot(office.trainings[:2], 100)
        office.allot(office.trainings[2:3], 99, decision="2")
        run = post_run(run=office.approve(office.propose(LEVY, office.trainings[:4], amount_idr=100, decision="3")))
        assert skips(run) == {office.trainings[2]: "insufficient", office.trainings[3]: "insufficient"}
        assert (run.posted_count, run.posted_idr, run.skipped_count) == (2, 200, 2)
        assert office.balances() == [0, 0, 99, 0, 0]

    def test_skips_closed_accounts(self, office: Office) -> None:
        office.allot(office.trainings[:2], 100)
        post_run(run=office.approve(office.propose(SWEEP, office.trainings[:1])))
        run = office.allot(office.trainings[:2], 5, decision="2")
        assert skips(run) == {office.trainings[0]: "closed"}
        assert fund_position(office.fund).is_exact

    def test_closes_accounts_that_are_empty_too(self, office: Office) -> None:
        office.allot(office.trainings[:1], 100)
        judged: list[int] = []
        run = office.approve(office.propose(SWEEP, office.trainings))
        run = post_run(run=run, progress=judged.append)
        assert [closed_on(owner) for owner in office.trainings] == [DAY] * 5
        assert (run.posted_count, run.posted_idr, run.skipped_count, sum(judged)) == (1, 100, 0, 5)

    def test_leaves_an_account_open_that_holds_more_than_was_approved(self, office: Office) -> None:
        office.allot(office.trainings[:2], 100)
        run = office.propose(SWEEP, office.trainings[:2])
        office.allot(office.trainings[:1], 1, decision="2")
        run = post_run(run=office.approve(run))
        assert skips(run) == {office.trainings[0]: "more_than_approved"}
        assert (office.balances()[:2], closed_on(office.trainings[0]), closed_on(office.trainings[1])) == ([101, 0], None, DAY)
        again = post_run(run=office.approve(office.propose(SWEEP, office.trainings[:1])))
        assert (again.posted_idr, closed_on(office.trainings[0])) == (101, DAY)
        assert audit().exact

    def test_takes_what_is_there_if_it_is_less_than_was_approved(self, office: Office) -> None:
        office.allot(office.trainings[:1], 100)
        run = office.propose(SWEEP, office.trainings[:1])
        (provider,) = open_providers(scopes=["p"])
        owner = office.trainings[0]
        post(owner=owner, key="order:1", debit=owner, credit=escrow_pool(provider), amount_idr=60)
        run = post_run(run=office.approve(run))
        assert (run.bound_idr, run.posted_idr, closed_on(owner)) == (100, 40, DAY)

    def test_skips_both_accounts_of_an_enrolment_or_neither(self, office: Office) -> None:
        both = [account for number in office.numbers[:2] for account in (training_account(number), incentive_account(number))]
        office.allot(both, 100)
        run = office.propose(SWEEP, both)
        office.allot([both[1]], 1, decision="2")
        run = post_run(run=office.approve(run), chunk_owners=1)
        assert skips(run) == {both[0]: "more_than_approved", both[1]: "more_than_approved"}
        assert [available_idr(owner) for owner in both] == [100, 101, 0, 0]

    def test_skips_targets_without_a_verdict(self, office: Office, known: Known) -> None:
        silent = RunKind(
            code="silent",
            title="silent",
            describe=str,
            targets_sql=LEVY.targets_sql,
            verdict_sql="SELECT 1 AS amount_idr, NULL AS reason WHERE target.owner <> %(silent)s",
        )
        known(silent)
        office.allot(office.trainings, 100)
        run = office.propose(silent, office.trainings[:2], amount_idr=1, decision="1", silent=office.trainings[0])
        run = post_run(run=office.approve(run))
        assert skips(run) == {office.trainings[0]: "gone"}
        assert office.balances() == [100, 99, 100, 100, 100]

    def test_in_chunks_tells_how_many_were_judged_and_keeps_numbers_whole(self, office: Office) -> None:
        everybody = [account for number in office.numbers for account in (training_account(number), incentive_account(number))]
        run = office.approve(office.propose(ALLOT, everybody, amount_idr=10, decision="1"))
        judged: list[int] = []
        run = post_run(run=run, progress=judged.append, chunk_owners=3)
        assert judged == [4, 4, 2]
        assert (run.posted_count, run.posted_idr) == (10, 100)

    def test_never_goes_beyond_the_approved_total(self, office: Office) -> None:
        run = office.allot(office.trainings, 100)
        with pytest.raises(IntegrityError, match="run_within_bound"):
            Run.objects.filter(pk=run.pk).update(posted_idr=501)

    def test_resumes_where_it_failed(self, office: Office) -> None:
        run = office.approve(office.propose(ALLOT, office.trainings, amount_idr=100, decision="1"))

        def stop(_: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            post_run(run=run, progress=stop, chunk_owners=2)
        assert office.balances() == [100, 100, 0, 0, 0]
        half = Run.objects.get(pk=run.pk)
        assert (half.state, half.posted_count, half.posted_idr) == (RunState.APPROVED, 2, 200)
        assert audit().exact
        assert post_run(run=run).posted_idr == 500
        assert office.balances() == [100] * 5
        assert audit().exact

    def test_undoes_a_chunk_whose_end_fails(self, office: Office, known: Known) -> None:
        failing = RunKind(
            code="failing",
            title="failing",
            describe=str,
            targets_sql=ALLOT.targets_sql,
            verdict_sql=ALLOT.verdict_sql,
            after_sql="SELECT 1 / 0 FROM ledger_transfer WHERE run = %(run)s",
            allocates=True,
        )
        known(failing)
        run = office.approve(office.propose(failing, office.trainings, amount_idr=100, decision="1"))
        with pytest.raises(Exception, match="division by zero"), transaction.atomic():
            post_run(run=run)
        assert office.balances() == [0] * 5
        assert Run.objects.get(pk=run.pk).posted_idr == 0


def test_number_of_queries_of_a_chunk(office: Office, django_assert_num_queries: Any) -> None:
    run = office.approve(office.propose(SWEEP, office.trainings))
    # A savepoint around: the run, its day, the planner's settings, the chunk's end, the locks, the statement, the cursor.
    with django_assert_num_queries(9):
        runs._post_chunk(run=run, chunk_owners=100)

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest
from django.db import IntegrityError, connection, transaction

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, Role, User
from bekal.core import clock
from bekal.core.money import MAX_IDR
from bekal.ledger.accounts import escrow_pool, incentive_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import (
    DuplicateTarget,
    InsufficientBalance,
    NothingToPost,
    RunOutdated,
    RunStateWrong,
    UnknownRun,
)
from bekal.ledger.models import Run, RunSkip, RunState, RunTarget, Transfer
from bekal.ledger.queries import available_idr, closed_on, fund_position
from bekal.ledger.runs import services as runs
from bekal.ledger.runs.kinds import RunKind, register_run_kind, run_kind
from bekal.ledger.runs.queries import runs as runs_of
from bekal.ledger.runs.queries import skipped_by_reason
from bekal.ledger.runs.services import approve_run, approve_runs, cancel_run, cancel_runs, post_run, post_small, propose_run
from bekal.ledger.services import fund_wave, open_entitlements, open_fund, open_providers, post, returned_pool
from tests.builders import make_user, on
from tests.ledger.kinds import ALLOT, LEVY, SWEEP, Known

DAY: Final = date(2021, 6, 15)
FUNDED_IDR: Final = 10_000
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("test_kinds")]


class Office:
    """A wave of five people whose accounts are empty, and two officers."""

    def __init__(self) -> None:
        self.operator, self.approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        self.fund = open_fund()
        fund_wave(fund=self.fund, amount_idr=FUNDED_IDR, reference="1")
        self.numbers = open_entitlements(fund=self.fund, count=5)
        self.trainings = [training_account(number) for number in self.numbers]
        self.returned = returned_pool(fund=self.fund, day=DAY)

    def propose(self, kind: RunKind, owners: list[int], *, proposer: User | None = None, **parameters: str | int) -> Run:
        return propose_run(
            kind=kind.code,
            fund=self.fund,
            parameters={**parameters, "owners": list(owners)},
            proposer=proposer or self.operator,
            returned=self.returned,
        )

    def approve(self, run: Run) -> Run:
        return approve_run(run=run, approver=self.approver)

    def allot(self, owners: list[int], amount_idr: int, decision: str = "1") -> Run:
        return post_run(run=self.approve(self.propose(ALLOT, owners, amount_idr=amount_idr, decision=decision)))

    def balances(self) -> list[int]:
        return [available_idr(owner) for owner in self.trainings]


@pytest.fixture
def office() -> Iterator[Office]:
    with on(DAY):
        yield Office()


def skips(run: Run) -> dict[int, str]:
    return dict(RunSkip.objects.filter(run=run.pk).values_list("owner", "reason"))


class TestProposal:
    def test_shows_its_totals_and_posts_nothing(self, office: Office) -> None:
        run = office.propose(ALLOT, office.trainings, amount_idr=100, decision="1")
        assert (run.state, run.target_count, run.bound_idr) == (RunState.PROPOSED, 5, 500)
        assert (run.posting_date, run.approved_by, run.posted_count) == (None, None, 0)
        assert office.balances() == [0] * 5
        assert available_idr(office.fund) == FUNDED_IDR

    def test_freezes_its_targets(self, office: Office) -> None:
        office.allot(office.trainings[:2], 100)
        run = office.propose(SWEEP, office.trainings[:2])
        office.allot(office.trainings[1:], 50, decision="2")
        assert list(RunTarget.objects.filter(run=run.pk).order_by("owner").values_list("owner", "bound_idr")) == [
            (office.trainings[0], 100),
            (office.trainings[1], 100),
        ]

    def test_without_targets_leaves_nothing_behind(self, office: Office) -> None:
        with pytest.raises(NothingToPost):
            office.propose(SWEEP, [])
        assert Run.objects.count() == 0

    def test_with_a_target_twice_leaves_nothing_behind(self, office: Office, known: Known) -> None:
        twice = RunKind(
            code="twice",
            title="twice",
            describe=str,
            targets_sql=f"({SWEEP.targets_sql}) UNION ALL ({SWEEP.targets_sql})",
            verdict_sql=SWEEP.verdict_sql,
        )
        known(twice)
        with pytest.raises(DuplicateTarget):
            office.propose(twice, office.trainings)
        assert (Run.objects.count(), RunTarget.objects.count()) == (0, 0)

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
    def test_needs_an_operator(self, office: Office, role: Role) -> None:
        with pytest.raises(RoleMissing):
            office.propose(SWEEP, office.trainings, proposer=make_user(role))

    def test_needs_an_operator_who_is_active(self, office: Office) -> None:
        office.operator.is_active = False
        with pytest.raises(RoleMissing):
            office.propose(SWEEP, office.trainings)


class TestApproval:
    def test_fixes_the_posting_date(self, office: Office) -> None:
        run = office.approve(office.propose(SWEEP, office.trainings))
        assert (run.state, run.posting_date, run.approved_by) == (RunState.APPROVED, DAY, office.approver)
        with on(date(2021, 6, 16)):
            post_run(run=run)
        assert closed_on(office.trainings[0]) == DAY

    def test_the_proposer_cannot_approve(self, office: Office) -> None:
        run = office.propose(SWEEP, office.trainings)
        with pytest.raises(SamePerson):
            approve_run(run=run, approver=office.operator)
        office.operator.role = Role.APPROVER
        office.operator.save()
        with pytest.raises(SamePerson):
            approve_run(run=run, approver=office.operator)

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPROVER])
    def test_needs_an_approver(self, office: Office, role: Role) -> None:
        run = office.propose(SWEEP, office.trainings)
        with pytest.raises(RoleMissing):
            approve_run(run=run, approver=make_user(role))

    def test_database_itself_wants_a_second_person(self, office: Office) -> None:
        run = office.propose(SWEEP, office.trainings)
        with pytest.raises(IntegrityError, match="ledger_run_second_person"):
            Run.objects.filter(pk=run.pk).update(approved_by=office.operator)

    @pytest.mark.parametrize("state", [RunState.APPROVED, RunState.FINISHED])
    def test_database_itself_wants_an_approval(self, office: Office, state: RunState) -> None:
        run = office.propose(SWEEP, office.trainings)
        with pytest.raises(IntegrityError, match="ledger_run_whole_approval"):
            Run.objects.filter(pk=run.pk).update(state=state)

    def test_happens_once(self, office: Office) -> None:
        run = office.approve(office.propose(SWEEP, office.trainings))
        for state in (RunState.APPROVED, RunState.FINISHED):
            with pytest.raises(RunStateWrong) as caught:
                office.approve(run)
            assert caught.value.details == {"state": state.label}
            post_run(run=run)

    def test_is_refused_in_another_fiscal_year(self, office: Office) -> None:
        run = office.propose(SWEEP, office.trainings)
        with on(date(2021, 12, 31), hour=23):
            office.approve(office.propose(SWEEP, office.trainings))
        with on(date(2022, 1, 1), hour=0), pytest.raises(RunOutdated):
            office.approve(run)

    def test_of_a_grant_moves_its_total_once(self, office: Office) -> None:
        run = office.propose(ALLOT, office.trainings, amount_idr=100, decision="1")
        office.approve(run)
        position = fund_position(office.fund)
        assert (position.fund_idr, position.granting_idr, position.is_exact) == (FUNDED_IDR - 500, 500, True)
        assert audit().exact

    def test_of_a_grant_beyond_the_fund_is_refused_with_nothing_posted(self, office: Office) -> None:
        rows = Transfer.objects.count()
        run = office.propose(ALLOT, office.trainings, amount_idr=FUNDED_IDR // 5 + 1, decision="1")
        with pytest.raises(InsufficientBalance) as caught:
            office.approve(run)
        assert caught.value.details["missing_idr"] == 5
        run.refresh_from_db()
        assert (run.state, run.approved_by, Transfer.objects.count()) == (RunState.PROPOSED, None, rows)

    def test_of_a_grant_may_take_the_fund_to_zero(self, office: Office) -> None:
        office.allot(office.trainings, FUNDED_IDR // 5)
        assert (available_idr(office.fund), office.balances()) == (0, [FUNDED_IDR // 5] * 5)


class TestCancelling:
    def test_before_approval(self, office: Office) -> None:
        for actor in (office.operator, office.approver):
            run = cancel_run(run=office.propose(SWEEP, office.trainings), actor=actor)
            assert run.state == RunState.CANCELLED
            with pytest.raises(RunStateWrong):
                office.approve(run)
            with pytest.raises(RunStateWrong):
                post_run(run=run)

    def test_not_after_approval(self, office: Office) -> None:
        run = office.approve(office.propose(SWEEP, office.trainings))
        for _ in range(2):
            with pytest.raises(RunStateWrong):
                cancel_run(run=run, actor=office.approver)
            post_run(run=run)

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPROVER])
    def test_by_nobody_else(self, office: Office, role: Role) -> None:
        run = office.propose(SWEEP, office.trainings)
        with pytest.raises(RoleMissing):
            cancel_run(run=run, actor=make_user(role))


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


def test_every_step_is_in_the_log_of_acts(office: Office) -> None:
    run = office.allot(office.trainings, 100)
    cancel_run(run=office.propose(SWEEP, office.trainings), actor=office.approver)
    acts = list(Act.objects.filter(subject=f"run:{run.public_id}").order_by("id").values_list("verb", "actor", "details"))
    details = {"kind": ALLOT.code, "targets": 5, "bound_idr": 500, "posted_idr": 0}
    assert acts == [
        ("run.propose", office.operator.pk, details),
        ("run.approve", office.approver.pk, details),
        ("run.finish", None, {**details, "posted_idr": 500}),
    ]
    assert Act.objects.filter(verb="run.cancel", actor=office.approver).count() == 1


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        register_run_kind(SWEEP)
    assert run_kind(SWEEP.code) is SWEEP


def test_number_of_queries_of_a_chunk(office: Office, django_assert_num_queries: Any) -> None:
    run = office.approve(office.propose(SWEEP, office.trainings))
    # A savepoint around: the run, its day, the planner's settings, the chunk's end, the locks, the statement, the cursor.
    with django_assert_num_queries(9):
        runs._post_chunk(run=run, chunk_owners=100)


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


def test_several_runs_are_approved_and_cancelled_together_or_not_at_all(office: Office) -> None:
    office.allot(office.trainings, 100)
    first, second = [office.propose(LEVY, office.trainings, amount_idr=1, decision=decision) for decision in ("1", "2")]
    cancel_run(run=second, actor=office.operator)
    with pytest.raises(RunStateWrong):
        approve_runs(runs=[first, second], approver=office.approver)
    with pytest.raises(RunStateWrong):
        cancel_runs(runs=[first, second], actor=office.operator)
    third = office.propose(LEVY, office.trainings, amount_idr=1, decision="3")
    assert [run.state for run in runs_of(states=[RunState.PROPOSED])] == [RunState.PROPOSED] * 2
    assert post_small(runs=approve_runs(runs=[first, third], approver=office.approver))
    assert [(run.pk, run.state) for run in runs_of(fund=office.fund, kinds=[LEVY.code])] == [
        (third.pk, RunState.FINISHED),
        (second.pk, RunState.CANCELLED),
        (first.pk, RunState.FINISHED),
    ]


def test_who_approves_several_runs_has_proposed_none_of_them_whatever_their_states(office: Office) -> None:
    """Of two runs only the second is the approver's own; the first was cancelled, which nobody is told who may not approve."""
    changed = make_user(Role.OPERATOR)
    first = office.propose(LEVY, office.trainings, amount_idr=1, decision="1")
    own = office.propose(LEVY, office.trainings, amount_idr=1, decision="2", proposer=changed)
    changed.role = Role.APPROVER
    changed.save()
    cancel_run(run=first, actor=office.operator)
    for seen in (None, "another page"):
        with pytest.raises(SamePerson):
            approve_runs(runs=[first, own], approver=changed, seen=seen)
    assert Run.objects.get(pk=own.pk).state == RunState.PROPOSED


def test_targets_have_no_negative_bound(office: Office) -> None:
    run = office.propose(SWEEP, office.trainings)
    with pytest.raises(IntegrityError, match="run_target_bound"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_run_target VALUES (%s, 1, 1, 1, -17, -1, 'x')", [run.pk])

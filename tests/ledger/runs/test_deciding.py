"""Proposing, approving and cancelling."""

from datetime import date

import pytest
from django.db import IntegrityError, connection

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, Role
from bekal.ledger.audit import audit
from bekal.ledger.errors import DuplicateTarget, InsufficientBalance, NothingToPost, RunOutdated, RunStateWrong
from bekal.ledger.models import Run, RunState, RunTarget, Transfer
from bekal.ledger.queries import available_idr, closed_on, fund_position
from bekal.ledger.runs.kinds import RunKind, register_run_kind, run_kind
from bekal.ledger.runs.queries import runs as runs_of
from bekal.ledger.runs.services import approve_run, approve_runs, cancel_run, cancel_runs, post_run, post_small
from tests.builders import make_user, on
from tests.ledger.kinds import ALLOT, LEVY, SWEEP, Known
from tests.ledger.runs.office import DAY, FUNDED_IDR, Office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("test_kinds")]


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

"""Proposals that a second person approves, on a model that exists for these tests alone."""

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from bekal.access.errors import ProposalStateWrong, RoleMissing, SamePerson
from bekal.access.models import Act, Proposal, ProposalState, Role, User
from bekal.access.services import approving, cancel, proposing
from bekal.core import clock
from bekal.core.errors import NotFound
from bekal.participants.models import Draw
from tests.builders import make_user


class Dispensation(Proposal):
    """A proposal with one column of its own."""

    days = models.IntegerField(default=0)

    objects: ClassVar[models.Manager["Dispensation"]] = models.Manager()

    class Meta(Proposal.Meta):
        app_label = "access"
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=models.Q(days__gte=0), name="access_dispensation_days"),
        ]


# Known to no migration, so it must not be known to Django outside these tests either.
del apps.all_models["access"]["dispensation"]
apps.clear_cache()

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def table(db: None) -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Dispensation)


@pytest.fixture
def operator(db: None) -> User:
    return make_user(Role.OPERATOR)


@pytest.fixture
def approver(db: None) -> User:
    return make_user(Role.APPROVER)


@pytest.fixture
def proposed(operator: User) -> Dispensation:
    return propose(operator)


def propose(proposer: User, reason: str = "") -> Dispensation:
    with proposing(proposal=Dispensation(reason=reason), proposer=proposer) as made:
        made.days = 3
    return made


def approve(proposal: Dispensation, approver: User) -> Dispensation:
    with approving(proposal=proposal, approver=approver) as approved:
        pass
    return approved


def change_and_fail(proposal: Dispensation) -> None:
    Dispensation.objects.filter(pk=proposal.pk).update(days=8)
    raise ZeroDivisionError


def conditions_of(constraints: Sequence[models.BaseConstraint]) -> list[Any]:
    return [constraint.condition for constraint in constraints if isinstance(constraint, models.CheckConstraint)]


def stored(proposal: Dispensation) -> Dispensation:
    return Dispensation.objects.get(pk=proposal.pk)


def deeds() -> list[tuple[str, User | None, dict[str, Any]]]:
    return [(act.verb, act.actor, act.details) for act in Act.objects.order_by("id")]


class TestProposing:
    def test_stores_what_the_block_froze(self, operator: User) -> None:
        before = clock.now()
        made = stored(propose(operator, "flood"))
        assert (made.state, made.days, made.reason, made.proposed_by) == (ProposalState.PROPOSED, 3, "flood", operator)
        assert (made.approved_by, made.approved_at) == (None, None)
        assert before <= made.proposed_at <= clock.now()

    def test_is_logged(self, operator: User) -> None:
        made = propose(operator, "flood")
        assert deeds() == [("dispensation.propose", operator, {"reason": "flood"})]
        assert Act.objects.get().subject == f"dispensation:{made.public_id}"

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
    def test_needs_an_operator(self, role: Role) -> None:
        with pytest.raises(RoleMissing):
            propose(make_user(role))
        assert (Dispensation.objects.count(), deeds()) == (0, [])

    def test_leaves_nothing_behind_where_the_block_fails(self, operator: User) -> None:
        with pytest.raises(ZeroDivisionError), proposing(proposal=Dispensation(), proposer=operator):
            raise ZeroDivisionError
        assert (Dispensation.objects.count(), deeds()) == (0, [])


class TestApproving:
    def test_stores_who_and_when_with_what_the_block_changed(self, proposed: Dispensation, approver: User) -> None:
        before = clock.now()
        with approving(proposal=proposed, approver=approver) as approved:
            assert (approved.state, approved.approved_by) == (ProposalState.PROPOSED, None)
            approved.days = 5
        found = stored(proposed)
        assert (found.state, found.days, found.approved_by) == (ProposalState.APPROVED, 5, approver)
        assert found.approved_at is not None
        assert before <= found.approved_at <= clock.now()
        assert deeds()[1:] == [("dispensation.approve", approver, {})]

    def test_reads_the_row_and_not_what_the_caller_holds(self, proposed: Dispensation, approver: User) -> None:
        proposed.days = 99
        proposed.proposed_by = make_user(Role.OPERATOR)
        assert approve(proposed, approver).days == 3

    def test_needs_a_second_person(self, proposed: Dispensation, operator: User) -> None:
        operator.role = Role.APPROVER
        operator.save()
        with pytest.raises(SamePerson):
            approve(proposed, operator)
        assert stored(proposed).state == ProposalState.PROPOSED

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPROVER])
    def test_needs_an_approver(self, proposed: Dispensation, role: Role) -> None:
        with pytest.raises(RoleMissing):
            approve(proposed, make_user(role))

    def test_asks_for_the_role_before_it_tells_the_state(self, proposed: Dispensation, approver: User) -> None:
        approve(proposed, approver)
        with pytest.raises(RoleMissing):
            approve(proposed, make_user(Role.AUDITOR))
        with pytest.raises(RoleMissing):
            cancel(proposal=proposed, actor=make_user(Role.AUDITOR))

    def test_happens_once(self, proposed: Dispensation, approver: User) -> None:
        approve(proposed, approver)
        with pytest.raises(ProposalStateWrong) as caught:
            approve(proposed, make_user(Role.APPROVER))
        assert caught.value.details == {"state": ProposalState.APPROVED.label}

    def test_leaves_all_as_it_was_where_the_block_fails(self, proposed: Dispensation, approver: User) -> None:
        with pytest.raises(ZeroDivisionError), approving(proposal=proposed, approver=approver):
            change_and_fail(proposed)
        found = stored(proposed)
        assert (found.state, found.days, found.approved_by, len(deeds())) == (ProposalState.PROPOSED, 3, None, 1)

    def test_of_what_is_gone_is_refused(self, approver: User) -> None:
        with pytest.raises(NotFound):
            approve(Dispensation(pk=999_999), approver)


class TestCancelling:
    def test_is_for_the_proposer_and_for_approvers(self, operator: User, approver: User) -> None:
        for actor in (operator, approver):
            cancelled = cancel(proposal=propose(operator), actor=actor)
            assert (cancelled.state, stored(cancelled).state) == (ProposalState.CANCELLED, ProposalState.CANCELLED)
            assert deeds()[-1] == ("dispensation.cancel", actor, {})
            with pytest.raises(ProposalStateWrong):
                approve(cancelled, approver)
            with pytest.raises(ProposalStateWrong):
                cancel(proposal=cancelled, actor=actor)

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPROVER])
    def test_is_for_nobody_else(self, proposed: Dispensation, role: Role) -> None:
        with pytest.raises(RoleMissing):
            cancel(proposal=proposed, actor=make_user(role))

    def test_is_too_late_after_an_approval(self, proposed: Dispensation, approver: User) -> None:
        approve(proposed, approver)
        with pytest.raises(ProposalStateWrong):
            cancel(proposal=proposed, actor=approver)


class TestDatabase:
    """What holds even for a statement written by hand."""

    def refuses(self, proposal: Dispensation, constraint: str, **changes: Any) -> None:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Dispensation.objects.filter(pk=proposal.pk).update(**changes)

    def test_wants_a_second_person(self, proposed: Dispensation, operator: User) -> None:
        changes = {"approved_by": operator, "approved_at": clock.now(), "state": ProposalState.APPROVED}
        self.refuses(proposed, "access_dispensation_second_person", **changes)

    def test_wants_an_approval_with_its_moment_and_its_state(self, proposed: Dispensation, approver: User) -> None:
        whole = {"approved_by": approver, "approved_at": clock.now(), "state": ProposalState.APPROVED}
        for left_out in whole:
            changes = {name: value for name, value in whole.items() if name != left_out}
            self.refuses(proposed, "access_dispensation_whole_approval", **changes)
        for state in (ProposalState.PROPOSED, ProposalState.CANCELLED):
            self.refuses(proposed, "access_dispensation_whole_approval", **{**whole, "state": state})

    def test_keeps_the_constraints_of_the_model_itself(self, proposed: Dispensation) -> None:
        self.refuses(proposed, "access_dispensation_days", days=-1)


def test_every_model_that_is_a_proposal_keeps_the_constraints() -> None:
    """One whose Meta does not inherit from `Proposal.Meta` would not."""
    conditions = conditions_of(Proposal.Meta.constraints)
    for model in [model for model in apps.get_models() if issubclass(model, Proposal)]:
        # A draw is cancelled after it was approved too, and keeps who approved it: it has a second condition of its own
        # (tests/participants/draw/test_acts.py).
        same = 1 if model is Draw else len(conditions)
        assert conditions_of(model._meta.constraints)[:same] == conditions[:same], model.__name__

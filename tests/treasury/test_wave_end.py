from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Role
from bekal.ledger.accounts import AccountKind, account_id, incentive_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import AccountClosed, NoRunNamed, NothingToPost, RunOutdated
from bekal.ledger.models import Run, RunSkip, RunState
from bekal.ledger.queries import available_idr, closed_on, enrolment_position, fund_position
from bekal.ledger.runs.queries import runs as runs_of
from bekal.ledger.runs.services import approve_runs, cancel_runs
from bekal.ledger.services import post, returned_pool
from bekal.participants.models import Bar, Enrolment, EnrolmentStatus
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import Balance
from bekal.programmes.definition.schema import Closing, Closings
from bekal.purchases.errors import ParticipationRevoked, SpendingEnded
from bekal.purchases.life_cycle import complete_purchase, redeem_purchase
from bekal.purchases.models import Purchase
from bekal.purchases.services import buy_training
from bekal.treasury import services
from bekal.treasury.errors import EndPending, NothingToEnd, TooEarly
from bekal.treasury.queries import Outlook, outlook
from bekal.treasury.runs import EXPIRY, REVOCATION
from bekal.treasury.services import propose_revocation, propose_wave_end
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    INCENTIVE_IDR,
    PROGRAMME,
    SPEND_BY,
    TOTAL_IDR,
    TRAINING_IDR,
    GrantedWave,
    day_after,
    grant_wave,
    make_training,
    make_user,
    on,
    post_approved,
    register,
    waiting,
)
from tests.payouts.people import INSTALMENT_IDR, answer, bank, pay, rate, sent
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("mixed")
AFTER_FIRST, AFTER_END = day_after(FIRST_PURCHASE_BY), day_after(SPEND_BY)


@dataclass(frozen=True)
class Mixed:
    """A wave of four: who bought nothing, who bought one course of Rp 371,000, who spent everything, who took a free course."""

    granted: GrantedWave
    idle: Enrolment
    one: Enrolment
    spent: Enrolment
    free: Enrolment
    purchase: Purchase

    def end(self) -> list[Run]:
        propose_wave_end(wave=self.granted.wave, proposer=self.granted.operator)
        approve_runs(runs=waiting(self.granted.wave), approver=self.granted.approver)
        return post_approved(self.granted.wave)


def buy(enrolment: Enrolment, price_idr: int) -> Purchase:
    return buy_training(enrolment=enrolment, training=make_training(price_idr), price_idr=price_idr, request_key=uuid4())


def make_scene() -> Mixed:
    granted = grant_wave(count=4)
    idle, one, spent, free = granted.enrolments
    with on(day_after(ACCEPTED_ON)):
        purchase = buy(one, 371_000)
        buy(spent, TRAINING_IDR - 1)
        buy(spent, 1)
        buy(free, 0)
    return Mixed(granted, idle, one, spent, free, purchase)


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Mixed]:
    with made_once(django_db_blocker, make_scene) as made:
        yield made


@pytest.fixture
def mixed(scene: Mixed) -> Iterator[Mixed]:
    with found_again(scene) as found, on(AFTER_END):
        yield found


def status_of(enrolment: Enrolment) -> tuple[str, bool]:
    found = Enrolment.objects.select_related("participant__bar").get(pk=enrolment.pk)
    return found.status, hasattr(found.participant, "bar")


def returned_idr(enrolment: Enrolment) -> tuple[int, int]:
    position = enrolment_position(enrolment.number)
    return position[AccountKind.TRAINING].returned_idr, position[AccountKind.INCENTIVE].returned_idr


class TestEnd:
    def test_proposes_a_revocation_and_an_expiry(self, mixed: Mixed) -> None:
        runs = propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        assert [(run.kind, run.target_count, run.bound_idr) for run in runs] == [
            (REVOCATION, 4, 2 * TOTAL_IDR),
            (EXPIRY, 2, 629_000),
        ]
        assert waiting(mixed.granted.wave) == runs
        assert returned_idr(mixed.idle) == (0, 0)

    def test_takes_back_what_the_rules_say(self, mixed: Mixed) -> None:
        runs = mixed.end()
        assert [(run.kind, run.state, run.posted_idr, run.skipped_count) for run in runs] == [
            (REVOCATION, RunState.FINISHED, 2 * TOTAL_IDR, 0),
            (EXPIRY, RunState.FINISHED, 629_000, 0),
        ]
        assert returned_idr(mixed.idle) == (1_000_000, 2_550_000)
        assert returned_idr(mixed.free) == (1_000_000, 2_550_000)
        assert returned_idr(mixed.one) == (629_000, 0)
        assert returned_idr(mixed.spent) == (0, 0)

    def test_leaves_earned_incentives_where_they_are(self, mixed: Mixed) -> None:
        mixed.end()
        held = [available_idr(incentive_account(who.number)) for who in (mixed.idle, mixed.one, mixed.spent, mixed.free)]
        assert held == [0, INCENTIVE_IDR, INCENTIVE_IDR, 0]

    def test_closes_the_accounts_on_the_day_of_approval(self, mixed: Mixed) -> None:
        mixed.end()
        days = [
            (closed_on(training_account(who.number)), closed_on(incentive_account(who.number)))
            for who in (mixed.idle, mixed.one, mixed.spent, mixed.free)
        ]
        assert days == [(AFTER_END, AFTER_END), (AFTER_END, None), (AFTER_END, None), (AFTER_END, AFTER_END)]

    def test_marks_people_and_bars_them(self, mixed: Mixed) -> None:
        (outsider,) = register(1)
        mixed.end()
        assert [status_of(who) for who in (mixed.idle, mixed.one, mixed.spent, mixed.free)] == [
            (EnrolmentStatus.REVOKED, True),
            (EnrolmentStatus.ENDED, True),
            (EnrolmentStatus.ENDED, True),
            (EnrolmentStatus.REVOKED, True),
        ]
        bar = Bar.objects.get(participant=mixed.idle.participant)
        assert (bar.barred_on, bar.programmes) == (AFTER_END, ["prakerja-2021", "prakerja-2023"])
        assert not Bar.objects.filter(participant=outsider).exists()

    def test_never_makes_an_earlier_bar_narrower(self, mixed: Mixed) -> None:
        earlier = {mixed.idle: None, mixed.free: ["another"]}
        for enrolment, programmes in earlier.items():
            Bar.objects.create(participant=enrolment.participant, programmes=programmes, barred_on=ACCEPTED_ON)
        mixed.end()
        bars = [Bar.objects.get(participant=enrolment.participant) for enrolment in earlier]
        assert [bar.programmes for bar in bars] == [None, ["another", "prakerja-2021", "prakerja-2023"]]
        assert [bar.barred_on for bar in bars] == [AFTER_END] * 2

    def test_is_exact_for_everybody_and_the_wave(self, mixed: Mixed) -> None:
        mixed.end()
        for enrolment in mixed.granted.enrolments:
            assert [position.is_exact for position in enrolment_position(enrolment.number).values()] == [True, True]
        position = fund_position(mixed.granted.wave.fund)
        assert position.is_exact
        assert position.training.returned_idr == 2 * TRAINING_IDR + 629_000
        assert position.incentive.returned_idr == 2 * INCENTIVE_IDR
        assert position.training.escrow_idr == 371_000 + TRAINING_IDR
        assert position.incentive.remaining_idr == 2 * INCENTIVE_IDR
        assert audit().exact

    def test_leaves_another_wave_alone(self, mixed: Mixed) -> None:
        other = grant_wave(count=2, number=13)
        mixed.end()
        assert {available_idr(training_account(enrolment.number)) for enrolment in other.enrolments} == {TRAINING_IDR}
        assert [status_of(enrolment) for enrolment in other.enrolments] == [(EnrolmentStatus.GRANTED, False)] * 2

    def test_refuses_every_later_purchase(self, mixed: Mixed) -> None:
        mixed.end()
        for enrolment, error in ((mixed.idle, ParticipationRevoked), (mixed.one, SpendingEnded), (mixed.spent, SpendingEnded)):
            with pytest.raises(error):
                buy(enrolment, 0)
            with pytest.raises(error):
                buy(enrolment, 100_000)

    def test_sends_a_later_refund_on_to_the_treasury(self, mixed: Mixed) -> None:
        mixed.end()
        owner, provider = training_account(mixed.one.number), mixed.purchase.training.provider.number
        refund = partial(
            post, owner=owner, key="undo:1", debit=account_id(provider, AccountKind.ESCROW), credit=owner, amount_idr=371_000
        )
        with pytest.raises(AccountClosed):
            refund()
        refund(forward_to=returned_pool(fund=mixed.granted.wave.fund, day=AFTER_END))
        assert (available_idr(owner), returned_idr(mixed.one)) == (0, (TRAINING_IDR, 0))
        assert enrolment_position(mixed.one.number)[AccountKind.TRAINING].is_exact
        assert fund_position(mixed.granted.wave.fund).is_exact
        assert audit().exact

    def test_returns_money_of_the_fiscal_year_of_the_proposal(self, mixed: Mixed) -> None:
        mixed.end()
        expected = returned_pool(fund=mixed.granted.wave.fund, day=AFTER_END)
        assert {run.returned for run in runs_of(fund=mixed.granted.wave.fund, kinds=[REVOCATION, EXPIRY])} == {expected}

    def test_happens_once(self, mixed: Mixed) -> None:
        mixed.end()
        assert post_approved(mixed.granted.wave) == []
        with pytest.raises(NothingToEnd):
            propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        assert Run.objects.filter(kind__in=[REVOCATION, EXPIRY]).count() == 2

    def test_of_a_wave_in_which_everybody_bought_is_an_expiry_alone(self) -> None:
        granted = grant_wave(count=2, number=14)
        with on(day_after(ACCEPTED_ON)):
            for enrolment in granted.enrolments:
                buy(enrolment, 371_000)
        with on(AFTER_END):
            runs = propose_wave_end(wave=granted.wave, proposer=granted.operator)
        assert [run.kind for run in runs] == [EXPIRY]

    def test_of_a_wave_without_people_is_nothing(self) -> None:
        granted = grant_wave(count=1, number=14)
        Enrolment.objects.update(status=EnrolmentStatus.REVOKED)
        with on(AFTER_END), pytest.raises(NothingToEnd):
            propose_wave_end(wave=granted.wave, proposer=granted.operator)

    def test_keeps_an_account_open_that_was_refunded_since_the_proposal(self, mixed: Mixed) -> None:
        propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        owner = training_account(mixed.one.number)
        escrow = account_id(mixed.purchase.training.provider.number, AccountKind.ESCROW)
        post(owner=owner, key="undo:1", debit=escrow, credit=owner, amount_idr=371_000)
        approve_runs(runs=waiting(mixed.granted.wave), approver=mixed.granted.approver)
        post_approved(mixed.granted.wave)
        assert (available_idr(owner), closed_on(owner), status_of(mixed.one)) == (
            TRAINING_IDR,
            None,
            (EnrolmentStatus.GRANTED, False),
        )
        assert list(RunSkip.objects.values_list("owner", "reason")) == [(owner, "more_than_approved")]
        runs = mixed.end()
        assert [(run.kind, run.posted_idr) for run in runs] == [(EXPIRY, TRAINING_IDR)]
        assert status_of(mixed.one) == (EnrolmentStatus.ENDED, True)
        assert audit().exact


class TestRevocation:
    def test_takes_everything_of_who_bought_nothing(self, mixed: Mixed) -> None:
        granted = mixed.granted
        with on(AFTER_FIRST):
            propose_revocation(wave=granted.wave, proposer=granted.operator)
            approve_runs(runs=waiting(granted.wave), approver=granted.approver)
            (run,) = post_approved(granted.wave)
        assert (run.posted_count, run.posted_idr) == (4, 2 * 3_550_000)
        assert [status_of(who)[0] for who in granted.enrolments] == ["revoked", "granted", "granted", "revoked"]
        assert available_idr(training_account(mixed.one.number)) == 629_000
        assert [(run.kind, run.posted_idr) for run in mixed.end()] == [(EXPIRY, 629_000)]
        assert fund_position(granted.wave.fund).is_exact

    def test_of_a_wave_in_which_everybody_bought_is_nothing(self) -> None:
        granted = grant_wave(count=1, number=14)
        with on(day_after(ACCEPTED_ON)):
            buy(granted.enrolments[0], 1)
        with on(AFTER_FIRST), pytest.raises(NothingToPost):
            propose_revocation(wave=granted.wave, proposer=granted.operator)


class TestDefinition:
    """What returns and who is barred is in the programme's definition."""

    @pytest.fixture
    def closings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        definition = load_definition(PROGRAMME)
        other = Closings(
            nothing_bought=Closing(returns=(Balance.TRAINING,), bars_programmes=()),
            for_cause=definition.closings.for_cause,
            spending_ended=Closing(returns=(Balance.INCENTIVE, Balance.TRAINING), bars_programmes=()),
        )
        monkeypatch.setattr(services, "load_definition", lambda _: replace(definition, closings=other))

    @pytest.mark.usefixtures("closings")
    def test_decides_what_returns(self, mixed: Mixed) -> None:
        mixed.end()
        assert returned_idr(mixed.idle) == (TRAINING_IDR, 0)
        assert returned_idr(mixed.one) == (629_000, INCENTIVE_IDR)
        assert audit().exact

    @pytest.mark.usefixtures("closings")
    def test_of_an_incentive_takes_nothing_that_was_paid_and_came_back(self, mixed: Mixed) -> None:
        granted, owner = mixed.granted, incentive_account(mixed.one.number)
        with on(day_after(ACCEPTED_ON)):
            bank(mixed.one)
            redeem_purchase(redeem_code=mixed.purchase.redeem_code)
            rate(complete_purchase(purchase=mixed.purchase))
        with on(day_after(FIRST_PURCHASE_BY)):
            run = pay(granted)
            answer(granted, run, paid=sent(run))
            answer(granted, run, bounced=sent(run))
        mixed.end()
        assert (available_idr(owner), closed_on(owner), status_of(mixed.one)[0]) == (INCENTIVE_IDR, None, "granted")
        assert (owner, "came_back") in RunSkip.objects.values_list("owner", "reason")
        again = pay(granted)
        answer(granted, again, paid=sent(again))
        mixed.end()
        assert (status_of(mixed.one)[0], closed_on(owner)) == ("ended", AFTER_END)
        assert returned_idr(mixed.one) == (629_000, INCENTIVE_IDR - INSTALMENT_IDR)
        assert audit().exact

    @pytest.mark.usefixtures("closings")
    def test_decides_who_is_barred(self, mixed: Mixed) -> None:
        mixed.end()
        assert [status_of(who) for who in (mixed.idle, mixed.one)] == [("revoked", False), ("ended", False)]


class TestCalendar:
    def test_a_revocation_waits_for_the_last_day_of_the_first_purchase(self, mixed: Mixed) -> None:
        with on(FIRST_PURCHASE_BY, hour=23), pytest.raises(TooEarly) as caught:
            propose_revocation(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        assert caught.value.details == {"last_day": FIRST_PURCHASE_BY, "today": FIRST_PURCHASE_BY}
        with on(AFTER_FIRST, hour=0):
            propose_revocation(wave=mixed.granted.wave, proposer=mixed.granted.operator)

    def test_the_end_waits_for_the_last_day_to_spend(self, mixed: Mixed) -> None:
        with on(SPEND_BY, hour=23), pytest.raises(TooEarly) as caught:
            propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        assert caught.value.details == {"last_day": SPEND_BY, "today": SPEND_BY}
        with on(AFTER_END, hour=0):
            propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)

    def test_a_proposal_does_not_outlive_its_fiscal_year(self, mixed: Mixed) -> None:
        propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        with on(date(2022, 1, 1)):
            with pytest.raises(RunOutdated):
                approve_runs(runs=waiting(mixed.granted.wave), approver=mixed.granted.approver)
            cancel_runs(runs=waiting(mixed.granted.wave), actor=mixed.granted.operator)
            assert len(mixed.end()) == 2


class TestWhoDoesIt:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
    def test_only_an_operator_proposes(self, mixed: Mixed, role: Role) -> None:
        with pytest.raises(RoleMissing):
            propose_wave_end(wave=mixed.granted.wave, proposer=make_user(role))
        assert waiting(mixed.granted.wave) == []

    def test_a_second_proposal_waits_for_the_first(self, mixed: Mixed) -> None:
        propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        for propose in (propose_wave_end, propose_revocation):
            with pytest.raises(EndPending):
                propose(wave=mixed.granted.wave, proposer=make_user(Role.OPERATOR))

    def test_the_proposer_cannot_approve_and_nothing_is_approved_in_part(self, mixed: Mixed) -> None:
        propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        for approver, error in (
            (mixed.granted.operator, SamePerson),
            (make_user(Role.OPERATOR), RoleMissing),
            (make_user(Role.AUDITOR), RoleMissing),
        ):
            with pytest.raises(error):
                approve_runs(runs=waiting(mixed.granted.wave), approver=approver)
        assert len(waiting(mixed.granted.wave)) == 2
        assert post_approved(mixed.granted.wave) == []

    def test_there_is_nothing_to_decide_without_a_proposal(self, mixed: Mixed) -> None:
        with pytest.raises(NoRunNamed):
            approve_runs(runs=waiting(mixed.granted.wave), approver=mixed.granted.approver)
        with pytest.raises(NoRunNamed):
            cancel_runs(runs=waiting(mixed.granted.wave), actor=mixed.granted.operator)

    def test_a_cancelled_proposal_makes_way_for_another(self, mixed: Mixed) -> None:
        propose_wave_end(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        cancelled = cancel_runs(runs=waiting(mixed.granted.wave), actor=mixed.granted.approver)
        assert [run.state for run in cancelled] == [RunState.CANCELLED] * 2
        assert [run.state for run in mixed.end()] == [RunState.FINISHED] * 2
        assert [run.state for run in runs_of(fund=mixed.granted.wave.fund, kinds=[REVOCATION, EXPIRY])] == [
            "finished",
            "finished",
            "cancelled",
            "cancelled",
        ]


def test_outlook_tells_what_would_return(mixed: Mixed) -> None:
    assert outlook(mixed.granted.wave) == Outlook(
        idle_people=2,
        idle_training_idr=2 * TRAINING_IDR,
        idle_incentive_idr=2 * INCENTIVE_IDR,
        spending_people=2,
        spending_with_rest_people=1,
        spending_training_idr=629_000,
        revoked_people=0,
        ended_people=0,
        untold_people=0,
        next_revocation_after=FIRST_PURCHASE_BY,
    )
    expected_idr = outlook(mixed.granted.wave).returning_idr
    assert sum(run.posted_idr for run in mixed.end()) == expected_idr == 2 * TOTAL_IDR + 629_000
    after = outlook(mixed.granted.wave)
    assert (after.returning_idr, after.revoked_people, after.ended_people) == (0, 2, 2)

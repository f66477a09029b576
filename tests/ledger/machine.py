"""A ledger and a plain Python model of it, driven side by side by random deeds and compared after each."""

from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import pytest
from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bekal.access.models import Role
from bekal.core import clock
from bekal.core.money import MAX_IDR
from bekal.ledger.accounts import (
    TREASURY,
    AccountKind,
    account_id,
    fund_account,
    incentive_account,
    provider_account,
    training_account,
)
from bekal.ledger.audit import audit
from bekal.ledger.errors import BadAmount, InsufficientBalance
from bekal.ledger.models import Pool, Run, RunSkip
from bekal.ledger.queries import enrolment_position, fund_position
from bekal.ledger.runs.services import approve_run, cancel_run, post_run, propose_run
from bekal.ledger.services import (
    Posting,
    allocate_numbers,
    fund_wave,
    open_entitlements,
    open_fund,
    open_providers,
    post,
    returned_pool,
)
from tests.builders import make_user
from tests.ledger.chain import walk
from tests.ledger.kinds import ALLOT, LEVY, SWEEP
from tests.ledger.model import Instalment, Model, PendingRun, Purchase, Row

NOW: Final = datetime(2021, 6, 15, 5, tzinfo=UTC)
PEOPLE: Final = 3
FIRST_IDR: Final = 100
FUNDED_IDR: Final = 4_000
AMOUNTS: Final = st.integers(1, 200)


class LedgerMachine(RuleBasedStateMachine):
    """One wave of three people, two providers and one bank channel, in a transaction that is rolled back at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.clock = clock.at(NOW)
        self.clock.__enter__()
        self.serial = count(1)
        self.model = Model()
        self.operator, self.approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        self.fund = open_fund()
        self.numbers = open_entitlements(fund=self.fund, count=PEOPLE)
        self.providers = open_providers(scopes=["one", "two"])
        self.trainings = [training_account(number) for number in self.numbers]
        self.incentives = [incentive_account(number) for number in self.numbers]
        self.people = sorted(self.trainings + self.incentives)
        self.model.owners = [self.fund, *self.people, *(provider_account(number) for number in self.providers)]
        self.returned = returned_pool(fund=self.fund, day=clock.today())
        self.clearing, self.paid = self._open_channel()
        self.model.append(self.fund, "fund:first", TREASURY, self.fund, FUNDED_IDR)
        fund_wave(fund=self.fund, amount_idr=FUNDED_IDR, reference="first")
        self.purchases: list[Purchase] = []
        self.instalments: list[Instalment] = []
        self.pending: list[PendingRun] = []
        self.asked: list[dict[str, Any]] = []
        self._allot(self.people, FIRST_IDR)

    def _open_channel(self) -> tuple[int, int]:
        (number,) = allocate_numbers(count=1)
        for kind in (AccountKind.CLEARING, AccountKind.PAID):
            Pool.objects.create(id=account_id(number, kind), kind=kind, scope="bank")
        return account_id(number, AccountKind.CLEARING), account_id(number, AccountKind.PAID)

    def teardown(self) -> None:
        try:
            verdict = audit()
            assert verdict.exact, verdict.findings
            assert verdict.transfers == sum(map(len, self.model.rows.values()))
        finally:
            self.clock.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def _post(self, *, forward_to: int | None = None, **asked: Any) -> bool:
        """Post on both sides, compare, and say whether it went through."""
        expected = self.model.expect(**asked, forward_to=forward_to)
        if isinstance(expected, Posting):
            assert post(**asked, forward_to=forward_to) == expected
            self.asked.append({**asked, "forward_to": forward_to})
            return True
        with pytest.raises(expected):
            post(**asked, forward_to=forward_to)
        return False

    # Single transfers.

    @rule(amount_idr=AMOUNTS)
    def fund_more(self, amount_idr: int) -> None:
        reference = str(next(self.serial))
        self.model.append(self.fund, f"fund:{reference}", TREASURY, self.fund, amount_idr)
        fund_wave(fund=self.fund, amount_idr=amount_idr, reference=reference)

    def _draw_amount(self, data: st.DataObject, owner: int) -> int:
        """Mostly what the account can bear, and often exactly all of it or one rupiah more."""
        held = self.model.balance[owner]
        return data.draw(st.one_of(st.integers(1, max(held, 1)), st.sampled_from([max(held, 1), held + 1])))

    @rule(data=st.data(), person=st.integers(0, PEOPLE - 1), provider=st.integers(0, 1))
    def buy(self, data: st.DataObject, person: int, provider: int) -> None:
        owner, key = self.trainings[person], f"order:{next(self.serial)}"
        escrow, amount_idr = account_id(self.providers[provider], AccountKind.ESCROW), self._draw_amount(data, owner)
        if self._post(owner=owner, key=key, debit=owner, credit=escrow, amount_idr=amount_idr):
            self.purchases.append(Purchase(owner, self.providers[provider], amount_idr, key))

    @precondition(lambda self: any(purchase.state == "bought" for purchase in self.purchases))
    @rule(data=st.data(), forwards=st.booleans())
    def refund(self, data: st.DataObject, forwards: bool) -> None:
        purchase = data.draw(st.sampled_from([purchase for purchase in self.purchases if purchase.state == "bought"]))
        done = self._post(
            owner=purchase.owner,
            key=f"undo:{purchase.key}",
            debit=account_id(purchase.provider, AccountKind.ESCROW),
            credit=purchase.owner,
            amount_idr=purchase.amount_idr,
            forward_to=self.returned if forwards else None,
        )
        if done:
            purchase.state = "refunded"

    @precondition(lambda self: any(purchase.state == "bought" for purchase in self.purchases))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from([purchase for purchase in self.purchases if purchase.state == "bought"]))
        assert self._post(
            owner=purchase.owner,
            key=f"earn:{purchase.key}",
            debit=account_id(purchase.provider, AccountKind.ESCROW),
            credit=account_id(purchase.provider, AccountKind.PAYABLE),
            amount_idr=purchase.amount_idr,
        )
        purchase.state = "released"

    @precondition(lambda self: any(self.model.balance[account_id(number, AccountKind.PAYABLE)] for number in self.providers))
    @rule(data=st.data(), is_paid=st.booleans())
    def settle(self, data: st.DataObject, is_paid: bool) -> None:
        owed = {number: self.model.balance[account_id(number, AccountKind.PAYABLE)] for number in self.providers}
        provider = data.draw(st.sampled_from([number for number, idr in owed.items() if idr]))
        owner, payable, key = (
            provider_account(provider),
            account_id(provider, AccountKind.PAYABLE),
            f"send:{next(self.serial)}",
        )
        amount_idr = data.draw(st.integers(1, owed[provider]))
        assert self._post(owner=owner, key=key, debit=payable, credit=self.clearing, amount_idr=amount_idr)
        if is_paid:
            assert self._post(owner=owner, key=f"{key}:paid", debit=self.clearing, credit=self.paid, amount_idr=amount_idr)
        else:
            assert self._post(owner=owner, key=f"{key}:rejected", debit=self.clearing, credit=payable, amount_idr=amount_idr)

    @rule(data=st.data(), person=st.integers(0, PEOPLE - 1))
    def start_instalment(self, data: st.DataObject, person: int) -> None:
        owner = self.incentives[person]
        self._start(Instalment(owner, next(self.serial), self._draw_amount(data, owner), occurrence=1))

    @precondition(lambda self: any(instalment.state == "rejected" for instalment in self.instalments))
    @rule(data=st.data())
    def start_again(self, data: st.DataObject) -> None:
        earlier = data.draw(st.sampled_from([instalment for instalment in self.instalments if instalment.state == "rejected"]))
        if self._start(Instalment(earlier.owner, earlier.number, earlier.amount_idr, earlier.occurrence + 1)):
            earlier.state = "started again"

    def _start(self, instalment: Instalment) -> bool:
        owner = instalment.owner
        done = self._post(owner=owner, key=instalment.key, debit=owner, credit=self.clearing, amount_idr=instalment.amount_idr)
        if done:
            self.instalments.append(instalment)
        return done

    @precondition(lambda self: any(instalment.state == "clearing" for instalment in self.instalments))
    @rule(data=st.data(), is_paid=st.booleans())
    def hear_from_bank(self, data: st.DataObject, is_paid: bool) -> None:
        instalment = data.draw(st.sampled_from([instalment for instalment in self.instalments if instalment.state == "clearing"]))
        instalment.state = "paid" if is_paid else "rejected"
        assert self._post(
            owner=instalment.owner,
            key=f"{instalment.key}:{instalment.state}",
            debit=self.clearing,
            credit=self.paid if is_paid else instalment.owner,
            amount_idr=instalment.amount_idr,
            forward_to=None if is_paid else self.returned,
        )

    @precondition(lambda self: any(instalment.state == "paid" for instalment in self.instalments))
    @rule(data=st.data())
    def bounce(self, data: st.DataObject) -> None:
        instalment = data.draw(st.sampled_from([instalment for instalment in self.instalments if instalment.state == "paid"]))
        instalment.state = "rejected"
        owner, amount_idr = instalment.owner, instalment.amount_idr
        key = f"{instalment.key}:bounced"
        assert self._post(owner=owner, key=key, debit=self.paid, credit=self.clearing, amount_idr=amount_idr)
        assert self._post(
            owner=owner,
            key=f"{instalment.key}:rejected",
            debit=self.clearing,
            credit=owner,
            amount_idr=amount_idr,
            forward_to=self.returned,
        )

    # What must change nothing.

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        before = dict(self.model.balance)
        assert self._post(**data.draw(st.sampled_from(self.asked)))
        assert self.model.balance == before

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), more_idr=AMOUNTS)
    def reuse_key(self, data: st.DataObject, more_idr: int) -> None:
        asked = data.draw(st.sampled_from(self.asked))
        assert not self._post(**{**asked, "amount_idr": asked["amount_idr"] + more_idr})

    @rule(person=st.integers(0, PEOPLE - 1), amount=st.sampled_from([0, -1, MAX_IDR + 1, -MAX_IDR - 2, True, 1.0, 5.5]))
    def ask_impossible_amount(self, person: int, amount: Any) -> None:
        owner = self.trainings[person]
        with pytest.raises(BadAmount):
            post(owner=owner, key="x", debit=owner, credit=account_id(self.providers[0], AccountKind.ESCROW), amount_idr=amount)

    # Runs.

    @rule(data=st.data(), amount_idr=st.integers(1, 200))
    def allot(self, data: st.DataObject, amount_idr: int) -> None:
        self._allot(self._draw_owners(data), amount_idr)

    def _allot(self, owners: list[int], amount_idr: int) -> None:
        decision = str(next(self.serial))
        run = propose_run(
            kind=ALLOT.code,
            fund=self.fund,
            parameters={"owners": list(owners), "amount_idr": amount_idr, "decision": decision},
            proposer=self.operator,
        )
        total_idr, granting = amount_idr * len(owners), run.granting
        assert granting is not None
        assert (run.target_count, run.bound_idr) == (len(owners), total_idr)
        if total_idr > self.model.balance[self.fund]:
            with pytest.raises(InsufficientBalance) as caught:
                approve_run(run=run, approver=self.approver)
            assert caught.value.details["missing_idr"] == total_idr - self.model.balance[self.fund]
            cancel_run(run=run, actor=self.operator)
            return
        self.model.append(self.fund, f"allocate:{run.pk}", self.fund, granting, total_idr)
        approve_run(run=run, approver=self.approver)
        skips = self._skips({owner: "closed" for owner in owners if owner in self.model.closed}, owners)
        for owner in owners:
            if owner not in skips:
                self.model.append(owner, f"allot:{decision}", granting, owner, amount_idr)
        if skips:
            self.model.append(self.fund, f"deallocate:{run.pk}", granting, self.fund, amount_idr * len(skips))
        self._finish(run, skips, amount_idr * (len(owners) - len(skips)))

    @rule(data=st.data())
    def propose_levy(self, data: st.DataObject) -> None:
        owners = self._draw_owners(data)
        amount_idr, decision = self._draw_amount(data, owners[0]), str(next(self.serial))
        parameters: dict[str, str | int] = {"amount_idr": amount_idr, "decision": decision}
        self._propose(LEVY.code, dict.fromkeys(owners, amount_idr), f"levy:{decision}", closes=False, parameters=parameters)

    @rule(data=st.data())
    def propose_sweep(self, data: st.DataObject) -> None:
        owners = self._draw_owners(data)
        self._propose(SWEEP.code, {owner: self.model.balance[owner] for owner in owners}, "sweep", closes=True, parameters={})

    def _propose(self, kind: str, bounds: dict[int, int], key: str, *, closes: bool, parameters: dict[str, str | int]) -> None:
        asked = {**parameters, "owners": list(bounds)}
        run = propose_run(kind=kind, fund=self.fund, parameters=asked, proposer=self.operator, returned=self.returned)
        assert (run.target_count, run.bound_idr) == (len(bounds), sum(bounds.values()))
        self.pending.append(PendingRun(run, bounds, key, closes))

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), amount_idr=st.integers(1, 5))
    def credit_a_target(self, data: st.DataObject, amount_idr: int) -> None:
        pending = data.draw(st.sampled_from(self.pending))
        self._allot([data.draw(st.sampled_from(sorted(pending.bounds)))], amount_idr)

    @precondition(lambda self: self.pending)
    @rule(data=st.data())
    def post_pending(self, data: st.DataObject) -> None:
        pending = self.pending.pop(data.draw(st.integers(0, len(self.pending) - 1)))
        approve_run(run=pending.run, approver=self.approver)
        reasons = {owner: self._reason(owner, pending) for owner in pending.bounds}
        skips = self._skips({owner: reason for owner, reason in reasons.items() if reason}, list(pending.bounds))
        posted_idr = 0
        for owner, bound_idr in pending.bounds.items():
            if owner in skips:
                continue
            amount_idr = self.model.balance[owner] if pending.closes else bound_idr
            if amount_idr:
                self.model.append(owner, pending.key, owner, self.returned, amount_idr)
                posted_idr += amount_idr
            if pending.closes:
                self.model.closed.add(owner)
        self._finish(pending.run, skips, posted_idr)

    def _reason(self, owner: int, pending: PendingRun) -> str | None:
        if any(row.key == pending.key for row in self.model.rows[owner]):
            return "already_posted"
        if owner in self.model.closed:
            return "closed"
        if pending.closes and self.model.balance[owner] > pending.bounds[owner]:
            return "more_than_approved"
        if not pending.closes and self.model.balance[owner] < pending.bounds[owner]:
            return "insufficient"
        return None

    def _skips(self, reasons: dict[int, str], owners: list[int]) -> dict[int, str]:
        """What is skipped for a reason of its own or for that of the other account of its enrolment."""
        other = {owner: reasons.get(owner + 1 if owner % 10 == AccountKind.TRAINING else owner - 1) for owner in owners}
        return {owner: reason for owner in owners if (reason := reasons.get(owner) or other[owner])}

    def _finish(self, run: Run, skips: dict[int, str], posted_idr: int) -> None:
        judged: list[int] = []
        finished = post_run(run=run, progress=judged.append, chunk_owners=2)
        assert sum(judged) == finished.target_count
        assert (finished.posted_idr, finished.skipped_count) == (posted_idr, len(skips))
        assert dict(RunSkip.objects.filter(run=run.pk).values_list("owner", "reason")) == skips
        assert post_run(run=run) == finished

    def _draw_owners(self, data: st.DataObject) -> list[int]:
        return sorted(data.draw(st.sets(st.sampled_from(self.people), min_size=1)))

    # What holds after every deed.

    @invariant()
    def chains_follow_and_rows_are_the_models(self) -> None:
        chains = walk()
        for owner in self.model.owners:
            assert [
                Row(row.owner, row.key, row.debit, row.credit, row.amount_idr, row.after_idr) for row in chains[owner]
            ] == self.model.rows[owner]

    @invariant()
    def balances_and_closings_are_the_models(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT owner, available_idr, closed_on IS NOT NULL FROM ledger_balance")
            found = {owner: (available_idr, is_closed) for owner, available_idr, is_closed in cursor.fetchall()}
        assert found == {owner: (self.model.balance[owner], owner in self.model.closed) for owner in self.model.owners}

    @invariant()
    def pools_are_the_models_and_all_money_sums_to_zero(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT account, sum(change)::bigint FROM (SELECT credit AS account, amount_idr AS change FROM ledger_transfer"
                " UNION ALL SELECT debit, -amount_idr FROM ledger_transfer) AS moved GROUP BY account"
            )
            totals = {account: total for account, total in cursor.fetchall() if total}
        assert totals == {account: total for account, total in self.model.balance.items() if total}
        assert sum(totals.values()) == 0

    @invariant()
    def positions_are_the_models_and_exact(self) -> None:
        for number in self.numbers:
            found = enrolment_position(number)
            assert found == {
                AccountKind.TRAINING: self.model.position(training_account(number)),
                AccountKind.INCENTIVE: self.model.position(incentive_account(number)),
            }
            assert all(position.is_exact for position in found.values())
        wave = fund_position(self.fund)
        assert wave.is_exact
        assert wave.fund_idr == self.model.balance[self.fund]
        assert wave.granting_idr == 0
        assert wave.training.returned_idr + wave.incentive.returned_idr == self.model.balance[self.returned]
        assert fund_account(self.fund // 10) == self.fund

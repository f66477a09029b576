"""A wave with a few accounts, and the two officers of its runs."""

from datetime import date
from typing import Final

from bekal.access.models import Role, User
from bekal.ledger.accounts import training_account
from bekal.ledger.models import Run, RunSkip
from bekal.ledger.queries import available_idr
from bekal.ledger.runs.kinds import RunKind
from bekal.ledger.runs.services import approve_run, post_run, propose_run
from bekal.ledger.services import fund_wave, open_entitlements, open_fund, returned_pool
from tests.builders import make_user
from tests.ledger.kinds import ALLOT

DAY: Final = date(2021, 6, 15)
FUNDED_IDR: Final = 10_000


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


def skips(run: Run) -> dict[int, str]:
    return dict(RunSkip.objects.filter(run=run.pk).values_list("owner", "reason"))

"""Reading the ledger: balances, statements, and where the money of a wave is."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from bekal.ledger.accounts import AccountKind, incentive_account, kind_of, training_account
from bekal.ledger.errors import UnknownAccount
from bekal.ledger.models import Balance, Transfer


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transfer as its owner sees it: positive when money came, negative when it went, zero when it moved elsewhere."""

    sequence: int
    posting_date: date
    posted_at: datetime
    key: str
    counterpart: AccountKind
    change_idr: int
    moved_idr: int
    after_idr: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where money is, in whole rupiah. `remaining_idr` is what the accounts say, everything else what the transfers say.

    `granted_idr` includes what was reinstated. `returned_idr` is gross: what came back, remitted since or not.
    """

    granted_idr: int
    remaining_idr: int
    escrow_idr: int
    released_idr: int
    clearing_idr: int
    paid_idr: int
    returned_idr: int

    @property
    def is_exact(self) -> bool:
        """The identity: granted = in escrow + owed or settled + in clearing + paid + returned + remaining."""
        return self.granted_idr == (
            self.escrow_idr + self.released_idr + self.clearing_idr + self.paid_idr + self.returned_idr + self.remaining_idr
        )


@dataclass(frozen=True, slots=True)
class FundPosition:
    """A wave's money: what the state put in, what is still in the fund, and where the participants' part is.

    `funded_idr` is what the treasury put in, less what a correction took out; `remitted_idr` what went from `returned` to the
    treasury, to stay there or for a later wave. `reinstated_idr` left `returned` again to be granted once more, after an appeal.
    """

    funded_idr: int
    reinstated_idr: int
    fund_idr: int
    granting_idr: int
    remitted_idr: int
    training: Position
    incentive: Position

    @property
    def is_exact(self) -> bool:
        """Both identities hold, and what was funded or reinstated is in the fund, on its way to people, or theirs."""
        granted = self.training.granted_idr + self.incentive.granted_idr
        return (
            self.training.is_exact
            and self.incentive.is_exact
            and self.granting_idr >= 0
            and self.funded_idr + self.reinstated_idr == self.fund_idr + self.granting_idr + granted
        )


def available_idr(owner: int) -> int:
    """What an account holds now, in rupiah.

    Raises:
        UnknownAccount: no such owner.
    """
    found = Balance.objects.filter(owner=owner).values_list("available_idr", flat=True).first()
    if found is None:
        raise UnknownAccount(owner=owner)
    return found


def closed_on(owner: int) -> date | None:
    """The day an account was closed, or None while it is open."""
    return Balance.objects.filter(owner=owner).values_list("closed_on", flat=True).first()


def statement(owner: int) -> list[StatementLine]:
    """Every transfer that the account owns, oldest first."""
    return [
        StatementLine(
            sequence=row.sequence,
            posting_date=row.posting_date,
            posted_at=row.posted_at,
            key=row.key,
            counterpart=kind_of(row.debit if row.credit == owner else row.credit),
            change_idr=row.amount_idr * ((row.credit == owner) - (row.debit == owner)),
            moved_idr=row.amount_idr,
            after_idr=row.after_idr,
        )
        for row in Transfer.objects.filter(owner=owner).order_by("sequence")
    ]


def enrolment_position(number: int) -> dict[AccountKind, Position]:
    """The position of the training and the incentive account of the enrolment with this account number."""
    books = _books(
        "owner IN (%(training)s, %(incentive)s)", training=training_account(number), incentive=incentive_account(number)
    )
    return {kind: books.position(kind) for kind in (AccountKind.TRAINING, AccountKind.INCENTIVE)}


def fund_position(fund: int) -> FundPosition:
    """Where all money of a wave is: the rows and the transfers of every account that belongs to its fund, on one snapshot."""
    books = _books("owner IN (SELECT owner FROM ledger_balance WHERE fund = %(fund)s)", fund=fund)
    training, incentive = books.position(AccountKind.TRAINING), books.position(AccountKind.INCENTIVE)
    reinstated_idr = books.flow(AccountKind.FUND, AccountKind.RETURNED, AccountKind.GRANTING)
    return FundPosition(
        funded_idr=(
            books.flow(AccountKind.FUND, AccountKind.TREASURY, AccountKind.FUND)
            - books.flow(AccountKind.FUND, AccountKind.FUND, AccountKind.TREASURY)
        ),
        reinstated_idr=reinstated_idr,
        fund_idr=books.available_idr.get(AccountKind.FUND, 0),
        granting_idr=books.net(AccountKind.FUND, AccountKind.GRANTING) - training.granted_idr - incentive.granted_idr,
        remitted_idr=(
            books.flow(AccountKind.FUND, AccountKind.RETURNED, AccountKind.TREASURY)
            - books.flow(AccountKind.FUND, AccountKind.TREASURY, AccountKind.RETURNED)
        ),
        training=training,
        incentive=incentive,
    )


@dataclass(frozen=True, slots=True)
class _Books:
    """Of a set of owners: sums of their transfers by (owner's kind, debit kind, credit kind), and of their rows by kind."""

    flows: dict[tuple[AccountKind, AccountKind, AccountKind], int]
    available_idr: dict[AccountKind, int]

    def flow(self, owner: AccountKind, debit: AccountKind, credit: AccountKind) -> int:
        return self.flows.get((owner, debit, credit), 0)

    def net(self, owner: AccountKind, kind: AccountKind) -> int:
        """What the accounts of a kind gained in the transfers of the owners of a kind."""
        return sum(
            total * ((credit is kind) - (debit is kind)) for (of, debit, credit), total in self.flows.items() if of is owner
        )

    def position(self, owner: AccountKind) -> Position:
        return Position(
            granted_idr=self.flow(owner, AccountKind.GRANTING, owner),
            remaining_idr=self.available_idr.get(owner, 0),
            escrow_idr=self.net(owner, AccountKind.ESCROW),
            released_idr=self.net(owner, AccountKind.PAYABLE),
            clearing_idr=self.net(owner, AccountKind.CLEARING),
            paid_idr=self.net(owner, AccountKind.PAID),
            returned_idr=self.net(owner, AccountKind.RETURNED),
        )


def _books(condition: str, **values: int) -> _Books:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT owner %% 10, debit %% 10, credit %% 10, sum(amount_idr)"
            f" FROM ledger_transfer WHERE {condition} GROUP BY 1, 2, 3"
            " UNION ALL"
            f" SELECT owner %% 10, NULL, NULL, sum(available_idr) FROM ledger_balance WHERE {condition} GROUP BY 1",
            values,
        )
        rows = cursor.fetchall()
    return _Books(
        flows={
            (kind_of(owner), kind_of(debit), kind_of(credit)): int(total)
            for owner, debit, credit, total in rows
            if debit is not None
        },
        available_idr={kind_of(owner): int(total) for owner, debit, _, total in rows if debit is None},
    )


def can_give_idr(*, owner: int, account: int) -> int | None:
    """What an account can give to a transfer of an owner: its balance, or what the owner, or everybody, put into the pool.

    None where there is no floor, or no such account.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_can_give_idr(%s, %s)", [owner, account])
        (found,) = cursor.fetchone()
    return None if found is None else int(found)


def is_posted_after(day: date) -> bool:
    """Whether any transfer has a later posting date."""
    return Transfer.objects.filter(posting_date__gt=day).exists()

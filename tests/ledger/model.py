"""A plain Python model of the ledger: what it must hold after each deed."""

from collections import defaultdict
from dataclasses import dataclass, field

from bekal.core.errors import BekalError
from bekal.ledger.accounts import AccountKind, kind_of
from bekal.ledger.errors import AccountClosed, InsufficientBalance, KeyConflict
from bekal.ledger.models import Run
from bekal.ledger.queries import Position
from bekal.ledger.services import Posting


@dataclass
class Row:
    owner: int
    key: str
    debit: int
    credit: int
    amount_idr: int
    after_idr: int


@dataclass
class Model:
    """What the ledger must hold: the rows of every owner in order, balances of all accounts, closed owners."""

    owners: list[int] = field(default_factory=list)
    rows: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    balance: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    closed: set[int] = field(default_factory=set)

    def append(self, owner: int, key: str, debit: int, credit: int, amount_idr: int) -> Row:
        self.balance[debit] -= amount_idr
        self.balance[credit] += amount_idr
        row = Row(owner, key, debit, credit, amount_idr, self.balance[owner])
        self.rows[owner].append(row)
        return row

    def expect(
        self, *, owner: int, key: str, debit: int, credit: int, amount_idr: int, forward_to: int | None
    ) -> Posting | type[BekalError]:
        """What posting must give; a result that is not a repetition is also written into the model."""
        for sequence, row in enumerate(self.rows[owner], start=1):
            if row.key == key:
                if (row.debit, row.credit, row.amount_idr) != (debit, credit, amount_idr):
                    return KeyConflict
                return Posting(owner=owner, sequence=sequence, after_idr=row.after_idr, replayed=True)
        if owner in self.closed and (debit == owner or (credit == owner and forward_to is None)):
            return AccountClosed
        if debit == owner and self.balance[owner] < amount_idr:
            return InsufficientBalance
        row = self.append(owner, key, debit, credit, amount_idr)
        sequence = len(self.rows[owner])
        if owner in self.closed and credit == owner:
            assert forward_to is not None
            self.append(owner, f"forward:{key}", owner, forward_to, amount_idr)
        return Posting(owner=owner, sequence=sequence, after_idr=row.after_idr, replayed=False)

    def net(self, owner: int, kind: AccountKind) -> int:
        return sum(row.amount_idr * ((kind_of(row.credit) is kind) - (kind_of(row.debit) is kind)) for row in self.rows[owner])

    def position(self, owner: int) -> Position:
        return Position(
            granted_idr=-self.net(owner, AccountKind.GRANTING),
            remaining_idr=self.balance[owner],
            escrow_idr=self.net(owner, AccountKind.ESCROW),
            released_idr=self.net(owner, AccountKind.PAYABLE),
            clearing_idr=self.net(owner, AccountKind.CLEARING),
            paid_idr=self.net(owner, AccountKind.PAID),
            returned_idr=self.net(owner, AccountKind.RETURNED),
        )


@dataclass
class Purchase:
    owner: int
    provider: int
    amount_idr: int
    key: str
    state: str = "bought"


@dataclass
class Instalment:
    owner: int
    number: int
    amount_idr: int
    occurrence: int
    state: str = "clearing"

    @property
    def key(self) -> str:
        return f"part:{self.number}/{self.occurrence}"


@dataclass
class PendingRun:
    run: Run
    bounds: dict[int, int]
    key: str
    closes: bool

"""How accounts are numbered: the last digit of an account's id is its kind.

An *owner* has a row with a balance, a sequence and the head of its hash chain; its id is positive, `number * 10 + OwnerKind`. The
training and the incentive account of one enrolment share a number, so they lie side by side. A *pool* has no row that a transfer
touches; its id is negative, `-(number * 10 + PoolKind)`. The pools of a provider share the provider's number.

With the kind in the id, the database checks by arithmetic which flows exist and that no transfer touches two guarded accounts.
"""

from enum import IntEnum
from typing import Final


class OwnerKind(IntEnum):
    """Accounts with a floor of zero; a provider's own row only owns transfers and stays at zero."""

    TRAINING = 1
    INCENTIVE = 2
    FUND = 3
    PROVIDER = 4


class PoolKind(IntEnum):
    """Accounts without a floor, whose totals are derived from the transfers."""

    TREASURY = 1
    GRANTING = 2
    ESCROW = 3
    PAYABLE = 4
    CLEARING = 5
    PAID = 6
    RETURNED = 7


Kind = OwnerKind | PoolKind

TREASURY: Final = -int(PoolKind.TREASURY)
"""The state's account; it has the number 0."""


def owner_id(number: int, kind: OwnerKind) -> int:
    """The id of an owner's account."""
    return number * 10 + kind


def pool_id(number: int, kind: PoolKind) -> int:
    """The id of a pool."""
    return -(number * 10 + kind)


def kind_of(account: int) -> Kind:
    """The kind that an id states."""
    return OwnerKind(account % 10) if account > 0 else PoolKind(-account % 10)


def training_account(number: int) -> int:
    """The training account of the enrolment with this number."""
    return owner_id(number, OwnerKind.TRAINING)


def incentive_account(number: int) -> int:
    """The incentive account of the enrolment with this number."""
    return owner_id(number, OwnerKind.INCENTIVE)


def fund_account(number: int) -> int:
    """The fund of the wave with this number."""
    return owner_id(number, OwnerKind.FUND)


def escrow_pool(number: int) -> int:
    """Paid for, not yet earned by the provider with this number."""
    return pool_id(number, PoolKind.ESCROW)


def payable_pool(number: int) -> int:
    """Earned by the provider with this number, not yet on its way to the bank."""
    return pool_id(number, PoolKind.PAYABLE)


def clearing_pool(number: int) -> int:
    """On its way through the bank channel with this number."""
    return pool_id(number, PoolKind.CLEARING)


def paid_pool(number: int) -> int:
    """What the bank channel with this number says it paid."""
    return pool_id(number, PoolKind.PAID)

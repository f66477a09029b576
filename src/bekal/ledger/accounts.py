"""How accounts are numbered: the last digit of an account's id, with its sign, is its kind.

An *owner* has a row with a balance, a sequence and the head of its hash chain; its id is positive. A *pool* has no row that a
transfer touches; its id is negative. Both hold a number: the training and the incentive account of one enrolment share theirs, so
they lie side by side; so do a provider's own row and its pools, and the two pools of a bank channel.

With the kind in the id, the database checks by arithmetic which flows exist and that no transfer touches two guarded accounts.
`schema/1_accounts.sql` holds the same arithmetic for SQL.
"""

from enum import IntEnum
from typing import Final


class AccountKind(IntEnum):
    """Owners have positive kinds: accounts with a floor of zero; a provider's own row only owns transfers and stays at zero.

    Pools have negative kinds: accounts without a floor, whose totals are derived from the transfers.
    """

    TRAINING = 1
    INCENTIVE = 2
    FUND = 3
    PROVIDER = 4
    TREASURY = -1
    GRANTING = -2
    ESCROW = -3
    PAYABLE = -4
    CLEARING = -5
    PAID = -6
    RETURNED = -7


TREASURY: Final = int(AccountKind.TREASURY)
"""The state's account; it has the number 0."""

_NUMBERS: Final = 10
"""An account's id holds its number in tens."""


def account_id(number: int, kind: AccountKind) -> int:
    """The id of the account with this number and kind."""
    return (number * _NUMBERS if kind > 0 else -number * _NUMBERS) + kind


def kind_of(account: int) -> AccountKind:
    """The kind that an id states."""
    return AccountKind(account % _NUMBERS if account > 0 else -(-account % _NUMBERS))


def number_of(account: int) -> int:
    """The number that an id holds."""
    return abs(account) // _NUMBERS


def training_account(number: int) -> int:
    """The training account of the enrolment with this number."""
    return account_id(number, AccountKind.TRAINING)


def incentive_account(number: int) -> int:
    """The incentive account of the enrolment with this number."""
    return account_id(number, AccountKind.INCENTIVE)


def fund_account(number: int) -> int:
    """The fund of the wave with this number."""
    return account_id(number, AccountKind.FUND)


def provider_account(number: int) -> int:
    """The own row of the provider with this number."""
    return account_id(number, AccountKind.PROVIDER)


def escrow_pool(number: int) -> int:
    """Paid for, not yet earned by the provider with this number."""
    return account_id(number, AccountKind.ESCROW)


def payable_pool(number: int) -> int:
    """Earned by the provider with this number, not yet on its way to the bank."""
    return account_id(number, AccountKind.PAYABLE)


def clearing_pool(number: int) -> int:
    """On its way through the bank channel with this number."""
    return account_id(number, AccountKind.CLEARING)

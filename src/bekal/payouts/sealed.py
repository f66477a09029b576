"""Opening the number of a payment account, which is sealed under its holder's data key."""

from typing import Final

from bekal.core.sealing import Place
from bekal.participants.sealed import data_key_of
from bekal.payouts.models import PaymentAccount

TABLE: Final = "payouts_paymentaccount"
COLUMN: Final = "number_sealed"
SALT_SQL: Final = "(SELECT holder.key_salt FROM participants_participant AS holder WHERE holder.id = sealed.participant_id)"


def number_of(account: PaymentAccount) -> str:
    """The account's number at its channel.

    Raises:
        PersonErased: it can't be read any more.
    """
    return data_key_of(account.participant).unseal(bytes(account.number_sealed), place(account.pk))


def place(account: int) -> Place:
    """Where the number of the account with this primary key stands."""
    return Place(TABLE, COLUMN, account)

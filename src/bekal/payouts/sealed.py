"""Opening the number of a payment account, which is sealed under its holder's data key."""

from typing import Final

from bekal.core.rotation import SealedTable
from bekal.core.sealing import Place
from bekal.participants.sealed import data_key_of
from bekal.payouts.models import PaymentAccount

TABLE: Final = "payouts_paymentaccount"
COLUMN: Final = "number_sealed"
SEALED: Final = SealedTable(
    table=TABLE,
    columns=(COLUMN,),
    select="""
        SELECT account.id, holder.key_salt, account.number_sealed
        FROM payouts_paymentaccount AS account
        JOIN participants_participant AS holder ON holder.id = account.participant_id
        WHERE account.id > %s
        ORDER BY account.id
        LIMIT %s
        FOR NO KEY UPDATE OF account
    """,
    update="""
        UPDATE payouts_paymentaccount AS account
        SET number_sealed = fresh.number
        FROM unnest(%s::bigint[], %s::bytea[]) AS fresh (id, number)
        WHERE account.id = fresh.id
    """,
)


def number_of(account: PaymentAccount) -> str:
    """The account's number at its channel.

    Raises:
        PersonErased: it can't be read any more.
    """
    return data_key_of(account.participant).unseal(bytes(account.number_sealed), place(account.pk))


def place(account: int) -> Place:
    """Where the number of the account with this primary key stands."""
    return Place(TABLE, COLUMN, account)

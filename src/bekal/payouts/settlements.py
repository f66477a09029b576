"""Paying providers what they have earned: one run for all of them."""

from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.core.money import MAX_IDR
from bekal.ledger.accounts import TREASURY, clearing_pool
from bekal.ledger.models import Run
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.ledger.runs.services import propose_run
from bekal.ledger.services import open_channels
from bekal.payouts.errors import UnknownChannel
from bekal.programmes.definition import available_definitions, load_definition
from bekal.programmes.definition.kinds import ChannelKind

SETTLEMENT: Final = "settlement"

# Computed once, however many targets ask. What one payment cannot move is owed on, and goes with the next settlement.
_OWED_SQL: Final = f"""
    WITH owed AS MATERIALIZED (
        SELECT pool, least(total_idr, {MAX_IDR})::bigint AS payable_idr
        FROM ledger_pool_totals(ledger_kind_of(ledger_payable(1)), NULL)
    )
"""

_TARGETS_SQL: Final = f"""
    {_OWED_SQL}
    SELECT ledger_provider(ledger_number_of(pool)) AS owner, 1 AS place, pool AS debit, %(clearing)s::bigint AS credit,
        payable_idr AS bound_idr, payouts_settlement_key(%(settlement)s) AS key
    FROM owed
    WHERE payable_idr > 0
"""
# Only under the provider's row does what is owed to it fall.
_VERDICT_SQL: Final = f"""
    {_OWED_SQL}
    SELECT payable_idr AS amount_idr, CASE WHEN payable_idr <= 0 THEN 'nothing_payable' END AS reason
    FROM owed
    WHERE pool = target.debit
"""
_SENT_SQL: Final = """
    INSERT INTO payouts_payment (public_id, run, owner, key, amount_idr, state, sent_at)
    SELECT gen_random_uuid(), %(run)s, posted.owner, posted.key, posted.amount_idr, 'sent', %(posted_at)s
    FROM ledger_posted_targets(%(run)s, %(low)s, %(high)s) AS posted
"""


def register() -> None:
    """Tell the ledger how a settlement run works."""
    register_run_kind(
        RunKind(
            code=SETTLEMENT,
            title=_("Provider settlement"),
            describe=_describe,
            targets_sql=_TARGETS_SQL,
            verdict_sql=_VERDICT_SQL,
            after_sql=_SENT_SQL,
        )
    )


def _describe(run: Run) -> str:
    return gettext("Settlement {settlement} pays every provider what is owed to it.").format(
        settlement=run.parameters["settlement"]
    )


@transaction.atomic
def propose_settlement(*, channel: str, proposer: User) -> Run:
    """Propose to pay every provider what is owed to it now, under the next settlement number.

    Args:
        channel: the code of the bank that pays.

    Raises:
        UnknownChannel: no programme names such a bank.
        RoleMissing: the proposer is not an operator.
        NothingToPost: nothing is owed to anybody.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    definitions = [load_definition(code) for code in available_definitions()]
    banks = {bank.code for known in definitions for bank in known.payment.channels if bank.kind is ChannelKind.BANK}
    if channel not in banks:
        raise UnknownChannel(channel=channel, known=", ".join(sorted(banks)))
    numbers = open_channels(codes=[channel])
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('payouts_settlement_number')")
        (settlement,) = cursor.fetchone()
    return propose_run(
        kind=SETTLEMENT,
        fund=TREASURY,
        parameters={"settlement": settlement, "clearing": clearing_pool(numbers[channel])},
        proposer=proposer,
    )
